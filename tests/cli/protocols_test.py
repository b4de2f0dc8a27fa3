"""How guests talk to the host: HTIF, the finisher, semihosting, the console."""

import os
import signal
import subprocess
import time

from harness import (CliTest, FINISHER_FAIL, FINISHER_PASS, HTIF, PASS, RVX, assemble, fail_with, htif_exit, load_json, main,
                     path, rvx, start, write_file)

UART = 0x10000000


def uart_print(text):
    return f"li t0, {UART}\n" + "".join(f"li t1, {ord(c)}\nsb t1, 0(t0)\n" for c in text)


def system_call(number, *arguments):
    """An HTIF system call with values or symbols, waited for; its result is in a0."""
    text = "la a1, block\n" + f"li t1, {number}\nsd t1, 0(a1)\n"
    for index, argument in enumerate(arguments, 1):
        text += (f"li t1, {argument}\n" if isinstance(argument, int) else f"la t1, {argument}\n") + f"sd t1, {8 * index}(a1)\n"
    return text + "la t0, tohost\nsd a1, 0(t0)\nla t2, fromhost\n8: ld t1, 0(t2)\nbeqz t1, 8b\nsd zero, 0(t2)\nld a0, 0(a1)\n"


BLOCK = '.section .data\n.balign 64\nblock: .skip 64\nbuffer: .skip 64\nmessage: .ascii "hello\\n"\n'
EXIT_WITH_A0 = "slli a0, a0, 1\nori a0, a0, 1\nla t0, tohost\nsd a0, 0(t0)\n7: j 7b\n"


class Htif(CliTest):
    def test_one_doubleword(self):
        self.expect(rvx("run", assemble(htif_exit(7))), 7)

    def test_two_words_in_either_order(self):
        low, high = "sw t1, 0(t0)\n", "sw zero, 4(t0)\n"
        for stores in (low + high, high + low):
            with self.subTest(stores=stores):
                self.expect(rvx("run", assemble(f"li t1, {7 << 1 | 1}\nla t0, tohost\n{stores}1: j 1b\n{HTIF}")), 7)

    def test_low_word_alone(self):
        self.expect(rvx("run", assemble(f"li t1, 15\nla t0, tohost\nsw t1, 0(t0)\n1: j 1b\n{HTIF}")), 7)

    def test_low_word_in_a_loop_as_riscv_tests_do(self):
        text = "li gp, 15\nwrite_tohost: la t0, tohost\nsw gp, 0(t0)\nsw zero, 4(t0)\nj write_tohost\n" + HTIF
        self.expect(rvx("run", assemble(text)), 7, "*** FAILED *** (tohost = 7)")

    def test_tohost_without_fromhost(self):
        self.expect(rvx("run", assemble(f"li t1, 15\nla t0, tohost\nsd t1, 0(t0)\n1: j 1b\n" + HTIF.split(".balign 64\n.globl fromhost")[0])), 7)

    def test_console(self):
        text = "".join(f"li t1, {1 << 56 | 1 << 48 | ord(c)}\nla t0, tohost\nsd t1, 0(t0)\n8: ld t2, 0(t0)\nbnez t2, 8b\n" for c in "hi\n")
        run = rvx("run", assemble(text + htif_exit(0)))
        self.assertEqual((run.status, run.out, run.err), (0, b"hi\n", ""), run)

    def test_console_input(self):
        # Read a byte, print it, until the input ends: fromhost then holds no byte.
        text = f"""
            la s0, tohost
            la s1, fromhost
        1:  li t1, {1 << 56}
            sd t1, 0(s0)
        2:  ld t2, 0(s1)
            beqz t2, 2b
            sd zero, 0(s1)
            andi t2, t2, 0xff
            li t3, 'q'
            beq t2, t3, 3f
            li t1, {1 << 56 | 1 << 48}
            or t1, t1, t2
            sd t1, 0(s0)
        4:  ld t2, 0(s0)
            bnez t2, 4b
            sd zero, 0(s1)
            j 1b
        3:  {htif_exit(0)}"""
        sent = bytes(range(ord("A"), ord("Z") + 1)) * 40
        run = rvx("run", "--timeout", 20, assemble(text), input=sent + b"q")
        self.assertEqual((run.status, run.out), (0, sent), run)

    def test_write_system_call(self):
        run = rvx("run", assemble(system_call(64, 1, "message", 6) + EXIT_WITH_A0 + HTIF + BLOCK))
        self.expect(run, 6, "tohost = 6")
        self.assertEqual(run.out, b"hello\n")

    def test_read_system_call_sees_the_end_of_input(self):
        text = system_call(63, 0, "buffer", 32) + "mv s0, a0\n" + system_call(63, 0, "buffer", 32) + "slli a0, a0, 4\nadd a0, a0, s0\n" + EXIT_WITH_A0 + HTIF + BLOCK
        self.expect(rvx("run", "--timeout", 20, assemble(text), input=b"abc"), 3)

    def test_files_only_below_the_root(self):
        # openat(AT_FDCWD, "/etc/passwd", 23, O_RDONLY): a negative result.
        text = system_call(56, -100, "name", 12, 0, 0) + "bltz a0, 1f\nli a0, 1\nj 2f\n1: li a0, 0\n2:\n" + EXIT_WITH_A0 + HTIF + BLOCK + 'name: .asciz "/etc/passwd"\n'
        self.expect_silence(rvx("run", assemble(text)))
        os.makedirs(path("root"), exist_ok=True)
        self.expect_silence(rvx("run", "--htif-root", path("root"), assemble(text)))
        write_file("root/etc/passwd", b"x")
        self.expect(rvx("run", "--htif-root", path("root"), assemble(text)), 1)


