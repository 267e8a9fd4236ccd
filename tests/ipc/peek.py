#!/usr/bin/env python3
"""pumice peek on a process that shares frames: what it lists, and the colour of a corner of the picture.

usage: peek.py SHARE_FRAME PUMICE_PEEK FOLDER
"""
import os
import struct
import subprocess
import sys
import time
import zlib

share_frame, peek, folder = sys.argv[1:4]
png = os.path.join(folder, "peek.png")
if os.path.exists(png):
    os.remove(png)


def rows():
    """The picture's bytes: rows of 320 RGBA pixels, a filter byte before each."""
    with open(png, "rb") as f:
        data = f.read()
    assert struct.unpack(">II", data[16:24]) == (320, 180)
    at = data.index(b"IDAT")
    return zlib.decompress(data[at + 4:at + 4 + struct.unpack(">I", data[at - 4:at])[0]])


producer = subprocess.Popen([share_frame, "--consumer", "python", "--frames", "100000", "--size", "320x180"], stdout=subprocess.DEVNULL)
try:
    for _ in range(100):
        lines = subprocess.run([peek, str(producer.pid)], capture_output=True, text=True).stdout.splitlines()[1:]
        if len(lines) == 3:
            break
        time.sleep(0.1)
    size = 320 * 4 * 180 + 4095 & ~4095
    assert len(lines) == 3 and all(int(line.split()[1]) == size for line in lines), lines
    inode = lines[0].split()[0]
    for _ in range(200):  # until a whole frame is in it
        subprocess.run([peek, str(producer.pid), inode, "VK_FORMAT_R8G8B8A8_UNORM", "320", "180", png], check=True)
        pixels = rows()
        if all(pixels[y * 1281 + 4] == pixels[y * 1281 + 1280] == 255 for y in range(180)):
            break
        time.sleep(0.1)
    bad = subprocess.run([peek, str(producer.pid), inode, "R8G8B8A8_UNORM", "4000", "4000", png + "2"], capture_output=True, text=True)
    assert bad.returncode != 0 and "bytes" in bad.stderr, bad
finally:
    producer.kill()
    producer.wait()
assert pixels[0] == 0 and tuple(pixels[1:5]) == (20, 26, 36, 255), tuple(pixels[:5])
assert len(set(pixels[90 * 1281:91 * 1281])) > 50  # discs on the middle row
