#!/usr/bin/env python3
"""docs/tests.md names only tests that exist, and every client program.

usage: test_table.py SOURCE_DIR
"""
import os
import re
import sys

root = sys.argv[1]
client = os.path.join(root, "tests/client")
cases = {}
for name in sorted(os.listdir(client)):
    m = re.fullmatch(r"test_client_(\w+)\.c", name)
    if m:
        with open(os.path.join(client, name), encoding="utf-8") as f:
            cases[m.group(1)] = re.findall(r'\{"(\w+)",\s*case_', f.read())
bad, seen = [], set()
with open(os.path.join(root, "docs/tests.md"), encoding="utf-8") as f:
    for row in f:
        cells = row.split("|")
        if len(cells) != 4 or cells[2].strip() in ("where", "---"):
            continue
        for part in cells[2].strip().split(";"):
            program, colon, names = part.strip().partition(":")
            if not colon:
                path = part.strip().split()[0].rstrip(",")
                folder, _, base = path.rpartition("/")
                where = next((p for p in (path, f"tests/{path}") if os.path.exists(os.path.join(root, p))), None)
                near = os.path.join(root, "tests", folder)
                if not where and not (os.path.isdir(near) and any(e.startswith((base, f"test_{base}")) for e in os.listdir(near))) and "." not in path:
                    bad.append(f"no test {path}")
                continue
            seen.add(program)
            for name in names.replace(",", " ").split():
                pattern = re.compile(name.replace("*", r"\w*") + r"\Z")
                if not any(pattern.match(c) for c in cases.get(program, [])):
                    bad.append(f"no case {program}:{name}")
bad += [f"program {p} is not named" for p in cases if p not in seen]
for b in bad:
    print(f"docs/tests.md: {b}")
sys.exit(1 if bad else 0)
