"""What a run found: the journal while it lasts, the result file when it is over, tables and comparisons.

Journal: one JSON object describing the run, then "name TAB status TAB seconds TAB detail" per finished case, appended and fsync'd; a line
that begins with "!" tells of something that belongs to no case. A torn last line is dropped on reading.
Result file: "# key: value" lines, then "name status seconds" per case in the order of the list; compressed as its name says (.gz, .zst).
"""
import gzip
import io
import json
import os
import subprocess
import time

PASSED = ("Pass", "QualityWarning", "CompatibilityWarning", "CapabilityWarning", "Waiver")
FAILED = ("Fail", "Crash", "Timeout", "OutOfMemory", "DeviceLost", "ResourceError", "InternalError", "Missing")
STATUSES = PASSED + ("NotSupported", "Skipped") + FAILED
COLUMNS = (("pass", ("Pass", "Waiver")), ("not supported", ("NotSupported",)),
           ("warning", ("QualityWarning", "CompatibilityWarning", "CapabilityWarning")), ("fail", ("Fail",)),
           ("crash", ("Crash", "DeviceLost")), ("timeout", ("Timeout",)), ("out of memory", ("OutOfMemory", "ResourceError")),
           ("other", ("InternalError", "Missing", "Skipped")))


class ResultError(Exception):
    pass


class Journal:
    """Thread-safety: one thread. A record is on disk at the latest SYNC_s after add(), and after close()."""
    SYNC_s = 1.0

    def __init__(self, path, header):
        self.path, self.header, self.cases, self.notes = path, header, {}, []
        size = self._read() if os.path.exists(path) else 0
        self.file = open(path, "ab")
        if self.file.tell() != size:
            self.file.truncate(size)
        if not size:
            self.file.write(json.dumps(header, sort_keys=True).encode() + b"\n")
        self.synced_s = 0.0
        self.sync(force=True)

    def _read(self):
        with open(self.path, "rb") as f:
            data = f.read()
        data = data[:data.rfind(b"\n") + 1]
        if not data:
            return 0
        lines = data.decode(errors="replace").splitlines()
        try:
            found = json.loads(lines[0])
        except ValueError:
            raise ResultError(f"{self.path} is not a journal")
        for key in ("format", "suite", "binary", "driver", "selection"):
            if found.get(key) != self.header.get(key):
                raise ResultError(f"{self.path} is of another run ({key} differs): finish that one, or use --restart")
        self.header = found
        for line in lines[1:]:
            fields = line.split("\t", 3)
            if line.startswith("!"):
                self.notes.append(line[1:])
            elif len(fields) == 4 and fields[1] in STATUSES:
                self.cases[fields[0]] = (fields[1], float(fields[2]), fields[3])
        return len(data)

    def add(self, name, status, seconds, detail):
        detail = " ".join(detail.split())[:300]
        self.cases[name] = (status, seconds, detail)
        self.file.write(f"{name}\t{status}\t{seconds:.3f}\t{detail}\n".encode())

    def note(self, text):
        text = " ".join(text.split())[:500]
        self.notes.append(text)
        self.file.write(f"!{text}\n".encode())

    def sync(self, force=False):
        now_s = time.monotonic()
        if force or now_s - self.synced_s >= self.SYNC_s:
            self.file.flush()
            os.fsync(self.file.fileno())
            self.synced_s = now_s

    def close(self):
        if not self.file.closed:
            self.sync(force=True)
            self.file.close()


def write_results(path, header, names, cases):
    text = io.StringIO()
    for key, value in header.items():
        text.write(f"# {key}: {value}\n")
    for name in names:
        status, seconds = cases[name][:2]
        text.write(f"{name} {status} {seconds:.3f}\n")
    data = text.getvalue().encode()
    if path.endswith(".gz"):
        data = gzip.compress(data, 9, mtime=0)
    elif path.endswith(".zst"):
        data = subprocess.run(["zstd", "-q", "-15", "-c"], input=data, stdout=subprocess.PIPE, check=True).stdout
    with open(path + ".part", "wb") as f:
        f.write(data)
        f.flush()
        os.fsync(f.fileno())
    os.replace(path + ".part", path)


def read_results(path):
    """(header, {name: status})"""
    try:
        with open(path, "rb") as f:
            data = f.read()
        if path.endswith(".gz"):
            data = gzip.decompress(data)
        elif path.endswith(".zst"):
            data = subprocess.run(["zstd", "-q", "-d", "-c"], input=data, stdout=subprocess.PIPE, check=True).stdout
    except (OSError, EOFError, subprocess.CalledProcessError) as e:
        raise ResultError(f"{path}: {e}")
    header, cases = {}, {}
    for line in data.decode(errors="replace").splitlines():
        if line.startswith("#"):
            key, _, value = line[1:].partition(":")
            header[key.strip()] = value.strip()
            continue
        fields = line.split()
        if len(fields) != 3 or fields[1] not in STATUSES:
            raise ResultError(f"{path}: bad line {line[:100]!r}")
        cases[fields[0]] = fields[1]
    return header, cases


def table(cases, depth):
    """Markdown table of {name: status}: one row per group of the first `depth` components, and the sum."""
    rows = {}
    for name, status in cases.items():
        for key in (".".join(name.split(".")[:depth]), ""):
            row = rows.setdefault(key, dict.fromkeys(STATUSES, 0))
            row[status] += 1
    total = rows.pop("", dict.fromkeys(STATUSES, 0))
    columns = [(title, keys) for title, keys in COLUMNS if title in ("pass", "not supported", "fail") or any(total[k] for k in keys)]
    lines = ["| group | cases | " + " | ".join(t for t, _ in columns) + " |", "|---|" + "---|" * (len(columns) + 1)]
    for key, row in [*sorted(rows.items()), ("**all**", total)]:
        cells = [sum(row[k] for k in keys) for _, keys in columns]
        lines.append(f"| {key} | {sum(row.values()):,} | " + " | ".join(f"{c:,}" if c else "0" for c in cells) + " |")
    return "\n".join(lines)


def rank(status):
    return 2 if status in PASSED else 1 if status in ("NotSupported", "Skipped") else 0


def compare(old, new):
    """Lists of (name, old status, new status) of cases that both ran: better, worse; and the number of cases that only one ran.
    Passing is better than not supported, which is better than failing."""
    better, worse = [], []
    for name, status in new.items():
        if name in old and rank(status) != rank(old[name]):
            (better if rank(status) > rank(old[name]) else worse).append((name, old[name], status))
    return better, worse, len(old.keys() ^ new.keys())
