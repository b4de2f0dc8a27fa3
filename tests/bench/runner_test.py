#!/usr/bin/env python3
"""The protocol of bench/guest/runner.c, spoken to its build for this host: runner_test.py BENCH_FOLDER."""
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

FOLDER = sys.argv.pop()
RUNNER = os.path.join(FOLDER, "native", "runner")
DONE = re.compile(r"bench-done (\S+) status=(\d+) ns=(\d+) user_ns=(\d+) sys_ns=(\d+) checksum=([0-9a-f]+|-)")


class Runner(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp()
        shutil.copy(RUNNER, self.folder)

    def tearDown(self):
        shutil.rmtree(self.folder)

    def program(self, name, script):
        path = os.path.join(self.folder, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write("#!/bin/sh\n" + script)
        os.chmod(path, 0o755)

    def say(self, *lines):
        """The answer to these lines, without the greeting."""
        done = subprocess.run([os.path.join(self.folder, "runner")], input="".join(line + "\n" for line in lines),
                              capture_output=True, text=True, timeout=60)
        self.assertEqual(done.returncode, 0)
        answer = done.stdout.splitlines()
        self.assertEqual(answer[0], "bench-ready")
        return answer[1:]

    def test_a_program_is_run_with_its_arguments(self):
        self.program("one", "echo something else; echo checksum 1$1$2")
        answer = self.say("run one a b", "off")
        self.assertEqual(len(answer), 1)
        self.assertEqual(DONE.fullmatch(answer[0]).group(1, 2, 6), ("one", "0", "1ab"))

    def test_programs_run_one_after_the_other(self):
        self.program("one", "echo checksum 1")
        self.program("two", "echo checksum 2")
        checksums = [DONE.fullmatch(line)[6] for line in self.say("run one", "run two", "run one", "off")]
        self.assertEqual(checksums, ["1", "2", "1"])

    def test_wall_time_covers_the_program(self):
        self.program("slow", "sleep 0.2; echo checksum 1")
        self.assertGreaterEqual(int(DONE.fullmatch(self.say("run slow")[0])[3]), 200_000_000)

    def test_a_failed_program_has_its_output_shown_and_no_checksum(self):
        self.program("bad", "echo wrong: a thing >&2; echo checksum 5; exit 3")
        answer = self.say("run bad")
        self.assertEqual(answer[:-1], ["bench-output wrong: a thing", "bench-output checksum 5"])
        self.assertEqual(DONE.fullmatch(answer[-1]).group(2, 6), ("3", "-"))

    def test_a_program_that_a_signal_ended_has_128_and_its_number(self):
        self.program("killed", "kill -9 $$")
        self.assertEqual(DONE.fullmatch(self.say("run killed")[-1])[2], "137")

    def test_a_last_line_that_is_no_checksum_is_none(self):
        for name, text in (("words", "checksum of it"), ("empty", ""), ("later", "checksum 1\nand more"), ("bare", "checksum ")):
            self.program(name, f"printf '%s' '{text}'")
            self.assertEqual(DONE.fullmatch(self.say(f"run {name}")[-1])[6], "-", name)

    def test_much_output_keeps_its_end(self):
        self.program("much", "seq 1 100000; echo checksum abc")
        self.assertEqual(DONE.fullmatch(self.say("run much")[-1])[6], "abc")

    def test_what_cannot_be_run_is_an_error_and_the_next_line_counts(self):
        self.program("one", "echo checksum 1")
        os.mkdir(os.path.join(self.folder, "below"))
        self.program("below/one", "echo checksum 1")
        answer = self.say("run nothing", "run below/one", "run", "walk one", "", "run one\r", "off")
        self.assertEqual([line.split()[0] for line in answer], ["bench-error"] * 4 + ["bench-done"])

    def test_nothing_is_run_after_off(self):
        self.program("one", "echo checksum 1")
        self.assertEqual(self.say("off", "run one"), [])

    def test_programs_read_none_of_the_runners_input(self):
        self.program("reader", "timeout 5 cat && echo checksum 1")
        with subprocess.Popen([os.path.join(self.folder, "runner")], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as runner:
            runner.stdin.write("run reader\n")
            runner.stdin.flush()  # more may come
            self.assertEqual(runner.stdout.readline(), "bench-ready\n")
            self.assertEqual(DONE.fullmatch(runner.stdout.readline().strip()).group(2, 6), ("0", "1"))


if not os.path.exists(RUNNER):
    print("skipped: the runner is not built: cmake --build --preset release --target rvx_bench_programs")
    sys.exit(77)
unittest.main()
