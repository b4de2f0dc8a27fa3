"""rvx on a terminal: raw mode while the guest runs, Ctrl-A commands, the terminal as it was afterwards."""

import os
import pty
import select
import signal
import subprocess
import termios
import time

from harness import RVX, CliTest, PASS, assemble, environment, main

UART = 0x10000000

# Says "ready\n", then echoes what comes, upper bits and all, until 'q'.
ECHO = f"""
    li t0, {UART}
    la t3, 3f
1:  lbu t1, 0(t3)
    beqz t1, 2f
    sb t1, 0(t0)
    addi t3, t3, 1
    j 1b
2:  lbu t1, 5(t0)
    andi t1, t1, 1
    beqz t1, 2b
    lbu t1, 0(t0)
    li t2, 'q'
    beq t1, t2, 4f
    sb t1, 0(t0)
    j 2b
4:  {PASS}
3:  .asciz "ready\\n"
"""


# Waits for a key or for an hour to pass, and says which of them came.
WAIT = f"""
    csrr t0, mhartid
9:  beqz t0, 9f
    wfi                         # others
    j 9b
9:  li t0, {UART}
    li t1, 1
    sb t1, 1(t0)                # IER: received data
    li t2, 0x0c000000           # PLIC
    sw t1, 40(t2)               # priority of source 10
    li t3, 0x0c002000
    li t4, 1 << 10
    sw t4, 0(t3)                # enabled for hart 0's M-mode
    li t5, 0x0200bff8           # mtime, at 10 MHz
    ld t6, 0(t5)
    li t5, 3600 * 10000000
    add t6, t6, t5
    li t5, 0x02004000
    sd t6, 0(t5)
    li t1, 0x880                # MTIE and MEIE
    csrw mie, t1
    la t3, 3f
    jal 5f
1:  wfi
    csrr t1, mip
    andi t2, t1, 0x80
    la t3, 6f
    bnez t2, 2f
    li t4, 0x800
    and t2, t1, t4
    beqz t2, 1b
    la t3, 7f
2:  jal 5f
    {PASS}
5:  lbu t1, 0(t3)
    beqz t1, 8f
    sb t1, 0(t0)
    addi t3, t3, 1
    j 5b
8:  ret
3:  .asciz "ready\\n"
6:  .asciz "hour\\n"
7:  .asciz "key\\n"
"""


class Session:
    """rvx as the foreground process of a terminal of its own."""

    def __init__(self, *words):
        self.master, self.slave = pty.openpty()
        self.before = termios.tcgetattr(self.slave)
        self.process = subprocess.Popen([RVX, *words], stdin=self.slave, stdout=self.slave, stderr=self.slave,
                                        preexec_fn=self.take_terminal, env=environment(TERM="xterm"))
        self.seen = b""

    def take_terminal(self):
        os.setsid()
        import fcntl
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)

    def read_until(self, text, seconds=20):
        deadline = time.monotonic() + seconds
        while text not in self.seen:
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([self.master], [], [], left)[0]:
                raise AssertionError(f"no {text!r} in {self.seen!r}")
            self.seen += os.read(self.master, 4096)

    def send(self, data):
        os.write(self.master, data)

    def wait(self):
        status = self.process.wait(timeout=30)
        while select.select([self.master], [], [], 0)[0]:
            self.seen += os.read(self.master, 4096)
        return status

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        os.close(self.master)
        os.close(self.slave)


class Terminal(CliTest):
    def open(self, *words):
        session = Session("run", "--nographic", "--timeout", "60", *words, assemble(ECHO))
        self.addCleanup(session.close)
        session.read_until(b"ready")
        return session

    def assert_restored(self, session):
        self.assertEqual(termios.tcgetattr(session.slave), session.before)

    def assert_raw(self, session):
        local_modes = termios.tcgetattr(session.slave)[3]
        self.assertEqual(local_modes & (termios.ICANON | termios.ECHO | termios.ISIG), 0)

    def test_raw_while_it_runs_and_restored_at_its_end(self):
        session = self.open()
        self.assert_raw(session)
        session.send(b"q")
        self.assertEqual(session.wait(), 0)
        self.assert_restored(session)

    def test_keys_go_to_the_guest(self):
        session = self.open()
        session.send(b"a\x03b\x04c\x1ad\rq")
        self.assertEqual(session.wait(), 0)
        self.assertIn(b"a\x03b\x04c\x1ad\r", session.seen)

    def wait_for_key(self, *words):
        session = Session("run", "--nographic", "--timeout", "60", "--deterministic", *words, assemble(WAIT))
        self.addCleanup(session.close)
        session.read_until(b"ready")
        time.sleep(0.2)
        session.send(b"k")
        self.assertEqual(session.wait(), 0)
        return session.seen

    def test_virtual_time_waits_for_who_types(self):
        for words in [], ["--smp", "2"], ["--model", "rocket"]:
            with self.subTest(words=words):
                self.assertIn(b"key", self.wait_for_key(*words))

    def test_ctrl_a_x_ends_it(self):
        session = self.open()
        session.send(b"\x01x")
        self.assertEqual(session.wait(), 128 + signal.SIGINT)
        self.assert_restored(session)

    def test_ctrl_a_twice_sends_one(self):
        session = self.open()
        session.send(b"\x01\x01q")
        self.assertEqual(session.wait(), 0)
        self.assertEqual(session.seen.count(b"\x01"), 1)

    def test_ctrl_a_h_helps(self):
        session = self.open()
        session.send(b"\x01h")
        session.read_until(b"end the machine")

    def test_signals_restore_it(self):
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
            with self.subTest(number=number):
                session = self.open()
                session.process.send_signal(number)
                self.assertEqual(session.wait(), 128 + number)
                self.assert_restored(session)

    def test_a_limit_restores_it(self):
        session = self.open("--max-insns", "20000000")
        self.assertEqual(session.wait(), 124)
        self.assertIn(b"--max-insns", session.seen)
        self.assert_restored(session)

    def test_ctrl_a_x_ends_a_guest_that_takes_no_input(self):
        session = Session("run", "--nographic", "--timeout", "60", assemble(f"li t0, {UART}\nli t1, 'r'\nsb t1, 0(t0)\nli t1, 10\nsb t1, 0(t0)\n1: nop\nj 1b"))
        self.addCleanup(session.close)
        session.read_until(b"r")
        session.send(b"x" * 1000 + b"\x01x")
        self.assertEqual(session.wait(), 128 + signal.SIGINT)
        self.assert_restored(session)

    def test_without_the_option_ctrl_c_is_a_signal(self):
        session = Session("run", "--timeout", "60", assemble(ECHO))
        self.addCleanup(session.close)
        session.read_until(b"ready")
        session.send(b"\x03")
        self.assertEqual(session.wait(), 128 + signal.SIGINT)
        self.assert_restored(session)


if __name__ == "__main__":
    main()
