#!/usr/bin/env python3
"""Run a program of firmware/kernel on each engine and compare the logs of its events; and count its instructions unobserved.

logs_agree.py FOLDER PROGRAM HARTS RVX

Status 77: OpenSBI is not there.
"""
import json
import os
import subprocess
import sys
import tempfile

from run import OPENSBI, SKIPPED, TIMEOUT

ENGINES = (
    ["--engine", "interp"],
    ["--engine", "jit", "--jit-threshold", "2", "--jit-synchronous"],
    ["--engine", "jit", "--jit-window", "0"],
)


def main():
    folder, program, harts, rvx = sys.argv[1:]
    bios = next((path for path in OPENSBI if os.path.exists(path)), None)
    if not bios:
        print("OpenSBI is not installed")
        return SKIPPED
    common = [rvx, "boot", "--deterministic", "--bios", bios, "-m", "128M", "-smp", harts, "-kernel", f"{folder}/kernel.elf",
              "-initrd", f"{folder}/kernel.initrd", "-append", f"run={program}"]

    def boot(*arguments):
        return subprocess.run([*common, *arguments], stdin=subprocess.DEVNULL, capture_output=True, timeout=TIMEOUT, check=False).returncode

    logs, problems = [], []
    with tempfile.TemporaryDirectory() as scratch:
        log, stats = f"{scratch}/log", f"{scratch}/stats"
        for engine in ENGINES:
            if boot(*engine, "--events", log, "--stats", f"json={stats}") != 0:
                problems.append(f"{' '.join(engine)}: the program failed")
            with open(log, encoding="utf-8") as file:
                logs.append(file.read())
            with open(stats, encoding="utf-8") as file:
                count = json.load(file)["guest"]["instret"]
            # Without an observer it comes to its end with exactly so many instructions.
            if boot(*engine, "--max-insns", str(count)) != 0 or boot(*engine, "--max-insns", str(count - 1)) != 124:
                problems.append(f"{' '.join(engine)}: other than {count} instructions without an observer")
    lines = logs[0].count("\n")
    print(f"{lines} lines")
    if lines < 100:
        problems.append("hardly any events")
    for engine, text in zip(ENGINES[1:], logs[1:]):
        if text == logs[0]:
            continue
        pair = next(((a, b) for a, b in zip(logs[0].splitlines(), text.splitlines()) if a != b), ("", ""))
        problems.append(f"{' '.join(engine)}: another log, first\n  {pair[1]}\ninstead of\n  {pair[0]}")
    print("\n".join(problems))
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
