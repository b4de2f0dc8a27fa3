"""`--model`: what it refuses, and the same counters on both engines, with and without the filter; in Debian's guest where its packages can be had."""

import os
import unittest

from harness import PASS, RVX, CliTest, assemble, debian_folder, fetch_debian, load_json, main, path, rvx, write_file

NO_DEBIAN = fetch_debian()
PRESETS = ("c910", "cva6", "p550", "rocket", "skylake", "u74")

# A loop over 64 pages, in M-mode.
LOOP = """
  li s0, 300
again:
  la t0, pages
  li t1, 64
  li t2, 4096
inner:
  ld a0, 0(t0)
  sd s0, 8(t0)
  add t0, t0, t2
  addi t1, t1, -1
  bnez t1, inner
  addi s0, s0, -1
  bnez s0, again
""" + PASS + """
.section .bss
.balign 4096
pages: .space 64 * 4096
"""


# CLINT's msip of hart n is at 0x2000000 + 4n.
SHOOTDOWN = """
  csrr t0, mhartid
  la s0, answers
  li s1, 0x2000000
  bnez t0, other
  sfence.vma
  li s2, 5
  li s3, 0
ask:
  addi s3, s3, 1
  li t0, 1
  sw t0, 4(s1)
wait:
  lw t0, 0(s0)
  bne t0, s3, wait
  bne s3, s2, ask
""" + PASS + """
other:
  csrr t0, mip
  andi t0, t0, 8
  beqz t0, other
  sw zero, 4(s1)
  sfence.vma
  lw t0, 0(s0)
  addi t0, t0, 1
  sw t0, 0(s0)
  j other
.section .bss
.balign 64
answers: .space 64
"""


def counted(command, *arguments):
    """Guest and model of one run."""
    stats = path("model.json")
    run = rvx(command, "--timeout", 300, "--stats", f"json={stats}", *arguments)
    if run.status != 0:
        raise AssertionError(run)
    report = load_json(stats)
    return report["guest"], report["model"]


class BadInput(CliTest):
    def test_unknown_model(self):
        self.expect_error(rvx("run", "--model", "z80", assemble(PASS)), 127, "z80")

    def test_impossible_geometry_names_file_and_key(self):
        model = write_file("bad.model", "[core]\nname = bad\nasid_bits = 17\n[cycles]\ninstruction = 1\n")
        self.expect_error(rvx("run", "--model", model, assemble(PASS)), 126, "bad.model:3", "asid_bits", "0 to 16")

    def test_how_a_model_is_used_needs_a_model(self):
        for options in (["--model-exact"], ["--model-from", "100"]):
            self.expect_error(rvx("run", *options, assemble(PASS)), 125, options[0], "--model")

    def test_a_model_is_not_for_real_time(self):
        self.expect_error(rvx("boot", "--model", "rocket", "--real-time"), 125, "--real-time")

    def test_start_of_counting(self):
        self.expect_error(rvx("run", "--model", "rocket", "--model-from", "now", assemble(PASS)), 125, "--model-from", "now")


