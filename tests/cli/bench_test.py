"""`rvx bench`: engines in turn, results compared, failures of one told while others go on."""

import json
import os
import shlex
import signal
import sys
import time

from harness import CliTest, PASS, assemble, elf, load_json, main, path, rvx, start, write_file

# An emulator with a guest in which the runner waits: FAKE LOG CHECKSUM [WHAT PROGRAM], where WHAT befalls PROGRAM.
FAKE = write_file("fake.py", """
import sys, time
log, checksum, what, victim = (sys.argv[1:] + ["", ""])[:4]
def say(text):
    print(text, flush=True)
def note(text):
    with open(log, "a") as file:
        file.write(text + "\\n")
note("boot " + checksum)
say("firmware")
if what == "unbootable":
    sys.exit("no such machine")
say("bench-init\\r")
say("bench-ready\\r")
for line in sys.stdin:
    words = line.split()
    if words == ["off"]:
        note("off " + checksum)
        break
    note(" ".join(words) + " " + checksum)
    name, status = words[1], 0
    if name == victim:
        if what == "hang": time.sleep(600)
        if what == "die": sys.exit("the guest fell over")
        if what == "fail": status = 3
        if what == "unknown":
            say("bench-error no program " + name)
            continue
    say("some output")
    say(f"bench-done {name} status={status} ns=1000 user_ns=800 sys_ns=200 checksum={checksum}\\r")
""")


def programs(*names, native=None, folder="programs"):
    """A folder with a list of programs; native: what their twins print as checksum."""
    rows = [{"name": name, "group": "user", "description": f"what {name} does"} for name in names]
    write_file(f"{folder}/programs.json", json.dumps({"programs": rows}))
    for name in names:
        if native is not None:
            os.chmod(write_file(f"{folder}/native/{name}", f"#!/bin/sh\necho checksum {native}\n"), 0o755)
    return path(folder)


def fake(name, *words):
    return ["--peer", f"{name}={shlex.join([sys.executable, FAKE, path('log'), *words])}"]


def bench(*words, folder=None, engines="one,two"):
    """rvx bench on fakes alone, with an empty log."""
    write_file("log", "")
    return rvx("bench", "--programs", folder or programs("fib", "sort"), "--engines", engines, *words)


def log():
    with open(path("log"), encoding="ascii") as file:
        return file.read().splitlines()


