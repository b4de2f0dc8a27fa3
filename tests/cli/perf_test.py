"""The counters in Debian's guest: Linux' perf events against what rvx itself counts for the same part. Skipped where Debian's packages cannot be had."""

import os
import re
import sys

from harness import RVX, SKIPPED, CliTest, debian_folder, fetch_debian, load_json, main, path, rvx, write_file

PROGRAM = os.path.join(os.path.dirname(RVX), "firmware", "perf_events")
INITRAMFS = os.path.join(debian_folder(), "initramfs.cpio")


def cpio(files):
    """A newc archive of executable files."""

    def entry(name, mode, content=b""):
        fields = (0, mode, 0, 0, 1, 0, len(content), 0, 0, 0, 0, len(name) + 1, 0)
        head = b"070701" + b"".join(b"%08x" % field for field in fields) + name.encode() + b"\0"
        return head + b"\0" * (-len(head) % 4) + content + b"\0" * (-len(content) % 4)

    return b"".join(entry(name, 0o100755, content) for name, content in files.items()) + entry("TRAILER!!!", 0)


def initrd():
    with open(INITRAMFS, "rb") as base, open(PROGRAM, "rb") as program:
        archive = base.read()
        return write_file("perf.cpio", archive + b"\0" * (-len(archive) % 512) + cpio({"perf_events": program.read()}))


def results(run):
    return {name: int(value) for name, value in re.findall(r"^@ (\S+) (\d+)\r?$", run.out.decode(), re.M)}


class Perf(CliTest):
    # Instructions between the counters' start or stop and rvx's marks, perf_events.c.
    AROUND = 6

    def check(self, *options):
        runs = []
        for engine in ("interp", "jit"):
            stats = path(f"perf.{engine}.json")
            run = rvx("boot", "--timeout", 300, "--deterministic", "--engine", engine, "--initrd", initrd(), "--stats", f"json={stats}", *options, "--exec", "/perf_events")
            self.assertEqual((run.status, run.err), (0, ""), run)
            runs.append((results(run), load_json(stats)["measurements"]))
        (guest, ours), other = runs
        self.assertEqual(runs[0], runs[1])
        for piece in ("empty", "loop", "loads", "stores"):
            self.assertEqual((ours[piece]["count"], ours[piece]["traps"]), (1, 0), piece)
            self.assertEqual(guest[f"{piece}.instret"] - self.AROUND, ours[piece]["instret"])
        return guest, ours

    def test_instructions_are_those_that_rvx_counts(self):
        guest, ours = self.check()
        self.assertGreater(ours["loop"]["instret"], 40000)
        for piece in ours:
            self.assertEqual(guest[f"{piece}.cycles"], guest[f"{piece}.instret"])

    def test_tlb_misses_are_those_that_rvx_counts(self):
        guest, ours = self.check("--model", "rocket", "--model-from", "mark")
        for piece in ("empty", "loop", "loads", "stores"):
            for event in ("l1d-tlb.load-misses", "l1d-tlb.store-misses", "l1d.load-misses"):
                self.assertEqual(guest[f"{piece}.{event}"], ours[piece][event], f"{piece}, {event}")
            # Fetches between the kernel's return and the first mark may miss, too.
            walks = sum(ours[piece][f"mmu.{access}-walks"] for access in ("fetch", "load", "store"))
            self.assertLessEqual(abs(guest[f"{piece}.mmu.walks"] - walks), 2, piece)
        # 512 pages, and a TLB of 32 entries.
        self.assertGreaterEqual(ours["loads"]["l1d-tlb.load-misses"], 480)
        self.assertGreaterEqual(ours["stores"]["l1d-tlb.store-misses"], 480)

    def test_overflows_are_samples(self):
        guest, _ = self.check()
        self.assertEqual(guest["samples"], 20)

    def test_without_the_extension_modes_are_not_told_apart(self):
        run = rvx("boot", "--timeout", 300, "--deterministic", "--isa", "max,sscofpmf=off", "--initrd", initrd(), "--exec", "/perf_events")
        self.assertEqual((run.status, run.out), (1, b"perf_event_open: Invalid argument\n"), run)


if __name__ == "__main__":
    reason = fetch_debian() if os.path.exists(PROGRAM) else "the cross compiler for Linux programs is missing"
    if reason:
        print(f"skipped: {reason}")
        sys.exit(SKIPPED)
    main()
