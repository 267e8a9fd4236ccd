#!/usr/bin/env python3
"""PUMICE_TRACE: the file is JSON however the program ends, events nest, nothing that was asked of the device is missing.

usage: trace.py SCENE FOLDER
"""
import collections
import json
import os
import subprocess
import sys

scene, folder = sys.argv[1:]
os.makedirs(folder, exist_ok=True)
bad = []


def check(ok, what):
    if not ok:
        bad.append(what)


def run(case, **env):
    path = os.path.join(folder, f"{case}.json")
    if os.path.exists(path):
        os.remove(path)
    done = subprocess.run([scene, case], env={**os.environ, "PUMICE_TRACE": path, **env}, stdout=subprocess.DEVNULL, timeout=60)
    with open(path, encoding="utf-8") as f:
        return done.returncode, json.load(f)["traceEvents"]


def nested(events):
    by_thread = collections.defaultdict(list)
    for e in events:
        if e["ph"] == "X":
            by_thread[e["tid"]].append((round(e["ts"] * 1000), round(e["ts"] * 1000) + round(e["dur"] * 1000)))
    for spans in by_thread.values():
        open_until = []
        for begin, end in sorted(spans, key=lambda s: (s[0], -s[1])):
            while open_until and open_until[-1] <= begin:
                open_until.pop()
            if open_until and end > open_until[-1]:
                return False
            open_until.append(end)
    return True


for threads in ("1", "4"):
    code, events = run("frame", PUMICE_THREADS=threads)
    check(code == 0, f"frame: exit code {code}")
    check(nested(events), f"{threads} threads: events of a thread overlap")
    names = collections.defaultdict(set)
    for e in events:
        names[e.get("cat")].add(e["name"])
    n = collections.Counter(e.get("cat") for e in events if e["ph"] == "X")
    check("Frame / Shapes" in names["pass"], f"passes: {names['pass']}")
    check("Frame / Shapes" in names["tile"] and n["tile"] == 80, f"tiles: {n['tile']} of 640x480, {names['tile']}")
    check(n["chunk"] >= 1, "no chunk")
    check("Frame / Numbers / double it" in names["dispatch"] and n["dispatch"] >= 2, f"dispatches: {names['dispatch']}")
    check("Frame" in names["copy buffer"], f"copies: {names['copy buffer']}")
    check(n["compile shader"] == 3 and any(s.startswith("fragment main") for s in names["compile shader"]), f"compiles: {names['compile shader']}")
    check(n["wait for fences"] >= 1, "no wait")
    check('frame "1"\n?\u00e9' in names["submission"], f"submissions: {names['submission']}")
    check(sum(e["ph"] == "b" for e in events) == sum(e["ph"] == "e" for e in events) >= 1, "submissions begin and end")
    draws = [e["args"]["draws"] for e in events if e.get("cat") == "pass"]
    check(2 in draws, f"draws of passes: {draws}")

code, events = run("many", PUMICE_THREADS="4")
check(code == 0 and sum(e.get("cat") == "tile" for e in events) == 1600, "20 frames: tiles are missing")
check(nested(events), "20 frames: events of a thread overlap")
check(len({e["tid"] for e in events if e.get("cat") in ("tile", "dispatch")}) > 1, "one thread did everything")
check(any(e["ph"] == "M" and e["args"]["name"].startswith("worker ") for e in events), "no worker has a name")
code, events = run("presents")
names = {e["name"] for e in events if e["ph"] == "X"}
check(code == 0 and {"present: window", "acquire image: window"} <= names, f"presents: {sorted(names)}")
code, events = run("leave")
check(code == 0 and any(e.get("cat") == "pass" for e in events), "leave: the end is missing")
code, events = run("die", PUMICE_THREADS="2")
check(code == -9 and any(e.get("cat") == "pass" for e in events), "die: the beginning is missing")

# What cannot be written is no reason to fail.
done = subprocess.run([scene, "frame"], env={**os.environ, "PUMICE_TRACE": "/nonexistent/trace.json"}, stdout=subprocess.DEVNULL, timeout=60)
check(done.returncode == 0, "no file, no frame")
if os.path.exists("/dev/full"):
    done = subprocess.run([scene, "many"], env={**os.environ, "PUMICE_TRACE": "/dev/full"}, stdout=subprocess.DEVNULL, timeout=60)
    check(done.returncode == 0, "a full disk, no frames")
# The process id goes where %p stands.
p = subprocess.Popen([scene, "frame"], env={**os.environ, "PUMICE_TRACE": os.path.join(folder, "of-%p.json")}, stdout=subprocess.DEVNULL)
p.wait(60)
check(os.path.exists(os.path.join(folder, f"of-{p.pid}.json")), "%p")

for b in bad:
    print(f"trace: {b}")
sys.exit(1 if bad else 0)