class Measuring(CliTest):
    def test_engines_take_turns_with_each_program(self):
        run = bench(*fake("one", "5eed"), *fake("two", "5eed", "none"), "--runs", 2, "--scale", 50)
        self.expect(run, 0)
        orders = [line for line in log() if line.startswith("run")]
        self.assertEqual(orders, ["run fib 50 5eed"] * 4 + ["run sort 50 5eed"] * 4)
        self.assertEqual(log().count("boot 5eed"), 2, "guests stay booted")
        self.assertEqual(log().count("off 5eed"), 2)

    def test_in_turn(self):
        bench(*fake("one", "a"), *fake("two", "b"), "--runs", 2, "fib")
        self.assertEqual([line for line in log() if line.startswith("run")], ["run fib a", "run fib b"] * 2)

    def test_table_and_json(self):
        report_file = path("report.json")
        folder = programs("fib", "sort", native="5eed", folder="with-native")
        run = bench(*fake("one", "5eed"), "--json", report_file, "--svg", path("chart.svg"), folder=folder,
                    engines="native,one")
        self.expect(run, 0)
        lines = run.out.decode().splitlines()
        self.assertIn("medians of 3 runs in turn", lines[0])
        self.assertEqual(lines[2].split(), ["native", "s", "one", "s", "one/native"])
        self.assertRegex(lines[3], r"^fib +0\.\d{3} +±[\d.]+% +0\.\d{3} +±[\d.]+% +[\d.]+x$")
        self.assertRegex(lines[5], r"^mean of user \(2\) +[\d.]+x$")
        report = load_json(report_file)
        self.assertEqual([one["name"] for one in report["programs"]], ["fib", "sort"])
        runs = report["programs"][0]["engines"]["one"]["runs"]
        self.assertEqual(len(runs), 3)
        self.assertEqual({one["checksum"] for one in runs}, {"5eed"})
        self.assertEqual(runs[0]["user_s"], 8e-7)
        self.assertIn("fake.py", report["engines"][1]["command"])
        for fact in ("date", "rvx", "host_processor", "host_kernel", "guest_kernel", "append"):
            self.assertIn(fact, report["facts"])
        with open(path("chart.svg"), encoding="utf-8") as file:
            self.assertIn("mean of user (2)", file.read())
        again = rvx("bench", "--from", report_file, "--svg", path("again.svg"))
        self.assertEqual((again.status, again.out, again.err), (0, run.out, ""))

    def test_programs_with_arguments(self):
        run = bench(*fake("one", "5eed"), "--runs", 1, "--scale", 10, "fib 3 4", "sort", engines="one")
        self.expect(run, 0)
        self.assertEqual([line for line in log() if line.startswith("run")], ["run fib 3 4 5eed", "run sort 10 5eed"])
        self.assertIn("\nfib 3 4 ", run.out.decode())

    def test_boot(self):
        run = bench(*fake("one", "5eed"), "--boot", "--runs", 2, engines="one")
        self.expect(run, 0)
        self.assertEqual([line.split()[0] for line in run.out.decode().splitlines()[3:]], ["init", "ready"])
        self.assertEqual(log(), ["boot 5eed", "off 5eed"] * 2)

    def test_idle(self):
        run = bench(*fake("one", "5eed"), "--idle", "0.1", "--runs", 2, engines="one")
        self.expect(run, 0)
        self.assertRegex(run.out.decode(), r"\nidle +[\d.]+ +±")

    def test_the_list(self):
        run = rvx("bench", "--list", "--programs", programs("fib"))
        self.expect(run, 0)
        self.assertEqual(run.out.decode().split(maxsplit=2), ["fib", "user", "what fib does\n"])

    def test_clocks_that_differ_are_told(self):
        slow = write_file("slow.py", "import time\nprint('bench-ready', flush=True)\ninput()\ntime.sleep(0.2)\n"
                                     "print('bench-done fib status=0 ns=1 checksum=-', flush=True)\ninput()\n")
        run = bench("--peer", f"slow={sys.executable} {slow}", "--runs", 1, "fib", engines="slow")
        self.expect(run, 0, "warning: slow ran fib for", "by the host's clock and for 0.000 s by the guest's")


class Wrong(CliTest):
    def test_a_wrong_checksum_ends_with_status_1(self):
        run = bench(*fake("one", "5eed"), *fake("two", "bad"), "--runs", 1)
        self.expect(run, 1)
        text = run.out.decode()
        self.assertEqual(text.count("  WRONG\n"), 2)
        self.assertIn("fib: WRONG, results differ: 5eed on one, bad on two", text)

    def test_natives_result_counts(self):
        run = bench(*fake("one", "5eed"), "--runs", 1, folder=programs("fib", native="bad", folder="wrong-native"),
                    engines="native,one")
        self.expect(run, 1)
        text = run.out.decode()
        self.assertIn("fib: WRONG, results differ: bad on native, 5eed on one", text)
        self.assertRegex(text, r"(?m)^mean of user \(0\) +-  without 1 \(failed, WRONG\)$")

    def befall(self, what, *words):
        run = bench(*fake("one", "5eed"), *fake("two", "5eed", what, "fib"), "--runs", 2, *words)
        self.expect(run, 1)
        text = run.out.decode()
        self.assertRegex(text, r"(?m)^fib +0\.\d+ .* failed$")
        self.assertRegex(text, r"(?m)^sort +\d.* \d.*%$", "others go on")
        return text

    def test_a_guest_that_dies(self):
        text = self.befall("die")
        self.assertIn("fib: failed on two: it ended with status 1: the guest fell over", text)
        self.assertEqual(log().count("boot 5eed"), 3, "the next program gets a fresh guest")
        self.assertEqual(log().count("run fib 5eed"), 3, "what failed is not repeated")

    def test_a_program_that_hangs(self):
        self.assertIn("fib: failed on two: not done after 5 s", self.befall("hang", "--timeout", 5))

    def test_a_program_that_fails(self):
        self.assertIn("fib: failed on two: status 3: some output", self.befall("fail"))
        self.assertEqual(log().count("boot 5eed"), 2, "the guest lives on")

    def test_a_program_that_is_not_there(self):
        self.assertIn("fib: failed on two: no program fib", self.befall("unknown"))

    def test_a_guest_that_does_not_boot(self):
        run = bench(*fake("one", "5eed"), *fake("two", "5eed", "unbootable"), "--runs", 2)
        self.expect(run, 1)
        self.assertIn("sort: failed on two: it did not boot: it ended with status 1: no such machine", run.out.decode())
        self.assertEqual(log().count("boot 5eed"), 2, "it is tried once")

    def test_an_emulator_that_is_not_there_is_left_out(self):
        run = bench(*fake("one", "5eed"), "--peer", "two=/nowhere/emulator", "--runs", 1)
        self.expect(run, 0, "rvx: two: there is no program /nowhere/emulator; skipped")


