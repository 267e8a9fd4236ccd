#!/usr/bin/env python3
"""PUMICE_CAPTURE: the pictures show what passes and draws left, the page names them, and there are no more than asked for.

usage: capture.py SCENE FOLDER
"""
import os
import re
import shutil
import struct
import subprocess
import sys
import zlib

scene, folder = sys.argv[1:]
bad = []


def check(ok, what):
    if not ok:
        bad.append(what)


def run(case="frame", **env):
    shutil.rmtree(folder, ignore_errors=True)
    done = subprocess.run([scene, case], env={**os.environ, "PUMICE_CAPTURE": folder, **env}, stdout=subprocess.DEVNULL, timeout=60)
    check(done.returncode == 0, f"{case} {env}: exit code {done.returncode}")
    with open(os.path.join(folder, "index.html"), encoding="utf-8") as f:
        return f.read()


def pixels(name):
    """PNG to (width, height, channels, rows)"""
    with open(os.path.join(folder, name), "rb") as f:
        data = f.read()
    at, idat, w, h, n = 8, b"", 0, 0, 0
    while at < len(data):
        size, kind = struct.unpack(">I4s", data[at:at + 8])
        body = data[at + 8:at + 8 + size]
        if kind == b"IHDR":
            w, h, _, color = struct.unpack(">IIBB", body[:10])
            n = 3 if color == 2 else 1
        elif kind == b"IDAT":
            idat += body
        at += size + 12
    raw, rows, above = zlib.decompress(idat), [], bytes(w * n)
    for y in range(h):
        kind, row = raw[y * (w * n + 1)], bytearray(raw[y * (w * n + 1) + 1:(y + 1) * (w * n + 1)])
        for i in range(w * n):
            before = above[i] if kind == 2 else row[i - n] if i >= n else 0
            row[i] = (row[i] + before) & 255
        rows.append(row)
        above = row
    return w, h, n, rows


def pixel(picture, x, y):
    _, _, n, rows = picture
    return tuple(rows[y][x * n:x * n + n])


page = run()
check("Frame 0" in page and re.search(r"<h3>Pass \d+: Frame / Shapes</h3>", page), "the page does not name the pass")
images = re.findall(r"<img src=(\S+?)>", page)
check(len(images) == 3 and all(os.path.exists(os.path.join(folder, i)) for i in images), f"pictures: {images}")
color, depth, stencil = (pixels(next(i for i in images if k in i)) for k in ("color0", "depth", "stencil"))
check(color[:3] == (640, 480, 3) and depth[:3] == (640, 480, 1), "sizes")
check(pixel(color, 200, 100) == (0, 128, 255), f"inside: {pixel(color, 200, 100)}")
check(pixel(color, 10, 10) == pixel(color, 401, 100) == (0, 0, 0), f"outside: {pixel(color, 10, 10)}")
check(pixel(depth, 200, 100) == (0,) and pixel(depth, 10, 10) == (255,), f"depth: {pixel(depth, 200, 100)}, {pixel(depth, 10, 10)}")
check("black is 0.5, white is 1" in page, "the range of depth")
check(pixel(stencil, 5, 5) == (0,), "stencil")
check(sum(os.path.getsize(os.path.join(folder, i)) for i in images) < 30000, "flat pictures are large")

page = run(PUMICE_CAPTURE_DRAWS="1", PUMICE_THREADS="3")
first, second = (next(i for i in re.findall(r"<img src=(\S+?)>", page) if f"d000{d}_color0" in i) for d in (1, 2))
check(pixel(pixels(first), 200, 100) == (255, 128, 0), f"after the first draw: {pixel(pixels(first), 200, 100)}")
check(pixel(pixels(second), 200, 100) == (0, 128, 255), f"after the second draw: {pixel(pixels(second), 200, 100)}")
check(re.search(r"draw 1: Frame / Shapes / flat</h3><p>3 vertices x 1 instances; triangles; viewport 0,0 640x480.*scissor 100,50 300x200", page), "state")
check("depth less or equal, written" in page, "depth state")

page = run("dropped")
names = re.findall(r"<img src=(\S+?)>", page)
sample = pixels(next(i for i in names if "color0" in i))
resolved = pixels(next(i for i in names if "resolved0" in i))
check("sample 0 of 4" in page and pixel(sample, 20, 20) == pixel(resolved, 20, 20) == (255, 128, 0), f"samples that are not stored: {pixel(sample, 20, 20)}")

page = run("many", PUMICE_CAPTURE_MAX="7")
check(len([n for n in os.listdir(folder) if n.endswith(".png")]) == 7 and "7 pictures, no more" in page, "more pictures than asked for")
page = run("presents")
check(re.search("Frame 1</h2>.*f001_p", page, re.S), "frames are not counted")

done = subprocess.run([scene, "frame"], env={**os.environ, "PUMICE_CAPTURE": "/nonexistent/x"}, stdout=subprocess.DEVNULL, timeout=60)
check(done.returncode == 0, "no folder, no frame")

for b in bad:
    print(f"capture: {b}")
sys.exit(1 if bad else 0)