class Counters(CliTest):
    def test_causes_add_up_and_engines_agree(self):
        program = assemble(LOOP)
        for preset in PRESETS:
            runs = [counted("run", "--model", preset, "--engine", engine, "--jit-threshold", 2, "--jit-synchronous", *exact, program)
                    for engine in ("interp", "jit") for exact in ((), ("--model-exact",))]
            guest, model = runs[0]
            counters = model["counters"]
            self.assertEqual(sum(n for name, n in counters.items() if name.startswith("cycles.")), counters["cycles"])
            self.assertEqual(sum(counters[f"cycles-in.{mode}"] for mode in "usm"), counters["cycles"])
            # 64 lines of the same set: each round misses them all where a set has fewer ways, and evicts under LRU and FIFO.
            self.assertGreater(counters["l1d.load-misses"], 64)
            for other_guest, other in runs[1:]:
                self.assertEqual(other_guest, guest, preset)
                for name, value in counters.items():
                    self.assertEqual(other["counters"][name], value, f"{preset}: {name}")

    def test_a_hart_is_charged_for_the_fences_it_waits_for(self):
        # Hart 0 sends hart 1 an interrupt, which fences and says so; five times. A fence that nobody waits for costs nobody anything.
        program = assemble(SHOOTDOWN)
        runs = [counted("run", "--harts", 2, "--model", "skylake", "--engine", engine, "--jit-threshold", 2, "--jit-synchronous", program)[1]
                for engine in ("interp", "jit")]
        self.assertEqual(runs[0], runs[1])
        counters = runs[0]["counters"]
        self.assertEqual((counters["cycles.ipi"], counters["cycles.shootdown"]), (5 * 500, 5 * 1000))
        self.assertEqual(counters["cycles.fence"], 6 * 100)
        self.assertEqual(sum(n for name, n in counters.items() if name.startswith("cycles.")), counters["cycles"])

    def test_exact_mode_counts_accesses(self):
        _, model = counted("run", "--model", "rocket", "--model-exact", assemble(LOOP))
        self.assertEqual((model["counters"]["l1d.loads"], model["counters"]["l1d.stores"]), (300 * 64, 300 * 64))

    def test_counting_begins_where_it_is_asked_to(self):
        program = assemble(LOOP)
        guest, model = counted("run", "--model", "rocket", "--model-from", 50_000, program)
        self.assertEqual(model["counters"]["cycles.instruction"], guest["instret"] - 50_000)


class Debian(CliTest):
    @unittest.skipIf(NO_DEBIAN, f"Debian's packages cannot be had: {NO_DEBIAN}")
    def test_what_a_device_writes_leaves_the_caches(self):
        firmware = os.path.join(os.path.dirname(RVX), "firmware")
        if not os.path.exists(f"{firmware}/kernel.disk"):
            self.skipTest("no firmware was built")
        machine = ("--bios", f"{debian_folder()}/fw_dynamic.bin", "-m", "128M", "--kernel", f"{firmware}/kernel.elf", "--initrd", f"{firmware}/kernel.initrd")
        disk = ("--disk", f"{firmware}/kernel.disk,ro")
        # Nothing else invalidates lines of this core, whose second level is not inclusive.
        _, without = counted("boot", "--model", "rocket", *machine, "--append", "run=test_pipes")
        self.assertEqual(without["counters"]["l1d.invalidations"], 0)
        runs = [counted("boot", "--model", "rocket", "--engine", engine, *machine, "--append", "run=test_disk", *disk) for engine in ("interp", "jit")]
        self.assertGreater(runs[0][1]["counters"]["l1d.invalidations"], 0)
        self.assertEqual(runs[0], runs[1])

    @unittest.skipIf(NO_DEBIAN, f"Debian's packages cannot be had: {NO_DEBIAN}")
    def test_a_boot_counts_the_same_with_and_without_the_filter(self):
        # First in, first out: what is least alike in both, since every hit stays unseen behind the filter.
        text = """
[core]
name = fifo
asid_bits = 4
walks_through = memory
[l1i_tlb]
entries = 32
ways = 4
replacement = fifo
page_sizes = 4K 2M
[l1d_tlb]
entries = 32
ways = full
replacement = fifo
page_sizes = 4K 2M
[l2_tlb]
entries = 256
ways = 4
replacement = fifo
page_sizes = 4K
[cycles]
instruction = 1
l2_tlb = 4
walk_memory = 40
trap_entry = 10
"""
        model = write_file("fifo.model", text)
        runs = [counted("boot", "--model", model, *options, "--exec", "true")
                for options in (("--engine", "jit"), ("--engine", "jit", "--model-exact"), ("--engine", "interp"))]
        (guest, filtered), (_, exact), _ = runs
        self.assertGreater(filtered["counters"]["l1d-tlb.load-misses"], 10_000)
        self.assertGreater(exact["counters"]["l1d-tlb.load-lookups"], 10 * filtered["counters"]["l1d-tlb.load-misses"])
        for other_guest, other in runs[1:]:
            self.assertEqual(other_guest, guest)
            for name, value in filtered["counters"].items():
                self.assertEqual(other["counters"][name], value, name)


if __name__ == "__main__":
    main()
