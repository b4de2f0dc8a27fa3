#!/usr/bin/env python3
"""Run a few points of a lab on the kernel: run_lab.py RVX FOLDER ENGINE. Status 77: OpenSBI is not there."""
import subprocess
import sys

import run

SKIPPED, TIMEOUT = 77, 280


def main():
    rvx, folder, engine = sys.argv[1:]
    if not run.find_opensbi():
        print("OpenSBI is not installed")
        return SKIPPED
    command = [rvx, "lab", "run", folder, "--quick", "--fresh", "--engine", engine]
    return subprocess.run(command, stdin=subprocess.DEVNULL, timeout=TIMEOUT, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
