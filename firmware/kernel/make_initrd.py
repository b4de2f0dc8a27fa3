#!/usr/bin/env python3
"""Makes an initrd (cpio, "newc") out of programs, or with --disk the image of a disk with a flat table of files."""
import argparse
import os
import struct


def archive(paths):
    """Names are those of the files without folder and without .elf."""
    out = bytearray()

    def add(name, data, mode):
        fields = (0, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(name) + 1, 0)
        out.extend(b"070701" + b"".join(b"%08x" % f for f in fields) + name.encode() + b"\0")
        out.extend(bytes(-len(out) % 4) + data)
        out.extend(bytes(-len(out) % 4))

    for path in paths:
        with open(path, "rb") as file:
            add(os.path.basename(path).removesuffix(".elf").removeprefix("kernel_"), file.read(), 0o100755)
    add("TRAILER!!!", b"", 0)
    return bytes(out)


def disk():
    """Files a, b, c ... of rising sizes; the doubleword at each offset says the file's number and the offset."""
    sizes = [512, 4096, 100_000, 1_000_000]
    table, data, sector = bytearray(), bytearray(), 4
    for number, size in enumerate(sizes):
        table += struct.pack("<48sQQ", chr(ord("a") + number).encode(), sector, size)
        content = b"".join(struct.pack("<Q", number << 32 | offset) for offset in range(0, size, 8))
        data += content + bytes(-len(content) % 512)
        sector = 4 + len(data) // 512
    return (struct.pack("<8sQ", b"RVXFILES", len(sizes)) + table).ljust(2048, b"\0") + data


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--disk", action="store_true")
    parser.add_argument("-o", "--output", required=True)
    parser.add_argument("programs", nargs="*")
    arguments = parser.parse_args()
    with open(arguments.output, "wb") as file:
        file.write(disk() if arguments.disk else archive(arguments.programs))


if __name__ == "__main__":
    main()
