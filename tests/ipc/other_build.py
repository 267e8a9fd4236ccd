#!/usr/bin/env python3
"""Copies a library and changes its build id, as another build has.

usage: other_build.py LIBRARY COPY
"""
import sys

data = bytearray(open(sys.argv[1], "rb").read())
at = data.find(b"\x04\0\0\0\x14\0\0\0\x03\0\0\0GNU\0")
if at < 0:
    sys.exit("no build id")
data[at + 16] ^= 0xff
open(sys.argv[2], "wb").write(data)
