"""What a run writes beside the guest's output: signatures, counters, logs in Spike's formats."""

import json
import os
import time

from harness import CliTest, PASS, assemble, fail_with, htif_exit, load_json, main, path, rvx, start

SIGNATURE = """
.section .data
.balign 16
.globl begin_signature
begin_signature: .word 0x01020304, 0xa5, 0, 0, 0x11223344
.globl end_signature
end_signature:
"""
STORE_RESULT = "la t0, begin_signature\nli t1, 0x77\nsw t1, 8(t0)\n"


def signed(ending):
    return assemble(STORE_RESULT + ending + SIGNATURE)


def spin():
    return "1: nop\nj 1b\n"


class Signature(CliTest):
    # Lines of 16 bytes, the most significant first; the short last one is filled with zeros at its front.
    LINES_16 = "000000000000007700" + "0000a501020304" + "\n" + "000000000000000000000000" + "11223344\n"

    def read(self, name="signature"):
        with open(path(name), encoding="ascii") as file:
            return file.read()

    def test_lines_of_16_bytes(self):
        self.expect_silence(rvx("run", "--signature", path("signature"), signed(PASS)))
        self.assertEqual(self.read(), "0000000000000077000000a501020304\n00000000000000000000000011223344\n")

    def test_granularity(self):
        program = signed(PASS)
        expected = {
            4: "01020304\n000000a5\n00000077\n00000000\n11223344\n",
            8: "000000a501020304\n0000000000000077\n0000000011223344\n",
        }
        for size, text in expected.items():
            for options in ([f"--signature={path('signature')}", f"--signature-granularity={size}"],
                            [f"+signature={path('signature')}", f"+signature-granularity={size}"],
                            ["-M", f"virt,signature={path('signature')},signature-granularity={size}"]):
                with self.subTest(options=options):
                    self.expect_silence(rvx("run", *options, program))
                    self.assertEqual(self.read(), text)

    def test_on_every_way_out(self):
        endings = {
            "pass": (signed(PASS), [], 0),
            "htif": (assemble(STORE_RESULT + htif_exit(0) + SIGNATURE), [], 0),
            "fail": (signed(fail_with(3)), [], 3),
            "large code": (signed(fail_with(300)), [], 123),
            "limit": (signed(spin()), ["--max-insns", "1000"], 124),
            "timeout": (signed(spin()), ["--timeout", "0.2"], 124),
            "stuck": (signed("j ."), [], 124),
            "only traps": (signed("li t0, 0x40000000\ncsrw mtvec, t0\nebreak"), [], 124),
        }
        for name, (program, options, status) in endings.items():
            with self.subTest(ending=name):
                if os.path.exists(path("signature")):
                    os.remove(path("signature"))
                run = rvx("run", *options, "--signature", path("signature"), "--signature-granularity", 4, program)
                self.assertEqual(run.status, status, run)
                self.assertEqual(self.read(), "01020304\n000000a5\n00000077\n00000000\n11223344\n")

    def test_when_a_signal_ends_it(self):
        process = start("run", "--signature", path("by-signal"), "--signature-granularity", 4, signed(spin()))
        time.sleep(0.5)
        process.terminate()
        process.communicate(timeout=30)
        self.assertEqual(process.returncode, 128 + 15)
        self.assertIn("00000077\n", self.read("by-signal"))

    def test_a_program_without_one(self):
        self.expect_error(rvx("run", "--signature", path("signature"), assemble(PASS)), 125, "begin_signature")


class Stats(CliTest):
    # Timer interrupts, an exception, memory traffic, several harts.
    PROGRAM = f"""
        la t0, handler
        csrw mtvec, t0
        csrr s0, mhartid
        bnez s0, work
        li t0, 0x2004000
        li t1, 50
        sd t1, 0(t0)
        li t0, 0x80
        csrw mie, t0
        csrsi mstatus, 8
    work:
        la s1, counter
        li s2, 20000
    1:  li t1, 1
        amoadd.d zero, t1, (s1)
        addi s2, s2, -1
        bnez s2, 1b
        la s1, done
        li t1, 1
        amoadd.d zero, t1, (s1)
        bnez s0, park
        li t2, 0x100000
    2:  addi t2, t2, -1
        bnez t2, 2b
        ecall
    park: wfi
        j park
    .balign 4
    handler:
        csrr t3, mcause
        bltz t3, 3f
        {PASS}
    3:  csrw mie, zero
        mret
    .section .data
    .balign 8
    counter: .dword 0
    done: .dword 0
    """

    def stats(self, *options, text=None):
        file = path("stats.json")
        self.assertEqual(rvx("run", *options, "--stats", f"json={file}", assemble(text or self.PROGRAM)).status, 0)
        return load_json(file)

    def test_two_runs_differ_in_host_only(self):
        for harts in (1, 4):
            with self.subTest(harts=harts):
                first, second = self.stats("-p", harts), self.stats("-p", harts)
                self.assertIn("mips", first.pop("host"))
                second.pop("host")
                self.assertEqual(json.dumps(first), json.dumps(second))

    def test_what_they_count(self):
        guest = self.stats()["guest"]
        self.assertEqual(sum(guest["exceptions"].values()), 1)
        self.assertEqual(sum(guest["interrupts"].values()), 1)
        # Three instructions: two to load the address, one to load the value … and the store itself.
        self.assertEqual(self.stats(text="lui t0, 0x100\nlui t1, 5\naddi t1, t1, 0x555\nsw t1, 0(t0)\nj .\n")["guest"]["instret"] - 6, 4)

    def test_to_stderr(self):
        run = rvx("run", "--stats", "json", assemble(PASS))
        self.assertEqual((run.status, run.out), (0, b""))
        self.assertEqual(json.loads(run.err)["ending"]["status"], 0)