class Finisher(CliTest):
    def test_widths(self):
        for width, store in ((16, "sh"), (32, "sw")):
            with self.subTest(width=width):
                self.expect_silence(rvx("run", assemble(f"li t0, 0x100000\nli t1, {FINISHER_PASS}\n{store} t1, 0(t0)\n1: j 1b")))
                run = rvx("run", assemble(f"li t0, 0x100000\nli t1, {5 << 16 | FINISHER_FAIL}\n{store} t1, 0(t0)\n1: j 1b"))
                # A halfword has no room for a code.
                self.expect_silence(run, 5 if width == 32 else 1)

    def test_other_values_do_nothing(self):
        self.expect_silence(rvx("run", assemble("li t0, 0x100000\nli t1, 0x1234\nsw t1, 0(t0)\n" + fail_with(9))), 9)


class Semihosting(CliTest):
    CALL = ".balign 16\nslli zero, zero, 0x1f\nebreak\nsrai zero, zero, 7\n"
    # SYS_WRITE0 "ok\n", then SYS_EXIT_EXTENDED with status 5.
    PROGRAM = f"la t0, 9f\ncsrw mtvec, t0\nli a0, 4\nla a1, 1f\n{CALL}li a0, 0x20\nla a1, 2f\n{CALL}3: j 3b\n.balign 4\n9: {fail_with(77)}\n.balign 8\n1: .asciz \"ok\\n\"\n.balign 8\n2: .dword 0x20026, 5\n"

    def test_only_when_asked_for(self):
        self.expect_silence(rvx("run", assemble(self.PROGRAM)), 77)

    def test_with_it(self):
        for options in (["--semihosting"], ["-semihosting"], ["-semihosting-config", "enable=on"]):
            with self.subTest(options=options):
                run = rvx("run", *options, assemble(self.PROGRAM))
                self.assertEqual((run.status, run.out), (5, b"ok\n"), run)


class Console(CliTest):
    def test_stdout_has_guest_output_only(self):
        program = assemble(uart_print("out\n") + fail_with(200))
        run = rvx("run", "--stats", "json", "-l", "--log-commits", program)
        self.assertEqual((run.status, run.out), (123, b"out\n"), run)
        self.assertIn('"guest"', run.err)

    def test_output_of_a_guest_that_is_stopped(self):
        run = rvx("run", "--max-insns", 1000, assemble(uart_print("no newline") + "1: nop\nj 1b\n"))
        self.assertEqual((run.status, run.out), (124, b"no newline"), run)

    def test_output_appears_while_the_guest_runs(self):
        process = start("run", "--timeout", 20, assemble(uart_print("now\n") + "1: nop\nj 1b\n"))
        try:
            began = time.monotonic()
            self.assertEqual(process.stdout.read(4), b"now\n")
            self.assertLess(time.monotonic() - began, 10)
        finally:
            process.kill()
            process.communicate()

    def status_without_a_reader(self, text):
        process = start("run", "--timeout", 30, assemble(text))
        process.stdout.close()
        _, err = process.communicate(timeout=60)
        self.assertEqual(err, b"")
        return process.returncode

    def test_a_reader_that_left_ends_the_run(self):
        # As SIGPIPE would: rvx run … | head has to come back.
        endless = "1: " + uart_print("line\n") + "j 1b\n"
        self.assertEqual(self.status_without_a_reader(endless), 128 + signal.SIGPIPE)

    def test_a_guest_that_ends_before_it_is_seen_has_its_own_status(self):
        self.assertEqual(self.status_without_a_reader(uart_print("line\n") + fail_with(3)), 3)

    def test_no_stdout_at_all(self):
        process = subprocess.run(["sh", "-c", '"$0" run "$1" >&-', RVX, assemble(uart_print("line\n") * 3 + fail_with(3))], capture_output=True, timeout=60)
        self.assertEqual((process.returncode, process.stderr), (3, b""))

    def test_uart_input(self):
        # Echo until 'q'.
        text = f"li t0, {UART}\n1: lb t1, 5(t0)\nandi t1, t1, 1\nbeqz t1, 1b\nlbu t1, 0(t0)\nli t2, 'q'\nbeq t1, t2, 2f\nsb t1, 0(t0)\nj 1b\n2: {PASS}"
        sent = bytes(range(32, 112)) * 50
        for mode in ("--deterministic", "--real-time"):
            with self.subTest(mode=mode):
                run = rvx("run", mode, "--timeout", 20, assemble(text), input=sent + b"q")
                self.assertEqual((run.status, run.out), (0, sent.replace(b"q", b"")), run)

    def test_stats_tell_who_ended_it(self):
        stats = path("who.json")
        for program, source in ((htif_exit(3), "htif"), (fail_with(3), "finisher")):
            rvx("run", "--stats", f"json={stats}", assemble(program))
            self.assertEqual(load_json(stats)["ending"]["source"], source)


if __name__ == "__main__":
    main()
