"""What can be seen of the JIT: the report on translated code, and names of it for perf."""

import os
import re
import subprocess

from harness import CliTest, PASS, RVX, assemble, fail_with, load_json, main, path, rvx

# 1000 times around a loop of 4 instructions, and into a function by its address.
FP_ON = "li t0, 0x2000\ncsrs mstatus, t0\nfmv.w.x f1, zero\nfmv.w.x f2, zero\n"
HOT = """
  li s0, 1000
again:
  la t0, buffer
  sd s0, 0(t0)
  call callee
  fmul.s f0, f1, f2
  addi s0, s0, -1
  bnez s0, again
""" + PASS + """
callee:
  ld a0, 0(t0)
  ret
.section .data
.balign 8
buffer: .dword 0
"""


def jit(*arguments):
    return rvx("run", "--engine", "jit", "--jit-synchronous", "--jit-threshold", "5", *arguments)


class JitReport(CliTest):
    def text(self, *arguments):
        run = jit("--jit-report", "-", *arguments, assemble(FP_ON + HOT))
        self.expect(run, 0)
        return run.out.decode()

    def test_totals(self):
        text = self.text()
        executed, all_of_them = map(int, re.search(r"(\d+) of (\d+) instructions ran in it", text).groups())
        # The interpreter runs the loop until it is hot, and what is no loop.
        self.assertLess(executed, all_of_them)
        self.assertGreater(executed, all_of_them * 9 // 10)

    def test_hot_region_has_guest_code_ir_and_host_code(self):
        text = self.text("--jit-report-top", "1")
        for expected in ("<again", "bnez    s0", "branch if Ne(s0, 0)", "Store.u64(", "qword ptr [r", "; counts block", "entries, "):
            self.assertIn(expected, text)
        self.assertEqual(len(re.findall(r"^#\d", text, re.M)), 1)

    def test_instruction_for_the_interpreter_is_named(self):
        # With FS off the multiplication raises an exception each time: that is the interpreter's.
        handler = """
          la t1, skip
          csrw mtvec, t1
          j begin
        .balign 4
        skip:
          csrr t1, mepc
          addi t1, t1, 4
          csrw mepc, t1
          mret
        begin:
        """
        run = jit("--jit-report", "-", assemble(handler + HOT))
        self.expect(run, 0)
        self.assertRegex(run.out.decode(), r"\d+  fmul.s, floating-point case\n")
        self.assertRegex(run.out.decode(), r"\d+  csrrw\n")

    def test_rounding_mode_that_is_not_in_force_is_the_interpreters(self):
        # The region is refused where it is entered; the report names the instruction that asks for the mode.
        loop = """
          li s0, 1000
        again:
          fcvt.w.s t1, f1, rdn
          addi s0, s0, -1
          bnez s0, again
        """
        run = jit("--jit-report", "-", assemble(FP_ON + loop + PASS))
        self.expect(run, 0)
        counts = [int(n) for n in re.findall(r"(\d+)  (?:fcvt\.w\.s, floating-point case|entry)\n", run.out.decode())]
        self.assertEqual(len(counts), 2, run)
        self.assertEqual(counts[0], counts[1], run)
        self.assertGreater(counts[0], 100, run)

    def test_results_that_wait_for_their_test_share_it(self):
        # A NaN of the host's own is looked for once, whatever is loaded and added up in between.
        loop = """
          li s0, 1000
          la t0, buffer
        again:
          fld f1, 0(t0)
          fmul.d f2, f1, f1
          addi s0, s0, -1
          fld f4, 0(t0)
          fadd.d f3, f3, f2
          bnez s0, again
        """
        run = jit("--jit-report", "-", assemble(FP_ON + loop + PASS + ".section .data\n.balign 8\nbuffer: .dword 0"))
        self.expect(run, 0)
        block = re.search(r"block \d+ at \w+ <again>: run 9.*?\n\n", run.out.decode(), re.S).group(0)
        self.assertEqual(block.count("vucomisd"), 1, block)

    def test_to_a_file(self):
        self.expect_silence(jit("--jit-report", path("jit-report"), assemble(FP_ON + HOT)))
        with open(path("jit-report"), encoding="utf-8") as file:
            self.assertTrue(file.read().startswith("Translated code\n"))

    def test_without_the_jit_it_is_refused(self):
        self.expect_error(rvx("run", "--engine", "interp", "--jit-report", "-", assemble(FP_ON + HOT)), 125, "--jit-report")

    def test_a_file_that_cannot_be_written_is_told_first(self):
        self.expect_error(jit("--jit-report", path("no/such/folder"), assemble(FP_ON + HOT)), 125, "cannot write")


class PerfMap(CliTest):
    def test_names_regions_and_routines(self):
        with subprocess.Popen([RVX, "run", "--engine", "jit", "--jit-synchronous", "--jit-threshold", "5", "--perf-map", assemble(FP_ON + HOT)]) as run:
            self.assertEqual(run.wait(60), 0)
        name = f"/tmp/perf-{run.pid}.map"
        with open(name, encoding="ascii") as file:
            lines = file.read().splitlines()
        os.remove(name)
        for line in lines:
            self.assertRegex(line, r"^[0-9a-f]+ [0-9a-f]+ rv:.+$")
        names = [line.split(" ", 2)[2] for line in lines]
        self.assertIn("rv:(slow path)", names)
        self.assertTrue(any(name.startswith("rv:again") for name in names), names)
        self.assertIn("rv:callee", names)


class WindowBase(CliTest):
    def test_comes_back_after_a_value_that_needed_its_register(self):
        # An access with another base would go on as one that the window does not have, and be taken out of it.
        program = assemble("""
          li s0, 1000
          la a0, cell
        again:
          auipc t0, 0
          li t1, 0x123456789abcdef0
          add t2, t0, t1
          amoadd.d t3, t2, (a0)
          amoxor.d t3, t2, (a0)
          ld t4, 8(a0)
          sd t4, 16(a0)
          sfence.vma
          addi s0, s0, -1
          bnez s0, again
        """ + PASS + """
        .section .data
        .balign 4096
        cell: .dword 0, 0, 0
        .balign 4096
        """)
        self.expect_silence(jit("--jit-window", "0", "--stats", f"json={path('stats')}", program))
        host = load_json(path("stats"))["host"]
        self.assertGreater(host["tlb"]["window_fills"], 0)
        self.assertEqual(host["jit"]["unmerged"], 0)


class Cache(CliTest):
    FUNCTIONS, PASSES, CALLS = 1500, 5, 4

    def counters(self, program, *options):
        """Ends with the program's own verdict; the JIT's counters."""
        self.expect_silence(jit(*options, "--stats", f"json={path('stats')}", program))
        return load_json(path("stats"))["host"]["jit"]

    def many_functions(self):
        """Each of many functions is called a few times in turn, again and again. Passes if the sum is right."""
        mask = (1 << 64) - 1
        expected = 0
        functions = []
        for n in range(self.FUNCTIONS):
            amounts = [(n * 13 + k * 71) & 0x3FF for k in range(6)]
            functions.append(f"f{n}:" + "".join(f"\naddi a0, a0, {k}\nxori a0, a0, {k}\nsd a0, 0(a1)\nld a0, 0(a1)\naddi a1, a1, 8" for k in amounts)
                             + "\nret")
        for _ in range(self.PASSES):
            for n in range(self.FUNCTIONS):
                for _ in range(self.CALLS):
                    for k in range(6):
                        amount = (n * 13 + k * 71) & 0x3FF
                        expected = ((expected + amount) & mask) ^ amount
        return assemble(f"""
          li a0, 0
          li s0, {self.PASSES}
        each_pass:
          la s1, table
          li s2, {self.FUNCTIONS}
        each_function:
          ld s3, 0(s1)
          li s4, {self.CALLS}
        each_call:
          la a1, buffer
          jalr s3
          addi s4, s4, -1
          bnez s4, each_call
          addi s1, s1, 8
          addi s2, s2, -1
          bnez s2, each_function
          addi s0, s0, -1
          bnez s0, each_pass
          li a2, {expected}
          bne a0, a2, wrong
        """ + PASS + "wrong:\n" + fail_with(1) + "\n".join(functions) + "\n.section .data\n.balign 8\nbuffer: .zero 64\ntable:\n"
            + "\n".join(f".dword f{n}" for n in range(self.FUNCTIONS)))

    def test_evicted_code_is_made_again(self):
        program = self.many_functions()
        counters = self.counters(program, "--jit-threshold", "1", "--jit-cache", "256K")
        self.assertGreaterEqual(counters["flushes"], 2 * self.PASSES)
        self.assertLessEqual(counters["bytes_used"], 512 << 10)
        self.assertGreater(counters["regions"], self.FUNCTIONS * (self.PASSES - 1))
        # All of the time to translate belongs to some part of it; both are rounded.
        self.assertAlmostEqual(sum(counters["compile_parts_ms"].values()), counters["compile_ms"], delta=0.01)
        # Where there is room, nothing is made twice.
        self.assertEqual(self.counters(program, "--jit-threshold", "1")["flushes"], 0)

    def test_too_small_a_cache_is_refused(self):
        self.expect_error(jit("--jit-cache", "8K", assemble(HOT)), 125, "16K")

    def test_code_that_keeps_changing_is_left_to_the_interpreter(self):
        # Each round writes the immediate of an addi and runs it: the sum of 1 to 3000.
        program = assemble("""
          li s0, 3000
          li a0, 0
          la s1, patched
          li s2, 0x50513
        again:
          slli t0, s0, 20
          or t0, t0, s2
          andi t1, s0, 0x7ff
          slli t1, t1, 20
          or t1, t1, s2
          sw t1, 0(s1)
          fence.i
          jal patched
          addi s0, s0, -1
          bnez s0, again
          li a1, """ + str(sum(n & 0x7FF for n in range(3001))) + """
          bne a0, a1, wrong
        """ + PASS + "wrong:\n" + fail_with(1) + ".balign 4096\npatched:\naddi a0, a0, 0\nret\n")
        counters = self.counters(program)
        self.assertEqual(counters["changing_pages"], 0)  # it is never hot: each change begins anew
        self.assertLess(counters["regions"], 20)
        counters = self.counters(program, "--jit-threshold", "1")
        self.assertEqual(counters["changing_pages"], 1)
        self.assertLess(counters["regions"], 30)


if __name__ == "__main__":
    main()
