#!/usr/bin/env python3
"""PUMICE_DEBUG=check: finds what the shaders' comments (//! kind kind) say, on those lines and nowhere else; nothing in shaders without mistakes.

usage: check.py CHECK SOURCES CLEAN_PROGRAM ...
"""
import os
import re
import subprocess
import sys

program, sources, clean = sys.argv[1], sys.argv[2], sys.argv[3:]
bad = []
wanted = set()
for name in ("check.comp", "check.frag"):
    with open(os.path.join(sources, name), encoding="utf-8") as f:
        for number, line in enumerate(f, 1):
            for kind in line.partition("//!")[2].split():
                wanted.add((name, number, kind))
kinds = ((r"outside of", "bounds"), (r"never set|nothing was written", "undefined"), (r"NaN out of", "nan"), (r"no barrier orders", "race"))


def run(path, **env):
    return subprocess.run([path], env={**os.environ, **env}, capture_output=True, text=True, timeout=110)


for threads in ("1", "4"):
    done = run(program, PUMICE_DEBUG="check", PUMICE_THREADS=threads)
    if done.returncode != 0:
        bad.append(f"exit code {done.returncode}\n{done.stdout}")
    found = []
    for line in done.stderr.splitlines():
        m = re.match(r"pumice: check: (?:.*/)?(check\.\w+):(\d+): (.*)", line)
        if m:
            found.append((m[1], int(m[2]), next(k for pattern, k in kinds if re.search(pattern, m[3]))))
    bad += [f"not found: {f}" for f in sorted(wanted - set(found))] + [f"found, but not there: {f}" for f in sorted(set(found) - wanted)]
    if len(found) != len(set(found)):
        bad.append("something is said twice")
    if bad:
        print(done.stderr)
done = run(program)
if done.returncode != 0 or "check:" in done.stderr:
    bad.append("without check something is told")
for path in clean:
    done = run(path, PUMICE_DEBUG="check")
    if done.returncode != 0 or "check:" in done.stderr:
        bad.append(f"{os.path.basename(path)}: exit code {done.returncode}\n{done.stderr[-1000:]}")
for b in bad:
    print(f"check: {b}")
sys.exit(1 if bad else 0)
