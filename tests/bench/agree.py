#!/usr/bin/env python3
"""Each benchmark program computes the same on this host and on rvx's bare machine: agree.py RVX BENCH_FOLDER."""
import json
import os
import subprocess
import sys

PERCENT = "1"  # of the usual work
SKIPPED = 77


def checksum(command):
    """The last line of a program that must succeed."""
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, stdin=subprocess.DEVNULL)
    lines = done.stdout.replace("\r", "").splitlines()
    if done.returncode != 0 or not lines or not lines[-1].startswith("checksum "):
        return f"status {done.returncode}: {(done.stderr + done.stdout).strip()[-200:]}"
    return lines[-1]


def main():
    rvx, folder = sys.argv[1:]
    with open(os.path.join(folder, "programs.json"), encoding="utf-8") as file:
        programs = [p for p in json.load(file)["programs"] if "bare" in p]
    places = [os.path.join(folder, p[kind]) for p in programs for kind in ("bare", "native") if kind in p]
    if not programs or not all(map(os.path.exists, places)):
        print("skipped: the benchmark programs are not built: cmake --build --preset release --target rvx_bench_programs")
        return SKIPPED
    wrong = 0
    for program in programs:
        native = checksum([os.path.join(folder, program["native"]), PERCENT])
        run = [rvx, "run", "--memory", "256M", "--timeout", "100", "--append", PERCENT, os.path.join(folder, program["bare"])]
        bare = checksum(run)
        if bare != native or not native.startswith("checksum "):
            print(f"{program['name']}: native: {native}\n{program['name']}: {' '.join(run)}: {bare}")
            wrong += 1
    print(f"{len(programs) - wrong} of {len(programs)} programs agree")
    return 1 if wrong else 0


sys.exit(main())