class BareMachine(CliTest):
    def program(self, text):
        code = "li t0, 0x10000000\n" + "".join(f"li t1, {ord(c)}\nsb t1, 0(t0)\n" for c in text)
        return assemble(code + PASS)

    def twin(self, text):
        file = write_file("twin.sh", f"#!/bin/sh\nprintf '{text}'\n")
        os.chmod(file, 0o755)
        return file

    def test_a_program_and_its_twin(self):
        run = rvx("bench", "--engines", "native,interp", self.program("checksum 5eed\n"), "--native",
                  self.twin("hello\\nchecksum 5eed\\n"), "--json", path("bare.json"), "--runs", 2)
        self.expect(run, 0)
        self.assertTrue(run.out.startswith(b"bare machine"), run)
        report = load_json(path("bare.json"))
        self.assertEqual(report["what"], "bare")
        runs = report["programs"][0]["engines"]["interp"]["runs"]
        self.assertEqual([one["checksum"] for one in runs], ["5eed"] * 2)
        self.assertIn("user_s", runs[0])

    def test_without_a_checksum_all_output_is_compared(self):
        program = self.program("one\ntwo\n")
        self.expect(rvx("bench", "--engines", "native,interp", "--native", self.twin("one\\ntwo\\n"), program), 0)
        run = rvx("bench", "--engines", "native,interp", "--native", self.twin("one\\nthree\\n"), program)
        self.expect(run, 1)
        self.assertIn("WRONG", run.out.decode())

    def test_a_status_is_a_failure(self):
        failing = assemble("li t0, 0x100000\nli t1, 0x73333\nsw t1, 0(t0)\nj .")
        run = rvx("bench", "--engines", "interp", failing)
        self.expect(run, 1)
        self.assertIn("failed on interp: it ended with status 7", run.out.decode())

    def test_programs_by_name(self):
        folder = programs("fib", "sort", folder="bare-programs")
        os.makedirs(os.path.join(folder, "bare"), exist_ok=True)
        os.replace(self.program("checksum 1\n"), os.path.join(folder, "bare", "fib.elf"))
        run = rvx("bench", "--bare", "--engines", "interp", "--programs", folder, "--runs", 1)
        self.expect(run, 0)
        self.assertIn("\nfib ", run.out.decode())
        self.assertNotIn("sort", run.out.decode(), "it does not exist there")
        self.expect_error(rvx("bench", "--bare", "--engines", "interp", "--programs", folder, "sort"), 127,
                          "sort does not exist for the bare machine")


