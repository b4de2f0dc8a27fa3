#!/usr/bin/env python3
"""Run a guest test program on QEMU or Spike and compare its end with what differences.txt expects.

reference.py qemu|spike ELF [--harts N] [--status N] [--isa ISA] [--cpu CPU] [--icount] [--append TEXT]
reference.py check FOLDER      every program that differences.txt names is in FOLDER

RVX_QEMU (by default qemu-system-riscv64) and RVX_SPIKE name the machines. Status 77: not there.
"""
import argparse
import os
import pathlib
import re
import shutil
import subprocess
import sys

SKIPPED = 77
TIMEOUT = 45  # seconds, of all attempts; below ctest's
QEMU_ATTEMPTS = 3

# What rvx has by default, in the spelling of each machine.
SPIKE_ISA = (
    "rv64gc_zicntr_zihpm_zba_zbb_zbc_zbs_zbkb_zbkx_zicond_zacas_zawrs_zfa_zfh_zicbom_zicbop_zicboz_zcb"
    "_svadu_svinval_svnapot_svpbmt_sstc_smstateen_sscofpmf_smcntrpmf_zicclsm_ziccid"
)
QEMU_TRIED = ("7.2.22", "10.0.2", "10.0.13")  # of others nothing is certain
QEMU_CPU = {
    "7.2": "rv64,h=off,Zfh=on,zbkb=on,zbkc=on,zbkx=on,svinval=on,svnapot=on,svpbmt=on,sscofpmf=on",
    "10.0": "rv64,h=off,zicond=on,zacas=on,svinval=on,svnapot=on,svpbmt=on,zfh=on,zcb=on,zbkb=on,zbkx=on,smstateen=on,sscofpmf=on,smcntrpmf=on",
}


def read_table():
    """Rows of differences.txt: (machine, versions, is_certain, programs, why)."""
    text = (pathlib.Path(__file__).parent / "differences.txt").read_text()
    for block in re.split(r"\n\s*\n", text):
        lines = [line for line in block.splitlines() if not line.startswith("#")]
        if not lines:
            continue
        head, why = lines[0].split(": ", 1)
        machine, *versions = head.split()
        is_certain = machine[-1] != "?"
        yield machine.rstrip("?"), versions, is_certain, " ".join(lines[1:]).split(), why


def expectation(machine, version, program):
    """('same' | 'differs' | 'may differ', why)."""
    release = ".".join(version.split(".")[:2])
    is_tried = machine != "qemu" or version in QEMU_TRIED
    found = ("same", "")
    for row_machine, versions, is_certain, programs, why in read_table():
        if row_machine != machine or program not in programs:
            continue
        if not versions or release in versions or version in versions:
            return ("differs" if is_certain and is_tried else "may differ", why)
        if not is_tried:
            found = ("may differ", f"{machine} {versions[0]}: {why}")
    return found


def qemu_command(options, qemu):
    text = subprocess.run([qemu, "--version"], capture_output=True, text=True, check=True).stdout
    version = re.search(r"version (\d+\.\d+(?:\.\d+)?)", text)[1]
    is_old = float(version.split(".")[0]) < 9
    cpu = options.cpu or QEMU_CPU["7.2" if is_old else "10.0"]
    command = [qemu, "-M", "virt", "-bios", "none", "-display", "none", "-monitor", "none", "-serial", "stdio"]
    command += ["-cpu", cpu, "-smp", str(options.harts), "-kernel", options.elf]
    if options.icount:
        command += ["-icount", "shift=0"]
    if options.append:
        command += ["-append", options.append]
    return command, version


def spike_command(options, spike):
    return [spike, "-m256", f"-p{options.harts}", f"--isa={options.isa or SPIKE_ISA}", options.elf], ""


def compare(options):
    default = "qemu-system-riscv64" if options.machine == "qemu" else ""
    program = shutil.which(os.environ.get("RVX_" + options.machine.upper(), default))
    if not program:
        print(f"skipped: no {options.machine}")
        return SKIPPED
    command, version = (qemu_command if options.machine == "qemu" else spike_command)(options, program)
    expected, why = expectation(options.machine, version, pathlib.Path(options.elf).stem)
    # QEMU's clock is the host's, and a busy host may stop it anywhere: a difference counts if it comes each time.
    attempts = QEMU_ATTEMPTS if options.machine == "qemu" and expected == "same" else 1
    for _ in range(attempts):
        try:
            run = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=TIMEOUT / attempts)
            status, output = run.returncode, run.stdout + run.stderr
        except subprocess.TimeoutExpired as expired:
            status, output = f"no end within {TIMEOUT / attempts} s", (expired.stdout or b"").decode(errors="replace")
        is_same = status == options.status
        if is_same:
            break
    print(f"{' '.join(command)}\n{output.rstrip()}\nstatus: {status}, expected on rvx: {options.status}")
    if expected != "same":
        print(f"{expected}: {why}")
    if expected == "differs" and is_same:
        print("unexpected pass: take the program off differences.txt")
        return 1
    return 0 if is_same or expected != "same" else 1


def check(folder):
    named = {program for row in read_table() for program in row[3]}
    wrong = sorted(named - {path.stem for path in pathlib.Path(folder).iterdir()})
    for program in wrong:
        print(f"differences.txt names {program}, which is not in {folder}")
    return 1 if wrong else 0


def main():
    parser = argparse.ArgumentParser()
    commands = parser.add_subparsers(dest="machine", required=True)
    for machine in ("qemu", "spike"):
        command = commands.add_parser(machine)
        command.add_argument("elf")
        command.add_argument("--harts", type=int, default=1)
        command.add_argument("--status", type=int, default=0)
        command.add_argument("--isa")
        command.add_argument("--cpu")
        command.add_argument("--icount", action="store_true")
        command.add_argument("--append", help="boot arguments; not for Spike")
    commands.add_parser("check").add_argument("folder")
    options = parser.parse_args()
    return check(options.folder) if options.machine == "check" else compare(options)


if __name__ == "__main__":
    sys.exit(main())
