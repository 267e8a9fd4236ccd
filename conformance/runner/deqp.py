"""deqp-vk: how a batch of cases is started, and the reading of its log (.qpa) while it grows."""
import html
import os
import re

from .results import STATUSES

BEGIN, END, TERMINATE, SESSION_END = b"#beginTestCaseResult ", b"#endTestCaseResult", b"#terminateTestCaseResult ", b"#endSession"
RESULT = re.compile(rb'<Result StatusCode="([A-Za-z]+)">([^<]*)')
DURATION = re.compile(rb'Name="TestDuration"[^>]*>(\d+)<')
LONGEST_LINE_B = 1 << 16


class Log:
    """Takes the bytes of a log as they come and gives events: ("begin", name), ("end", name, status, seconds or None, detail),
    ("text", name, line), ("over",). What isn't part of the format is ignored."""

    def __init__(self):
        self.rest = b""
        self.name = None
        self._reset()

    def _reset(self):
        self.status, self.seconds, self.detail = None, None, ""

    def feed(self, data):
        lines = (self.rest + data).split(b"\n")
        self.rest = lines.pop()[:LONGEST_LINE_B]
        for line in lines:
            yield from self._line(line)

    def _line(self, line):
        if line.startswith(BEGIN):
            self.name = line[len(BEGIN):].strip().decode("ascii", "replace")
            self._reset()
            yield "begin", self.name
        elif line.startswith(SESSION_END):
            yield ("over",)
        elif self.name is None:
            return
        elif line.strip() == END or line.startswith(TERMINATE):
            if line.startswith(TERMINATE):
                self.status, self.detail = line[len(TERMINATE):].strip().decode("ascii", "replace"), "the suite ended the case"
            if self.status not in STATUSES:
                self.status, self.detail = "InternalError", f"status {self.status}"
            yield "end", self.name, self.status, self.seconds, self.detail
            self.name = None
        else:
            m = RESULT.search(line)
            if m:
                self.status, self.detail = m.group(1).decode(), html.unescape(m.group(2).decode("utf-8", "replace"))
            m = DURATION.search(line)
            if m:
                self.seconds = int(m.group(1)) / 1e6
            yield "text", self.name, line.decode("utf-8", "replace")


class Suite:
    name = "deqp"
    largest_batch = None

    def __init__(self, binary, prefix=(), options=()):
        self.binary, self.prefix, self.options = os.path.abspath(binary), list(prefix), list(options)
        self.folder = os.path.dirname(self.binary)

    def command(self, cases, folder):
        """What runs these cases; writes its list to `folder`, where the log goes too."""
        with open(os.path.join(folder, "cases.txt"), "w", encoding="ascii") as f:
            f.write("\n".join(cases) + "\n")
        return [*self.prefix, self.binary, "--deqp-caselist-file=" + os.path.join(folder, "cases.txt"),
                "--deqp-log-filename=" + os.path.join(folder, "log"), "--deqp-log-images=disable",
                "--deqp-log-shader-sources=disable", "--deqp-log-decompiled-spirv=disable",
                "--deqp-shadercache-filename=" + os.path.join(folder, "shadercache"), *self.options]

    def log(self, cases):
        return Log()

    def at_exit(self, log, code, output):
        """Events that follow from the exit of the process: none, its log says it all."""
        return []