class BadInput(CliTest):
    def test_values(self):
        for words, fragment in (
                (("--runs", "0"), "--runs"), (("--runs", "many"), "--runs"), (("--scale", "0"), "--scale"),
                (("--timeout", "soon"), "--timeout"), (("--idle", "-1"), "--idle"), (("-smp", "99"), "-smp"),
                (("-m", "lots"), "-m"), (("--group", "fast"), "there are user, libc, os, pair and all"),
                (("--group", "os", "fib"), "leave one of them away"),
                (("--bare", "--boot"), "exclude each other"), (("--boot", "fib"), "leave 'fib' away"),
                (("--list", "--group", "fast"), "there are user, libc, os, pair and all"),
                (("--engines", "warp"), "no engine is called 'warp'; there are native, interp,"),
                (("--engines", ""), "--engines needs names"), (("--engines", "qemu=/usr"), "there is no program /usr"),
                (("--peer", "x"), "NAME=COMMAND"), (("--peer", "qemu=x"), "there is an engine of that name"),
                (("--peer", "x='a", "--engines", "x"), "a quote ' is not closed"),
                (("--peer", "x=true {kernle}", "--engines", "x"), "nothing stands for {kernle} here"),
                (("--engines", "native", "fib"), "there is nothing to measure"),
                (("--native", "x", "fib"), "a program that is given as a file"),
                (("fob",), "no program is called 'fob'; did you mean fib?"),
                (("--json", "/nowhere/report", *fake("x", "1"), "--engines", "x"), "cannot write a report")):
            with self.subTest(words=words):
                run = rvx("bench", "--programs", programs("fib", "sort"), *words)
                self.expect(run, 125, fragment)
                self.assertEqual(run.out, b"", run)

    def test_programs_that_are_not_built(self):
        self.expect_error(rvx("bench", "--programs", path("nothing")), 127, "are not built", "rvx_bench_programs")

    def test_lists_that_are_none(self):
        for text in ("", "{", "3", "{}", '[{"name": 3, "group": "user"}]', '[{"name": "x"}]'):
            with self.subTest(text=text):
                write_file("broken/programs.json", text or " ")
                self.expect_error(rvx("bench", "--programs", path("broken")), 126, "programs.json")

    def test_reports_that_are_none(self):
        self.expect_error(rvx("bench", "--from", write_file("text.json", "text")), 126, "is no report of rvx bench --json")
        self.expect_error(rvx("bench", "--from", path("missing.json")), 127, "missing.json")

    def test_files_that_are_no_programs(self):
        self.expect_error(rvx("bench", write_file("notes.txt", "no program")), 126, "notes.txt")
        self.expect_error(rvx("bench", "./missing.elf"), 127, "missing.elf")
        bare, linux = assemble(PASS), write_file("linux.elf", elf([(0x10000, b"\x73\0\0\0", 4)]))
        self.expect_error(rvx("bench", bare, linux), 125, "give one kind at a time")
        self.expect_error(rvx("bench", bare, bare, "--native", "/bin/true"), 125, "twin of one program")
        self.expect_error(rvx("bench", bare, "--native", path("missing")), 127, "there is no such program")
        self.expect_error(rvx("bench", bare, "--native", "/usr"), 127, "there is no such program")


class Ends(CliTest):
    def start_hanging(self):
        """A run whose guest hangs, and the guest's process."""
        write_file("log", "")
        process = start("bench", "--programs", programs("fib"), "--engines", "one", *fake("one", "5eed", "hang", "fib"))
        for _ in range(400):
            if "run fib 5eed" in log():
                break
            time.sleep(0.05)
        with open(f"/proc/{process.pid}/task/{process.pid}/children", encoding="ascii") as file:
            return process, int(file.read().split()[0])

    def wait_until_gone(self, pid):
        for _ in range(400):
            try:
                with open(f"/proc/{pid}/stat", encoding="ascii") as file:
                    if file.read().rsplit(")", 1)[1].split()[0] == "Z":
                        return  # only waits to be collected
            except (FileNotFoundError, ProcessLookupError):
                return
            time.sleep(0.05)
        self.fail(f"process {pid} is still there")

    def test_a_signal_ends_all(self):
        process, guest = self.start_hanging()
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)
        self.assertEqual(process.returncode, 128 + signal.SIGINT)
        self.wait_until_gone(guest)

    def test_guests_die_with_rvx(self):
        process, guest = self.start_hanging()
        process.kill()
        process.communicate(timeout=60)
        self.wait_until_gone(guest)


if __name__ == "__main__":
    main()
