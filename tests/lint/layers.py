#!/usr/bin/env python3
"""Checks #include lines of src/ against src/LAYERS, and where LLVM and Vulkan headers may appear.

usage: layers.py SRC
"""
import os
import re
import sys

NO_VULKAN = {"util", "abi", "ir", "spirv"}


def main():
    src = sys.argv[1]
    allowed = {}
    for line in open(os.path.join(src, "LAYERS")):
        line = line.split("#")[0].strip()
        if line:
            folder, _, rest = line.partition(":")
            allowed[folder] = set(rest.split()) | {folder}
            unknown = allowed[folder] - set(allowed)
            if unknown:
                sys.exit(f"LAYERS: {folder} names later or unknown folders: {unknown}")
    errors, basenames, files = [], {}, 0
    for folder in sorted(os.listdir(src)):
        path = os.path.join(src, folder)
        if not os.path.isdir(path):
            continue
        if folder not in allowed:
            errors.append(f"src/{folder} is not in LAYERS")
            continue
        for name in sorted(os.listdir(path)):
            if not name.endswith((".c", ".h")):
                continue
            files += 1
            if name.endswith(".c"):
                other = basenames.setdefault(name, folder)
                if other != folder and {folder, other} != {"rt", "resource"} and {folder, other} != {"rt", "spirv"} and \
                        not {folder, other} <= {"rt", "resource", "spirv"}:
                    errors.append(f"{name} is both in {other} and {folder}")
            for n, line in enumerate(open(os.path.join(path, name)), 1):
                m = re.match(r'\s*#\s*include\s+[<"]([^>"]+)[>"]', line)
                if not m:
                    continue
                inc, where = m.group(1), f"src/{folder}/{name}:{n}"
                top = inc.split("/")[0]
                if inc.startswith("llvm-c/") and folder != "jit":
                    errors.append(f"{where}: LLVM outside of jit/")
                if inc.startswith("vulkan/") and folder in NO_VULKAN:
                    errors.append(f"{where}: Vulkan headers in {folder}/")
                if top in allowed and top not in allowed[folder]:
                    errors.append(f"{where}: {folder}/ may not include {top}/")
    print("\n".join(errors))
    print(f"{files} files, {len(errors)} errors")
    sys.exit(1 if errors or not files else 0)


if __name__ == "__main__":
    main()
