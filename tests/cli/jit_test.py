"""What can be seen of the JIT: the report on translated code, and names of it for perf."""

import os
import re
import subprocess

from harness import CliTest, PASS, RVX, assemble, main, path, rvx

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
    return rvx("run", "--engine", "jit", "--jit-threshold", "5", *arguments)


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
        with subprocess.Popen([RVX, "run", "--engine", "jit", "--jit-threshold", "5", "--perf-map", assemble(FP_ON + HOT)]) as run:
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


if __name__ == "__main__":
    main()
