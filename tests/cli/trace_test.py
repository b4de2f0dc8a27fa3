"""rvx trace timeline: what it prints and writes, and what becomes of logs that are none."""

import json
import os
import xml.etree.ElementTree

from harness import CliTest, PASS, assemble, load_json, main, path, rvx, write_file

SWITCH, IDLE, MARK = 1, 2, 32
LOG = "rvx events 1 harts 2\n" + "".join(
    f"{time} {hart} {time} {word:x} {argument:x} words\n"
    for time, hart, word, argument in (
        (1000, 0, 1 << 32 | 1 << 16 | SWITCH, 0),
        (5000, 1, 2 << 32 | 1 << 16 | SWITCH, 0),
        (21000, 0, 3 << 8 | IDLE, 1 << 16 | 1),
        (41000, 1, 7 << 8 | MARK, 9),
    ))


def trace(*arguments, **changes):
    return rvx("trace", "timeline", *arguments, COLUMNS="60", **changes)


class Trace(CliTest):
    def test_lanes_and_tables(self):
        run = self.expect(trace(write_file("log.txt", LOG)), 0)
        self.assertEqual(run.err, "")
        text = run.out.decode()
        self.assertIn("hart 0  |" + 18 * "a" + 19 * "." + "|  50.0 % busy\n", text)
        self.assertRegex(text, r"\n  a 1\.1 +20\.0 +50\.0 % +0 % +1 +0 +0 +1 +0 +0 +0\.0 +20\.0\n")

    def test_json_and_picture(self):
        run = self.expect(trace("--json", path("t.json"), "--svg", path("t.svg"), write_file("log.txt", LOG)), 0)
        self.assertEqual(run.err, "")
        phases = [event["ph"] for event in load_json(path("t.json"))["traceEvents"]]
        self.assertEqual(phases.count("i"), 1)
        self.assertEqual(xml.etree.ElementTree.parse(path("t.svg")).getroot().tag, "{http://www.w3.org/2000/svg}svg")

    def test_a_part(self):
        text = trace("--from", "11", "--to", "31", write_file("log.txt", LOG)).out.decode()
        self.assertIn("1 events, 11.0 to 31.0 µs", text)
        self.assertRegex(text, r"\n  a 1\.1 +10\.0 +50\.0 %")
        log = write_file("log.txt", LOG)
        self.expect_error(trace("--from", "50", log), 125, "nothing is between 50.000 and 41.000 µs", "from 1.000 to 41.000")
        self.expect_error(trace("--from", "20", "--to", "10", log), 125, "nothing is between")
        self.expect_error(trace("--from", "x", log), 125, "--from x: give microseconds")
        self.expect_error(trace("--to", "-3", log), 125, "--to -3: give microseconds")

    def test_what_is_no_log_is_refused(self):
        self.expect_error(trace(path("no-such-file")), 127, "no-such-file")
        self.expect_error(trace(write_file("empty.txt", "")), 126, "empty.txt")
        self.expect_error(trace(write_file("other.txt", "hello\n")), 126, "other.txt is no log of events")
        self.expect_error(trace(write_file("bytes.txt", bytes(range(256)))), 126, "is no log of events")
        self.expect_error(trace(write_file("none.txt", "rvx events 1 harts 2\n")), 126, "holds no events")
        self.expect_error(trace(write_file("bad.txt", LOG.replace("41000", "-1"))), 126, "bad.txt, line 5: no event")
        self.expect_error(rvx("trace"), 125, "rvx trace timeline FILE")
        self.expect_error(rvx("trace", "lanes", path("log.txt")), 125, "not 'lanes'")
        self.expect_error(trace(), 125, "give one log")

    def test_half_a_log_is_shown_with_a_warning(self):
        run = self.expect(trace(write_file("half.txt", LOG[:-8])), 0, "rvx: warning: ", "ends in the midst of line 5")
        self.assertIn("hart 1", run.out.decode())
        unknown = LOG + "50000 0 50000 ff 0 unknown\n"
        self.expect(trace(write_file("unknown.txt", unknown)), 0, "rvx: warning: ", "1 events of no known kind", "line 6")

    def test_files_that_cannot_be_written_are_told(self):
        log = write_file("log.txt", LOG)
        self.expect_error(trace("--json", "/dev/full", log), 125, "cannot write the trace to /dev/full")
        self.expect_error(trace("--svg", path("no/such/t.svg"), log), 125, "cannot write the picture")

    def test_a_log_of_a_run(self):
        log = path("run.txt")
        self.expect(rvx("run", "--events", log, assemble("li t0, 0x720\nsltu x0, t0, t0\nnop\nsltu x0, t0, t0\n" + PASS)), 0)
        self.assertIn("2 events", self.expect(trace(log), 0).out.decode())


if __name__ == "__main__":
    main()
