"""Lists of cases: where they come from (the suite itself, files) and which of them a run takes.

A name is dot-separated components. A case list file has one name per line, first on it, so that lists of results and failures are lists
of cases too; '#' begins a comment, a line that begins with '!' is not read. conformance/quick.txt is a list with the leading components that a line shares with the line before replaced by their count ("3 b.c" after "x.y.z.a" is x.y.z.b.c).
"""
import fnmatch
import gzip
import hashlib
import os
import re
import shutil
import subprocess
import tempfile

NAME = re.compile(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)+\Z")


class CaseError(Exception):
    pass


def file_hash(path):
    h = hashlib.sha256()
    with open(path, "rb") as f:
        for chunk in iter(lambda: f.read(1 << 20), b""):
            h.update(chunk)
    return h.hexdigest()


def read_lines(path):
    """Yields the lines of a file, plain or gzip, without comments and empty lines."""
    opener = gzip.open if path.endswith(".gz") else open
    with opener(path, "rt", encoding="ascii", errors="replace") as f:
        for line in f:
            line = line.split("#")[0].strip()
            if line:
                yield line


def read_list(path):
    """Yields the names of a case list file."""
    return (line.split()[0] for line in read_lines(path) if line[0] != "!")


def cache_folder():
    base = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    return os.path.join(base, "pumice", "conformance")


def suite_list(deqp, binary_hash, report, prefix=()):
    """Path of the list of all cases of this deqp-vk; made once per binary, by the binary."""
    path = os.path.join(cache_folder(), binary_hash[:32] + ".txt.gz")
    if os.path.exists(path):
        return path
    report("asking the suite for its cases (once per binary)")
    os.makedirs(cache_folder(), exist_ok=True)
    folder = tempfile.mkdtemp(prefix="pumice-cases-")
    try:
        argv = [*prefix, deqp, "--deqp-runmode=txt-caselist", "--deqp-caselist-export-file=" + os.path.join(folder, "${packageName}.txt"),
                "--deqp-log-filename=" + os.path.join(folder, "log.qpa")]
        done = subprocess.run(argv, cwd=os.path.dirname(deqp), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                              timeout=1800)
        lists = sorted(n for n in os.listdir(folder) if n.endswith(".txt"))
        if done.returncode != 0 or not lists:
            raise CaseError(f"{deqp} gives no list of cases (exit {done.returncode}): {done.stderr[-500:].decode(errors='replace').strip()}")
        part, count = path + f".{os.getpid()}", 0
        with gzip.open(part, "wt", compresslevel=5, encoding="ascii") as out:
            for name in lists:
                with open(os.path.join(folder, name), encoding="ascii", errors="replace") as f:
                    for line in f:
                        if line.startswith("TEST: "):
                            out.write(line[6:])
                            count += 1
        if not count:
            os.unlink(part)
            raise CaseError(f"{deqp} lists no cases")
        os.replace(part, path)
        report(f"{count} cases, kept in {path}")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return path


def read_quick(path):
    before = []
    for line in read_lines(path):
        shared, _, rest = line.partition(" ")
        if not shared.isdigit() or int(shared) > len(before) or not rest:
            raise CaseError(f"{path}: bad line {line!r}")
        before = before[:int(shared)] + rest.split(".")
        yield ".".join(before)


def write_quick(names):
    """The lines of a quick list."""
    before = []
    for name in names:
        parts, shared = name.split("."), 0
        while shared < min(len(before), len(parts) - 1) and before[shared] == parts[shared]:
            shared += 1
        yield f"{shared} " + ".".join(parts[shared:])
        before = parts


def name_number(name, seed):
    """A number in [0, 2^64) that depends on nothing but the name and the seed."""
    return int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8, key=str(seed).encode()).digest(), "little")


def pick_quick(names, count):
    """`count` names spread over all groups: groups are the first three components before the case's own; each group's cases are ordered by name_number
    with seed 1; the first ones of every group, then the second ones, and so on. Returned in the order of `names`."""
    groups, order = {}, {}
    for i, name in enumerate(names):
        order[name] = i
        groups.setdefault(tuple(name.split(".")[:-1][:3]), []).append(name)
    for group in groups.values():
        group.sort(key=lambda n: name_number(n, 1))
    picked, rank = [], 0
    while len(picked) < min(count, len(order)):
        row = sorted((g[rank] for g in groups.values() if len(g) > rank), key=lambda n: name_number(n, 1))
        picked += row[:count - len(picked)]
        rank += 1
    return sorted(picked, key=order.__getitem__)


class Selection:
    """Which cases of a list are run: those that any of the groups, globs and lists names (all, if there are none), then a fraction."""

    def __init__(self, groups=(), globs=(), lists=(), fraction=1.0, seed=0):
        self.groups = tuple(g.rstrip(".*") for g in groups)
        self.globs = [re.compile(fnmatch.translate(g)) for g in globs]
        self.names = set(n for names in lists for n in names)
        self.all = not (groups or globs or lists)
        self.limit = int(fraction * 2.0**64)
        self.seed = seed

    def takes(self, name):
        if not (self.all or name in self.names or any(name == g or name.startswith(g + ".") for g in self.groups) or
                any(g.match(name) for g in self.globs)):
            return False
        return self.limit >= 1 << 64 or name_number(name, self.seed) < self.limit

    def pick(self, names):
        """The names taken, in order, without repetitions; names that can't be names of cases are an error."""
        picked = {}
        for name in names:
            if self.takes(name):
                if not NAME.match(name):
                    raise CaseError(f"not the name of a case: {name!r}")
                picked[name] = None
        return list(picked)