class Logs(CliTest):
    # Formats as Spike writes them (processor_t::disasm, commit_log_print_insn): "core%4d: 0x%016x (0x%08x) text"
    # and "core%4d: priv 0xpc (0xbits) xN  0xvalue mem 0xaddress 0xvalue", compressed ones with 4 digits.
    PROGRAM = """
        .globl first
        .type first, @function
        first:
        lui   t0, 0x80001
        addi  t1, zero, -1
        addi  zero, t1, 1
        .option rvc
        c.addi t1, 3
        .option norvc
        slli  t0, t0, 32
        srli  t0, t0, 32
        sh    t1, 8(t0)
        lw    t2, 8(t0)
        csrrw t3, mscratch, t1
        fence
        nop
        lui   t4, 0x100
        lui   t5, 5
        addi  t5, t5, 0x555
        sw    t5, 0(t4)
        nop
        nop
    """
    START = 0x80000000
    # pc, bits, text, commit
    EXPECTED = [
        (0x00, "0x800012b7", "lui     t0, 0x80001", "x5  0xffffffff80001000"),
        (0x04, "0xfff00313", "li      t1, -1", "x6  0xffffffffffffffff"),
        (0x08, "0x00130013", "addi    zero, t1, 1", ""),
        (0x0C, "0x030d", "c.addi  t1, 3", "x6  0x0000000000000002"),
        (0x0E, "0x02029293", "slli    t0, t0, 32", "x5  0x8000100000000000"),
        (0x12, "0x0202d293", "srli    t0, t0, 32", "x5  0x0000000080001000"),
        (0x16, "0x00629423", "sh      t1, 8(t0)", "mem 0x0000000080001008 0x0002"),
        (0x1A, "0x0082a383", "lw      t2, 8(t0)", "x7  0x0000000000000002 mem 0x0000000080001008"),
        (0x1E, "0x34031e73", "csrrw   t3, mscratch, t1", "x28 0x0000000000000000 c832_mscratch 0x0000000000000002"),
        (0x22, "0x0ff0000f", "fence   iorw,iorw", ""),
        (0x26, "0x00000013", "nop", ""),
        (0x2A, "0x00100eb7", "lui     t4, 0x100", "x29 0x0000000000100000"),
        (0x2E, "0x00005f37", "lui     t5, 0x5", "x30 0x0000000000005000"),
        (0x32, "0x555f0f13", "addi    t5, t5, 1365", "x30 0x0000000000005555"),
        (0x36, "0x01eea023", "sw      t5, 0(t4)", "mem 0x0000000000100000 0x00005555"),
    ]

    def log(self, *options, text=None):
        file = path("log")
        run = rvx("run", *options, "--log", file, assemble(text or self.PROGRAM))
        self.assertEqual((run.status, run.err), (0, ""), run)
        with open(file, encoding="ascii") as log:
            # Spike's boot ROM differs; what counts is the program.
            lines = log.read().splitlines()
        for index, line in enumerate(lines):
            if "0x0000000080000000" in line and "epc" not in line and ">>>>" not in line and "x5" not in line.split("(")[0]:
                if "(0x800012b7)" in line:
                    return lines[index:], lines[:index]
        self.fail("the program is not in the log:\n" + "\n".join(lines))

    def instruction(self, row):
        offset, bits, text, _ = row
        return f"core   0: 0x{self.START + offset:016x} (0x{int(bits, 16):08x}) {text}"

    def commit(self, row):
        offset, bits, _, changes = row
        return f"core   0: 3 0x{self.START + offset:016x} ({bits})" + (f" {changes}" if changes else "")

    def test_instructions(self):
        lines, before = self.log("-l")
        self.assertEqual([" ".join(line.split()) for line in lines], [" ".join(self.instruction(row).split()) for row in self.EXPECTED])
        self.assertIn("core   0: >>>>  ", before[-1])

    def test_columns_of_the_text(self):
        lines, _ = self.log("-l")
        self.assertEqual(lines, [self.instruction(row) for row in self.EXPECTED])

    def test_commits(self):
        lines, _ = self.log("--log-commits")
        self.assertEqual(lines, [self.commit(row) for row in self.EXPECTED])

    def test_both_are_interleaved(self):
        lines, _ = self.log("-l", "--log-commits")
        self.assertEqual(lines, [line for row in self.EXPECTED for line in (self.instruction(row), self.commit(row))])

    def test_exceptions(self):
        lines, _ = self.log("-l", text=".word 0x800012b7\nla t0, 1f\ncsrw mtvec, t0\n.word 0\n.balign 4\n1: " + PASS)
        at = lines.index("core   0: exception trap_illegal_instruction, epc 0x0000000080000010")
        self.assertEqual(lines[at + 1], "core   0:           tval 0x0000000000000000")
        commits, _ = self.log("--log-commits", text=".word 0x800012b7\nla t0, 1f\ncsrw mtvec, t0\n.word 0\n.balign 4\n1: " + PASS)
        self.assertFalse([line for line in commits if "0x0000000080000010 " in line])

    def test_repetitions(self):
        lines, _ = self.log("-l", text=".word 0x800012b7\nla t0, 1f\ncsrw mtvec, t0\nli t1, 0x2004000\nli t2, 60\nsd t2, 0(t1)\nli t2, 0x80\ncsrw mie, t2\ncsrsi mstatus, 8\nj .\n.balign 4\n1: " + PASS)
        self.assertTrue([line for line in lines if line.startswith("core   0: Executed ") and line.endswith(" times")], lines)


if __name__ == "__main__":
    main()
