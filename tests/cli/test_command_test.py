"""`rvx test`: a verdict for every program, whatever it does, in four formats."""

import json
import os
import shutil
import signal
import struct
import time
import xml.etree.ElementTree as ElementTree

from harness import (CliTest, PASS, assemble, elf, fail_with, finisher, htif_exit, main, path, rvx, start,
                     write_file, FINISHER_RESET)

SPIN = "1: nop\nj 1b\n"


def folder(name, programs):
    """A folder with the programs in it and files that are no programs."""
    full = path(name)
    shutil.rmtree(full, ignore_errors=True)
    os.makedirs(os.path.join(full, "sub"))
    for file_name, text in programs.items():
        assemble(text, name=os.path.join(name, file_name))
    write_file(os.path.join(name, "notes.txt"), "no program")
    write_file(os.path.join(name, "empty"), b"")
    return full


def say(text):
    return "li t0, 0x10000000\n" + "".join(f"li t1, {ord(c)}\nsb t1, 0(t0)\n" for c in text)


MIXED = {
    "a-pass": PASS,
    "b-fail": say("why <it> & \"so\"\n") + fail_with(256),
    "c-htif": htif_exit(5),
    "d-limit": SPIN,
    "e-stuck": "j .",
    "sub/f-reset": finisher(FINISHER_RESET),
    "sub/g-traps": "li t0, 0x40000000\ncsrw mtvec, t0\nebreak",
}
VERDICTS = {"a-pass": "pass", "b-fail": "fail", "c-htif": "fail", "d-limit": "timeout", "e-stuck": "fail", "f-reset": "fail",
            "g-traps": "fail"}
LIMIT = ("--max-insns", "100000")


