"""Amber scripts: one process per script; the case's name is the script's path below the common folder, its result the exit code."""
import os
import re

# What amber says when the device lacks what a script asks for (it exits with 1 like for every other failure).
NOT_SUPPORTED = re.compile(r"does not support|not supported|Unable to find Vulkan device supporting|requested but feature not returned|"
                           r"not all \w+ extensions supported|Missing required \w+ extensions")


class Log:
    """A case begins when its process does; there is no log."""

    def __init__(self, case):
        self.case, self.begun = case, False

    def feed(self, data):
        if not self.begun:
            self.begun = True
            yield "begin", self.case


class Suite:
    name = "amber"
    largest_batch = 1

    def __init__(self, binary, scripts, prefix=(), options=()):
        """scripts: {name: path}"""
        self.binary, self.scripts, self.prefix, self.options = os.path.abspath(binary), scripts, list(prefix), list(options)
        self.folder = os.path.dirname(self.binary)

    def command(self, cases, folder):
        return [*self.prefix, self.binary, *self.options, self.scripts[cases[0]]]

    def log(self, cases):
        return Log(cases[0])

    def at_exit(self, log, code, output):
        if code == 0:
            return [("end", log.case, "Pass", None, ""), ("over",)]
        if code == 1:
            said = "; ".join(line for line in output.splitlines() if line.strip() and not line.startswith("Summary"))
            return [("end", log.case, "NotSupported" if NOT_SUPPORTED.search(said) else "Fail", None, said), ("over",)]
        return []


def find_scripts(paths):
    """{name: path} of the given .amber files and of those below the given folders."""
    files = []
    for path in map(os.path.abspath, paths):
        if os.path.isdir(path):
            files += [os.path.join(folder, n) for folder, _, names in os.walk(path) for n in names if n.endswith(".amber")]
        else:
            files.append(path)
    if not files:
        return {}
    base = os.path.commonpath(files) if len(files) > 1 else os.path.dirname(files[0])
    return {"amber." + re.sub(r"[^A-Za-z0-9_/-]", "_", os.path.relpath(f, base)[:-len(".amber")]).replace("/", "."): f
            for f in sorted(files)}
