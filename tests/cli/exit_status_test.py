"""Every exit status of `rvx run`: zero only if the guest said so."""

import signal
import time

from harness import (CliTest, FINISHER_RESET, PASS, assemble, fail_with, finisher, htif_exit,
                     load_json, main, path, rvx, start)

SPIN = "1: nop\nj 1b\n"
LATER = 1 << 40  # a time that never comes

# A machine timer far away whose interrupt would be taken: not stuck, but not going on either.
FAR_TIMER = f"li t0, 0x2004000\nli t1, {LATER}\nsd t1, 0(t0)\nli t0, 0x80\ncsrw mie, t0\n"

# Nothing but traps: the handler's address has no memory.
ONLY_TRAPS = "li t0, 0x40000000\ncsrw mtvec, t0\nebreak\n"

# The same in S-mode, where the far timer could still end it: not stuck either.
ONLY_TRAPS_IN_S = FAR_TIMER + """
li t0, -1
csrw medeleg, t0
li t0, 0x40000000
csrw stvec, t0
csrw mepc, t0
li t1, 0x1800
csrc mstatus, t1
li t1, 0x0800
csrs mstatus, t1
mret
"""


class GuestsOwnStatus(CliTest):
    def test_success_is_silent_and_zero(self):
        self.expect_silence(rvx("run", assemble(PASS)))
        self.expect_silence(rvx("run", assemble(htif_exit(0))))

    def test_codes_up_to_123_are_the_status(self):
        for code in (1, 2, 42, 122, 123):
            with self.subTest(code=code):
                self.expect_silence(rvx("run", assemble(fail_with(code))), code)
                self.expect(rvx("run", assemble(htif_exit(code))), code, f"*** FAILED *** (tohost = {code})\n")

    def test_larger_codes_are_123_and_told_in_full(self):
        for code in (124, 125, 127, 128, 255, 256, 512, 65535):
            with self.subTest(code=code):
                self.expect_error(rvx("run", assemble(fail_with(code))), 123, f"the guest reported {code} (finisher)", "123")
                stats = path("stats.json")
                run = rvx("run", "--stats", f"json={stats}", assemble(htif_exit(code)))
                self.expect(run, 123, f"the guest reported {code} (htif)")
                ending = load_json(stats)["ending"]
                self.assertEqual((ending["kind"], ending["code"], ending["status"]), ("fail", code, 123))

    def test_negative_codes_are_123(self):
        for code in (-1, -256):
            with self.subTest(code=code):
                self.expect(rvx("run", assemble(htif_exit(code))), 123, f"the guest reported {code} (htif)")

    def test_failure_without_a_code_is_1(self):
        self.expect_silence(rvx("run", assemble(fail_with(0))), 1)

    def test_reset_begins_anew(self):
        # RAM outlives a reset of the real board, but not ours: count in what does not, instructions.
        reset = assemble(finisher(FINISHER_RESET))
        self.expect(rvx("run", "--max-insns", 1000, reset), 124, "stopped after 1000 instructions (--max-insns)")
        self.expect(rvx("run", "--timeout", "0.5", reset), 124, "stopped after 0.5 s (--timeout)")
        self.expect_silence(rvx("run", "--no-reboot", reset), 0)


class Limits(CliTest):
    def test_max_insns(self):
        run = rvx("run", "--max-insns", 1000, assemble(SPIN))
        self.expect_error(run, 124, "rvx: stopped after 1000 instructions (--max-insns): hart 0 at 0x8000000")

    def test_max_insns_counts_all_harts(self):
        run = rvx("run", "-p", 4, "--max-insns", 50000, assemble(SPIN))
        self.expect_error(run, 124, "stopped after 50000 instructions", "hart 0 at", "hart 3 at")

    def test_max_insns_is_exact(self):
        stats = path("stats.json")
        for limit in (1, 2, 63, 64, 65, 999, 12345):
            rvx("run", "--max-insns", limit, "--stats", f"json={stats}", assemble(SPIN))
            self.assertEqual(load_json(stats)["guest"]["instret"], limit)

    def test_an_ending_within_the_limit_counts(self):
        # li is two instructions for the finisher's address or one: take a limit that surely suffices.
        self.expect_silence(rvx("run", "--max-insns", 10, assemble(PASS)))

    def end_by_timeout(self, text, *options):
        program = assemble(text)
        for mode in ("--deterministic", "--real-time"):
            with self.subTest(text=text, mode=mode):
                before = time.monotonic()
                run = rvx("run", mode, "--timeout", "0.3", *options, program)
                self.expect_error(run, 124, "rvx: stopped after 0.3 s (--timeout): hart 0 at 0x")
                self.assertLess(time.monotonic() - before, 30)

    def test_timeout_ends_what_spins(self):
        self.end_by_timeout(SPIN)
        self.end_by_timeout(SPIN, "-p", 4)

    def test_timeout_ends_what_only_traps(self):
        self.end_by_timeout(ONLY_TRAPS_IN_S)

    def test_timeout_ends_what_waits_in_real_time(self):
        run = rvx("run", "--real-time", "--timeout", "0.3", assemble(FAR_TIMER + "1: wfi\nj 1b\n"))
        self.expect_error(run, 124, "stopped after 0.3 s")

    def test_timeout_ends_what_waits_in_leaps(self):
        # Machine time leaps from deadline to deadline: a guest that rearms its timer never sleeps.
        rearm = "li t2, 0x200bff8\nli t3, 0x2004000\nli t0, 0x80\ncsrw mie, t0\n1: ld t1, 0(t2)\naddi t1, t1, 100\nsd t1, 0(t3)\nwfi\nj 1b\n"
        self.end_by_timeout(rearm)