class Verdicts(CliTest):
    def json(self, *words):
        run = rvx("test", "--format", "json", *words)
        return run, json.loads(run.out)

    def test_json(self):
        for jobs in (1, 4):
            with self.subTest(jobs=jobs):
                run, report = self.json("-j", jobs, *LIMIT, folder("mixed", MIXED))
                self.assertEqual((run.status, run.err), (1, ""))
                self.assertEqual({test["name"]: test["verdict"] for test in report["tests"]}, VERDICTS)
                self.assertEqual([test["name"] for test in report["tests"]], sorted(VERDICTS))
                self.assertEqual(report["summary"]["tests"], 7)
                self.assertEqual(report["summary"]["pass"], 1)
                tests = {test["name"]: test for test in report["tests"]}
                self.assertIn("256 (finisher)", tests["b-fail"]["message"])
                self.assertIn("5 (htif)", tests["c-htif"]["message"])
                self.assertEqual(tests["b-fail"]["output"], 'why <it> & "so"\n')
                self.assertEqual(tests["d-limit"]["instructions"], 100000)

    def test_tap(self):
        run = rvx("test", "--format", "tap", *LIMIT, folder("mixed", MIXED))
        lines = run.out.decode().splitlines()
        self.assertEqual((run.status, lines[:3]), (1, ["TAP version 13", "1..7", "ok 1 - a-pass"]))
        self.assertEqual([line.split(" - ")[1] for line in lines if line.startswith("not ok")],
                         ["b-fail", "c-htif", "d-limit", "e-stuck", "f-reset", "g-traps"])

    def test_junit(self):
        file = path("verdicts.xml")
        run = rvx("test", "--format", "junit", "-o", file, *LIMIT, folder("mixed", MIXED))
        self.assertEqual((run.status, run.out), (1, b""))
        suite = ElementTree.parse(file).getroot().find("testsuite")
        self.assertEqual((suite.get("tests"), suite.get("failures"), suite.get("errors")), ("7", "6", "0"))
        cases = {case.get("name"): case for case in suite}
        self.assertIsNone(cases["a-pass"].find("failure"))
        self.assertEqual(cases["d-limit"].find("failure").get("type"), "timeout")
        self.assertEqual(cases["b-fail"].find("system-out").text, 'why <it> & "so"\n')

    def test_text(self):
        run = rvx("test", *LIMIT, folder("mixed", MIXED))
        text = run.out.decode()
        self.assertEqual(run.status, 1)
        self.assertRegex(text, r"(?m)^pass +a-pass$")
        self.assertRegex(text, r"(?m)^fail +b-fail: .*256")
        self.assertIn('| why <it> & "so"', text)
        self.assertRegex(text.splitlines()[-1], r"^7 tests: 1 passed, 5 failed, 1 timed out \(")

    def test_all_pass(self):
        run = rvx("test", assemble(PASS), assemble(htif_exit(0)))
        self.assertEqual((run.status, run.err), (0, ""), run)

    def test_nothing_passed_is_no_success(self):
        os.makedirs(path("nothing"), exist_ok=True)
        self.expect_error(rvx("test", path("nothing")), 125, "no RISC-V program is below")
        self.expect_error(rvx("test", path("missing")), 125, "does not exist")

    def test_what_cannot_run_is_an_error(self):
        code = struct.pack("<I", 0x6F)
        damaged = write_file("damaged.elf", elf([(0x80000000, code, 4)])[:-2])
        no_ram = write_file("elsewhere.elf", elf([(0x40000000, code, 4)]))
        text = write_file("text.elf", b"#!/bin/sh\nexit 0\n")
        run, report = self.json(damaged, no_ram, *LIMIT, text)
        self.assertEqual(run.status, 1)
        self.assertEqual([test["verdict"] for test in report["tests"]][:2], ["error", "error"])
        self.assertNotEqual(report["tests"][2]["verdict"], "pass")
        self.assertIn("damaged", report["tests"][0]["message"])

    def test_random_headers_never_end_the_run(self):
        good = bytearray(elf([(0x80000000, struct.pack("<I", 0x6F), 4)]))
        files = []
        for at in range(0, 120, 2):
            image = bytearray(good)
            image[at] ^= 0xFF
            files.append(write_file(f"random-{at}.elf", bytes(image)))
        run, report = self.json(*LIMIT, *files)
        self.assertEqual((run.status, len(report["tests"])), (1, len(files)))

    def test_extensions_that_are_missing_skip_a_test(self):
        needs_d = assemble("fadd.d fa0, fa1, fa2\n" + PASS, march="rv64gc", linked_by_script=False)
        run, report = self.json("--isa", "rv64imac", needs_d, assemble(PASS))
        self.assertEqual((run.status, [test["verdict"] for test in report["tests"]]), (0, ["skipped", "pass"]))
        self.assertEqual(rvx("test", "--isa", "rv64imac", needs_d).status, 125)

    def test_another_xlen_skips_a_test(self):
        rv32 = assemble("li a0, 1\nj .", march="rv32imac")
        _, report = self.json(rv32, assemble(PASS))
        self.assertEqual([test["verdict"] for test in report["tests"]], ["skipped", "pass"])

    def test_host_timeout(self):
        run, report = self.json("--timeout", "0.3", "--max-insns", 10**15, assemble(SPIN))
        self.assertEqual((run.status, report["tests"][0]["verdict"]), (1, "timeout"))


class Workers(CliTest):
    def start_with_child(self, *words):
        process = start("test", "-j", 1, "--max-insns", 10**15, *words)
        for _ in range(200):
            with open(f"/proc/{process.pid}/task/{process.pid}/children", encoding="ascii") as file:
                children = file.read().split()
            if children:
                return process, int(children[0])
            time.sleep(0.05)
        process.kill()
        self.fail("no worker was started")

    def test_a_worker_that_crashes(self):
        process, child = self.start_with_child("--format", "json", assemble(SPIN), assemble(PASS))
        os.kill(child, signal.SIGKILL)
        out, _ = process.communicate(timeout=60)
        tests = json.loads(out)["tests"]
        self.assertEqual((process.returncode, [test["verdict"] for test in tests]), (1, ["error", "pass"]))
        self.assertIn("signal 9", tests[0]["message"])

    def test_a_worker_that_hangs(self):
        process, child = self.start_with_child("--timeout", "1", "--format", "json", assemble(SPIN), assemble(PASS))
        os.kill(child, signal.SIGSTOP)
        out, _ = process.communicate(timeout=60)
        self.assertEqual([test["verdict"] for test in json.loads(out)["tests"]], ["timeout", "pass"])
        self.assertEqual(process.returncode, 1)

    def test_a_signal_ends_all(self):
        process, child = self.start_with_child(assemble(SPIN))
        process.terminate()
        process.communicate(timeout=60)
        self.assertEqual(process.returncode, 128 + signal.SIGTERM)
        self.assertFalse(os.path.exists(f"/proc/{child}"))


if __name__ == "__main__":
    main()
