#!/usr/bin/env python3
"""What models cost: programs inside Debian's guest with and without one, in host processor time, in turn.

model_cost.py [--rvx RVX] [--programs DIR] [--models NAME|FILE,...] [--runs N] [--percent N] PROGRAM...

There is a machine for each model and one without (rvx boot --deterministic, as models run), and one at a time goes on:
the others are stopped, since time that passes in a deterministic guest costs the host's, idle or not. Processor time of
all threads is taken from writing the order to reading the answer. `tlbs` among the models is skylake without its
caches. The table has the best of N runs without a model, and ratios to it.
"""
import argparse
import pathlib
import re
import signal
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
NOT_BUILT = 77  # as CTest's for what is skipped
DEFAULT = ["qsort", "sha512", "crunch", "fib", "aes", "nbody", "compress", "bytecode", "chase-4m", "primes"]


def processor_seconds(pid):
    """Of all its threads, those that are gone left out."""
    total = 0
    for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
        try:
            total += int((task / "schedstat").read_text().split()[0])
        except FileNotFoundError:
            pass
    return total / 1e9


def tlbs_alone(folder):
    text = (ROOT / "machine/models/skylake.model").read_text()
    sections = re.split(r"^(?=\[)", text, flags=re.MULTILINE)
    path = pathlib.Path(folder) / "tlbs.model"
    path.write_text("".join(s for s in sections if not re.match(r"\[l1[id]\]|\[l2\]", s)))
    return path


class Guest:
    """A machine that waits for orders, stopped."""

    def __init__(self, options, model):
        # Stopped, it would not notice that nobody is there any more.
        command = ["setpriv", "--pdeathsig", "KILL", options.rvx, "boot", "--deterministic"]
        command += ["--initrd", options.programs / "initrd.cpio"]
        if model:
            command += ["--model", model]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1, errors="replace")
        self.wait_for("bench-ready")

    def wait_for(self, word):
        for line in self.process.stdout:
            if line.startswith(word):
                self.process.send_signal(signal.SIGSTOP)
                return line
        sys.exit(f"model_cost: the guest ended without {word}")

    def measure(self, program, percent):
        """(seconds, checksum)"""
        before = processor_seconds(self.process.pid)
        self.process.send_signal(signal.SIGCONT)
        print(f"run {program} {percent}", file=self.process.stdin, flush=True)
        answer = self.wait_for("bench-done")
        seconds = processor_seconds(self.process.pid) - before
        found = re.search(r"status=0 .*checksum=(\S+)", answer)
        if not found:
            sys.exit(f"model_cost: {program}: {answer.strip()}")
        return seconds, found[1]


def print_table(options, names, guests):
    print(f"{'':<12}{'plain s':>9}" + "".join(f"{name + '/plain':>18}" for name in names))
    for program in options.names:
        times = {name: [] for name in guests}
        checksums = set()
        for _ in range(options.runs):
            for name, guest in guests.items():
                seconds, checksum = guest.measure(program, options.percent)
                times[name].append(seconds)
                checksums.add(checksum)
        if len(checksums) != 1:
            sys.exit(f"model_cost: {program}: checksums differ: {', '.join(sorted(checksums))}")
        plain = min(times[""])
        print(f"{program:<12}{plain:9.3f}" + "".join(f"{min(times[name]) / plain:18.2f}" for name in names), flush=True)


def main():
    parser = argparse.ArgumentParser(description="What models cost", usage=__doc__.splitlines()[2])
    parser.add_argument("--rvx", type=pathlib.Path, default=ROOT / "build/release/rvx")
    parser.add_argument("--programs", type=pathlib.Path, default=ROOT / "build/release/bench")
    parser.add_argument("--models", default="tlbs,skylake")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--percent", type=int, default=60)
    parser.add_argument("names", nargs="*", default=DEFAULT)
    options = parser.parse_args()
    if not (options.programs / "initrd.cpio").exists():
        print("model_cost: the programs are not built: cmake --build --preset release --target rvx_bench_programs", file=sys.stderr)
        sys.exit(NOT_BUILT)
    names = options.models.split(",")
    guests = {}
    with tempfile.TemporaryDirectory() as folder:
        try:
            guests[""] = Guest(options, None)
            for name in names:
                guests[name] = Guest(options, tlbs_alone(folder) if name == "tlbs" else name)
            print_table(options, names, guests)
        finally:
            for guest in guests.values():
                guest.process.kill()


if __name__ == "__main__":
    main()