class Stuck(CliTest):
    def expect_stuck(self, text, *options):
        program = assemble(text)
        for mode in ("--deterministic", "--real-time"):
            with self.subTest(text=text, mode=mode, options=options):
                before = time.monotonic()
                run = rvx("run", mode, *options, program)
                self.expect_error(run, 124, "rvx: guest is stuck: every hart waits or spins and nothing can wake it: hart 0 at 0x")
                self.assertLess(time.monotonic() - before, 30)

    def test_jump_to_itself(self):
        self.expect_stuck("j .")
        self.expect_stuck(".option rvc\nc.j .")

    def test_wfi_with_nothing_enabled(self):
        self.expect_stuck("csrw mie, zero\n1: wfi\nj 1b")

    def test_jump_to_nowhere(self):
        self.expect_stuck("li t0, 0x40000000\njr t0")

    def test_traps_without_a_handler(self):
        self.expect_stuck(ONLY_TRAPS)
        self.expect_stuck(".word 0")

    def test_interrupt_enabled_but_no_source_set_up(self):
        # The timer's enable is on, mstatus' is off: a spinning hart never takes it.
        self.expect_stuck("li t0, 0x80\ncsrw mie, t0\nj .")

    def test_all_harts(self):
        self.expect_stuck("csrr t0, mhartid\nbeqz t0, 1f\n2: wfi\nj 2b\n1: j .", "-p", 4)

    def test_one_hart_that_goes_on_is_not_stuck(self):
        text = f"csrr t0, mhartid\nbeqz t0, 1f\nj .\n1: li t1, 3000000\n2: addi t1, t1, -1\nbnez t1, 2b\n{PASS}"
        self.expect_silence(rvx("run", "-p", 2, assemble(text)))

    def test_timer_that_will_come_is_not_stuck(self):
        text = f"la t0, 1f\ncsrw mtvec, t0\nli t0, 0x2004000\nli t1, 100000\nsd t1, 0(t0)\nli t0, 0x80\ncsrw mie, t0\ncsrsi mstatus, 8\nj .\n.balign 4\n1: {PASS}"
        for mode in ("--deterministic", "--real-time"):
            self.expect_silence(rvx("run", mode, assemble(text)))

    def test_where_is_told_by_symbol(self):
        run = rvx("run", assemble(".type _start, @function\nnop\n.globl here\n.type here, @function\nhere: j here\n.size here, 4\n"))
        self.expect_error(run, 124, "hart 0 at 0x80000004 (here)")


class HostSignals(CliTest):
    def end_by(self, number, text, *options):
        stats = path("signal.json")
        process = start("run", *options, "--stats", f"json={stats}", assemble(text))
        time.sleep(0.5)
        process.send_signal(number)
        out, err = process.communicate(timeout=30)
        self.assertEqual((process.returncode, out, err), (128 + number, b"", b""))
        self.assertEqual(load_json(stats)["ending"]["kind"], "stopped")

    def test_signals_end_in_good_order(self):
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            with self.subTest(number=number):
                self.end_by(number, SPIN)

    def test_a_guest_that_only_traps(self):
        for mode in ("--deterministic", "--real-time"):
            with self.subTest(mode=mode):
                self.end_by(signal.SIGTERM, ONLY_TRAPS_IN_S, mode)

    def test_a_guest_that_waits(self):
        self.end_by(signal.SIGTERM, FAR_TIMER + "1: wfi\nj 1b\n", "--real-time")

    def test_four_harts(self):
        self.end_by(signal.SIGTERM, SPIN, "-p", 4)


if __name__ == "__main__":
    main()
