#!/usr/bin/env python3
"""PUMICE_DEBUG=gdb and =perf: breakpoints at lines of shaders, backtraces and source in gdb; the same machine code as without; names for perf.

usage: gdb.py LINES FOLDER
Skipped (77) where gdb is missing or may not run programs.
"""
import os
import re
import shutil
import subprocess
import sys

lines, folder = sys.argv[1:]
os.makedirs(folder, exist_ok=True)
bad = []


def check(ok, what):
    if not ok:
        bad.append(what)


def run(case, **env):
    p = subprocess.Popen([lines, case], env={**os.environ, **env}, stdout=subprocess.DEVNULL)
    p.wait(60)
    check(p.returncode == 0, f"{case} {env}: exit code {p.returncode}")
    return p.pid


def read(path):
    with open(path, "rb") as f:
        return f.read()


# The code of a shader does not depend on who looks. One thread: shaders come into the cache in one order.
run("cache", DEBUG_LINES_OUT=os.path.join(folder, "plain"), PUMICE_THREADS="1")
run("cache", DEBUG_LINES_OUT=os.path.join(folder, "gdb"), PUMICE_DEBUG="gdb,verify", PUMICE_THREADS="1")
check(read(os.path.join(folder, "plain")) == read(os.path.join(folder, "gdb")), "the code is another one with PUMICE_DEBUG=gdb")

pid = run("draw", PUMICE_DEBUG="perf")
path = f"/tmp/perf-{pid}.map"
text = read(path).decode()
os.remove(path)
check(re.search(r"^[0-9a-f]+ [0-9a-f]+ frag_main lines\.frag:5-17 [0-9a-f]{16}$", text, re.M), f"perf map: {text}")
check(re.search(r"^[0-9a-f]+ [0-9a-f]+ vert_main [0-9a-f]{16}$", text, re.M), f"perf map: {text}")

script = """
set pagination off
set confirm off
set debuginfod enabled off
set breakpoint pending on
set env PUMICE_DEBUG=gdb,single
set env ASAN_OPTIONS=detect_leaks=0
break lines.frag:8
break lines.comp:13
break vert_main
run
echo \\n== vertex\\n
bt
continue
echo \\n== fragment\\n
bt
list 8,8
next
delete 1
continue
echo \\n== compute\\n
bt
list 13,13
delete
continue
"""
gdb = shutil.which("gdb")
if gdb:
    commands = os.path.join(folder, "commands.gdb")
    with open(commands, "w", encoding="utf-8") as f:
        f.write(script)
    done = subprocess.run([gdb, "-q", "-nx", "-batch", "-x", commands, "--args", lines, "draw", "dispatch"], capture_output=True, text=True, timeout=100)
    out = done.stdout + done.stderr
    if re.search("ptrace|Could not trace|not permitted|During startup program exited", out):
        gdb = None
    else:
        with open(os.path.join(folder, "gdb.txt"), "w", encoding="utf-8") as f:
            f.write(out)
        parts = re.split(r"\n== (\w+)\n", out)
        seen = dict(zip(parts[1::2], parts[2::2]))
        for name, frame, source in (("vertex", r"in vert_main \(\)", ""),
                                    ("fragment", r"#0 +warm \(\) at lines\.frag:8\n#1 +frag_main \(\) at lines\.frag:15\n", r"\n8\t    return mix\(vec3\(grey\), c"),
                                    ("compute", r"#0 +comp_main \(\) at lines\.comp:13\n", r"\n13\t        other = other \* 3 \+ k;")):
            text = seen.get(name, "")
            check(re.search(frame, text), f"{name}: no frame {frame}")
            check(re.search(r"\n#\d+ .*kit_main \(", text) and "corrupt" not in text, f"{name}: the backtrace does not reach main")
            check(re.search(source, text), f"{name}: no source {source}")
        check("exited normally" in seen.get("compute", ""), "the program did not end well")
        if bad:
            print(out)

for b in bad:
    print(f"gdb: {b}")
if not gdb and not bad:
    print("gdb is missing or may not run programs")
    sys.exit(77)
sys.exit(1 if bad else 0)
