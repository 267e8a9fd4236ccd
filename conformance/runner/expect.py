"""Expectations: failures that are known and cases that are not run, each with its cause.

A folder with fails.txt (cases that fail), flakes.txt (that may fail or pass) and skips.txt (that are not run), any of which may be
absent. A file consists of blocks separated by empty lines: comment lines ('#') with the cause, then names or globs.
"""
import fnmatch
import os
import re

from .results import FAILED, PASSED

KINDS = ("fails", "flakes", "skips")


class ExpectError(Exception):
    pass


class Patterns:
    def __init__(self, lines):
        """lines: (pattern, cause)"""
        self.exact, self.globs = {}, []
        for pattern, cause in lines:
            if any(c in pattern for c in "*?["):
                self.globs.append((re.compile(fnmatch.translate(pattern)), cause))
            else:
                self.exact[pattern] = cause

    def cause(self, name):
        """Why the case is listed, None if it isn't."""
        if name in self.exact:
            return self.exact[name]
        return next((cause for glob, cause in self.globs if glob.match(name)), None)


def read_file(path):
    lines, cause, in_names = [], "", False
    with open(path, encoding="utf-8") as f:
        for n, line in enumerate(f, 1):
            line = line.strip()
            if not line:
                cause, in_names = "", False
            elif line.startswith("#"):
                if in_names:
                    raise ExpectError(f"{path}:{n}: a cause inside a block: put an empty line before it")
                cause = (cause + " " + line.lstrip("# ")).strip()
            elif not cause:
                raise ExpectError(f"{path}:{n}: {line} has no cause")
            else:
                in_names = True
                lines.append((line, cause))
    return lines


class Expectations:
    def __init__(self, folder=None):
        for kind in KINDS:
            path = os.path.join(folder, kind + ".txt") if folder else ""
            setattr(self, kind, Patterns(read_file(path) if os.path.exists(path) else []))

    def surprises(self, statuses):
        """(failures that nobody expected, passes where a failure was expected): lists of (name, status)"""
        failing, passing = [], []
        for name, status in statuses.items():
            if self.flakes.cause(name) is not None:
                continue
            expected = self.fails.cause(name) is not None
            if status in FAILED and not expected:
                failing.append((name, status))
            elif status in PASSED and expected:
                passing.append((name, status))
        return failing, passing
