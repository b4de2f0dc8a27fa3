"""Runs the built rvx on programs assembled for one test, and tells what came of it."""

import atexit
import hashlib
import json
import os
import shutil
import struct
import subprocess
import tempfile
import unittest

SOURCE = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
RVX = os.environ.get("RVX", os.path.join(SOURCE, "build", "release", "rvx"))
GUEST_CC = os.environ.get("RVX_GUEST_CC", "clang-19")
GUEST_LD = os.environ.get("RVX_GUEST_LD", "ld.lld-19")

SKIPPED = 77  # for ctest

# A sanitizer build is slower, and so may be a busy host.
PATIENCE_S = 120

scratch = tempfile.mkdtemp(prefix="rvx-cli-")
atexit.register(shutil.rmtree, scratch, ignore_errors=True)

FINISHER = 0x100000
FINISHER_PASS, FINISHER_FAIL, FINISHER_RESET = 0x5555, 0x3333, 0x7777


def path(name):
    """A file name in the scratch folder."""
    return os.path.join(scratch, name)


def write_file(name, content):
    full = path(name)
    os.makedirs(os.path.dirname(full), exist_ok=True)
    with open(full, "wb") as file:
        file.write(content if isinstance(content, bytes) else content.encode())
    return full


def finisher(value):
    """Assembly that stores `value` to the finisher and then waits for what it does."""
    return f"li t0, {FINISHER}\nli t1, {value}\nsw t1, 0(t0)\n9: j 9b\n"


def fail_with(code):
    return finisher(code << 16 | FINISHER_FAIL)


PASS = finisher(FINISHER_PASS)

# `tohost` and `fromhost` in a page of their own, as riscv-tests place them.
HTIF = """
.section .tohost, "aw"
.balign 64
.globl tohost
tohost: .dword 0
.balign 64
.globl fromhost
fromhost: .dword 0
"""


def htif_exit(code):
    """Assembly that exits by HTIF with a code that fits into an immediate."""
    return f"li t1, {code << 1 | 1}\nla t0, tohost\nsd t1, 0(t0)\n9: j 9b\n{HTIF}"


def assemble(text, name=None, march="rv64gc", linked_by_script=True, options=()):
    """An ELF program at the start of RAM from assembly; the first line is executed first."""
    xlen = march[2:4]
    source = (
        '.section .text.start, "ax"\n.globl _start\n_start:\n.option norelax\n.option norvc\n'
        + text
        + "\n"
    )
    key = hashlib.sha256(repr((source, march, linked_by_script, tuple(options))).encode()).hexdigest()[:16]
    out = path(name or f"{key}.elf")
    if name is None and os.path.exists(out):
        return out
    os.makedirs(os.path.dirname(out), exist_ok=True)
    assembly = write_file(f"{key}.S", source)
    object_file = path(f"{key}.o")
    abi = ("ilp32" if xlen == "32" else "lp64") + ("d" if "g" in march else "")
    subprocess.run(
        [GUEST_CC, f"--target=riscv{xlen}-unknown-elf", f"-march={march}", f"-mabi={abi}", *options,
         "-c", assembly, "-o", object_file],
        check=True)
    where = ["-T", os.path.join(SOURCE, "firmware", "bare.ld")] if linked_by_script else ["-Ttext=0x80000000"]
    subprocess.run(
        [GUEST_LD, "-static", "--no-dynamic-linker", "--build-id=none", "-z", "norelro", *where,
         object_file, "-o", out],
        check=True)
    return out


def elf(segments, machine=243, elf_class=2, data=1, file_type=2, entry=None, symbols=()):
    """The bytes of an ELF64 file from (address, bytes, memory size) triples. Header fields as given."""
    header_size, entry_size = 64, 56
    at = header_size + entry_size * len(segments)
    headers, contents = b"", b""
    for address, content, memory in segments:
        headers += struct.pack("<IIQQQQQQ", 1, 5, at + len(contents), address, address, len(content), memory, 1)
        contents += content
    if entry is None:
        entry = segments[0][0] if segments else 0
    ident = b"\x7fELF" + bytes([elf_class, data, 1]) + bytes(9)
    header = ident + struct.pack("<HHIQQQIHHHHHH", file_type, machine, 1, entry, header_size if segments else 0, 0, 0,
                                 header_size, entry_size, len(segments), 64, 0, 0)
    return header + headers + contents


class Run:
    """What a finished rvx left behind."""

    def __init__(self, status, out, err):
        self.status, self.out, self.err = status, out, err

    @property
    def lines(self):
        return self.err.splitlines()

    def __repr__(self):
        return f"status {self.status}\nstdout: {self.out!r}\nstderr: {self.err!r}"


def environment(**changes):
    env = dict(os.environ, NO_COLOR="1")
    env.update(changes)
    return env


def rvx(*arguments, input=b"", cwd=None, **changes):
    """Runs rvx to its end. A status of -n would be death by signal n."""
    done = subprocess.run([RVX, *map(str, arguments)], input=input, capture_output=True, timeout=PATIENCE_S,
                          cwd=cwd or scratch, env=environment(**changes))
    return Run(done.returncode, done.stdout, done.stderr.decode(errors="replace"))


def start(*arguments, **options):
    """Starts rvx and returns the process."""
    options = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **options}
    return subprocess.Popen([RVX, *map(str, arguments)], cwd=scratch, env=environment(), **options)


class CliTest(unittest.TestCase):
    maxDiff = None

    def expect(self, run, status, *fragments):
        """The status, and fragments that stderr has in this order."""
        self.assertEqual(run.status, status, run)
        at = 0
        for fragment in fragments:
            found = run.err.find(fragment, at)
            self.assertGreaterEqual(found, 0, f"no {fragment!r} in\n{run}")
            at = found + len(fragment)
        return run

    def expect_error(self, run, status, *fragments):
        """As expect(); and all of stderr is one line of ours, and stdout is empty."""
        self.expect(run, status, *fragments)
        self.assertEqual(len(run.lines), 1, run)
        self.assertTrue(run.err.startswith("rvx: "), run)
        self.assertEqual(run.out, b"", run)
        return run

    def expect_silence(self, run, status=0):
        self.assertEqual((run.status, run.out, run.err), (status, b"", ""), run)


def fetch_debian():
    """Get Debian's files, or tell why there are none."""
    try:
        done = subprocess.run([os.path.join(SOURCE, "firmware", "debian", "fetch.sh")], capture_output=True, timeout=900)
    except subprocess.TimeoutExpired:
        return "the download takes too long"
    return None if done.returncode == 0 else done.stderr.decode(errors="replace").strip()


def debian_folder():
    base = os.environ.get("RVX_CACHE") or os.path.join(os.environ.get("XDG_CACHE_HOME") or os.path.join(os.environ.get("HOME", "/root"), ".cache"), "rvx")
    return os.path.join(base, "debian")


def load_json(file_name):
    with open(file_name, encoding="utf-8") as file:
        return json.load(file)


main = unittest.main
