#!/usr/bin/env python3
"""Run a program of firmware/kernel above OpenSBI, on rvx or QEMU, and look whether it says PASS and the machine ends with 0.

run.py FOLDER PROGRAM [--harts N] [--append TEXT] [--disk] [--qemu] [--status N] [--expect LINE ...] -- COMMAND...

COMMAND is rvx with its options, or with --qemu nothing: RVX_QEMU (by default qemu-system-riscv64) names it.
Status 77: QEMU or OpenSBI is not there.
"""
import argparse
import os
import shutil
import subprocess
import sys

SKIPPED = 77
TIMEOUT = 110  # seconds, of all attempts; below ctest's
QEMU_ATTEMPTS = 3
OPENSBI = (
    os.path.expanduser(os.environ.get("RVX_CACHE") or os.path.join(os.environ.get("XDG_CACHE_HOME") or "~/.cache", "rvx")) + "/debian/fw_dynamic.bin",
    "/usr/lib/riscv64-linux-gnu/opensbi/generic/fw_dynamic.bin",
)


def find_opensbi():
    return next((path for path in OPENSBI if os.path.exists(path)), None)


def command_line(arguments):
    folder = arguments.folder
    boot_arguments = f"{arguments.append} run={arguments.program}".strip()
    images = ["-kernel", f"{folder}/kernel.elf", "-initrd", f"{folder}/kernel.initrd", "-append", boot_arguments]
    machine = ["-m", "128M", "-smp", str(arguments.harts)]
    disk = f"{folder}/kernel.disk"
    if not arguments.qemu:
        bios = find_opensbi()
        if not bios:
            return None
        return arguments.command + ["--bios", bios] + machine + images + (["--disk", disk + ",ro"] if arguments.disk else [])
    qemu = shutil.which(os.environ.get("RVX_QEMU", "qemu-system-riscv64"))
    if not qemu:
        return None
    drive = ["-drive", f"if=none,id=disk,format=raw,readonly=on,file={disk}", "-device", "virtio-blk-device,drive=disk"]
    # What is counted needs guest time from instructions, as with rvx --deterministic: a loaded host must not bring ticks
    # into it. Not with a disk, whose answers come in the host's time, nor with more harts, which are then far slower.
    clock = ["-icount", "shift=0,sleep=off"] if arguments.expect and not arguments.disk and arguments.harts == 1 else []
    return [qemu, "-M", "virt", "-display", "none", "-serial", "stdio"] + clock + machine + images + (drive if arguments.disk else [])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder")
    parser.add_argument("program")
    parser.add_argument("--harts", type=int, default=1)
    parser.add_argument("--append", default="")
    parser.add_argument("--disk", action="store_true")
    parser.add_argument("--qemu", action="store_true")
    parser.add_argument("--expect", action="append", help="a line of the output, instead of PASS")
    parser.add_argument("--status", type=int, default=0, help="what the machine is to end with; PASS is expected with 0 only")
    words = sys.argv[1:]
    split = words.index("--") if "--" in words else len(words)
    arguments = parser.parse_args(words[:split])
    arguments.command = words[split + 1 :]
    command = command_line(arguments)
    if command is None:
        print("QEMU or OpenSBI is not installed")
        return SKIPPED
    # QEMU's clock is the host's, and a busy host may stop it anywhere: a failure counts if it comes each time.
    attempts = QEMU_ATTEMPTS if arguments.qemu else 1
    return 0 if any(is_right(command, arguments, TIMEOUT / attempts) for _ in range(attempts)) else 1


def is_right(command, arguments, timeout):
    print("$", " ".join(command), flush=True)
    try:
        run = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=timeout, check=False)
    except subprocess.TimeoutExpired as expired:
        print((expired.stdout or b"").decode(errors="replace"))
        print(f"no end within {timeout} s")
        return False
    text = run.stdout.decode(errors="replace")
    print(text + run.stderr.decode(errors="replace"))
    expected = arguments.expect or [f"PASS {arguments.program.split()[0].removeprefix('test_')}"]
    is_pass = set(expected) <= set(text.replace("\r", "").split("\n"))
    if run.returncode != arguments.status or is_pass != (arguments.status == 0):
        print(f"status {run.returncode}, {'PASS' if is_pass else 'no PASS'}")
        return False
    return True


if __name__ == "__main__":
    sys.exit(main())
