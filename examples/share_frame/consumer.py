#!/usr/bin/env python3
"""Reads frames that another process draws: no Vulkan, only a socket for the descriptors and mmap for the pixels.

usage: consumer.py SOCKET   (a descriptor; share_frame starts it)
"""
import mmap
import socket
import struct
import sys

END = 0xffffffff
SETUP = struct.Struct("<IIIIQ")  # width, height, row pitch, number of images, bytes of each file


def main():
    sock = socket.socket(fileno=int(sys.argv[1]))
    data, fds, _, _ = socket.recv_fds(sock, SETUP.size, 8)
    width, height, pitch, count, size = SETUP.unpack(data)
    images = [mmap.mmap(fd, size) for fd in fds[:count]]
    total = 0
    while True:
        (frame,) = struct.unpack("<I", sock.recv(4))
        if frame == END:
            break
        pixels = memoryview(images[frame % count])
        total = sum((y + 1) * sum(pixels[y * pitch:y * pitch + width * 4]) for y in range(height))
        sock.send(struct.pack("<I", frame))  # done with it
    sock.send(struct.pack("<Q", total))


main()
