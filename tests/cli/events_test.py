"""The guest's events and measurements: the same on both engines, and nothing of the guest changes by them."""

from harness import CliTest, PASS, assemble, load_json, main, path, rvx, write_file

ENGINES = (("--engine", "interp"), ("--engine", "jit", "--jit-threshold", "2", "--jit-synchronous"), ("--engine", "jit", "--jit-window", "0"))
MARK, BEGIN, END = 32, 33, 34


def packed(name):
    return int.from_bytes(name.encode(), "little")


def event(kind, argument):
    return f"li t0, {kind}\nli t1, {argument}\nsltu x0, t0, t1\n"


def loop(rounds, body):
    return f"li s0, {rounds}\n1:\n{body}addi s0, s0, -1\nbnez s0, 1b\n"


def read_log(name):
    """First line, and the others as tuples of time, hart, instret, word, argument."""
    with open(name, encoding="utf-8") as file:
        first, *lines = file.read().splitlines()
    columns = [line.split(" ", 5) for line in lines]
    return first, [(int(c[0]), int(c[1]), int(c[2]), int(c[3], 16), int(c[4], 16)) for c in columns]


class Events(CliTest):
    def log(self, text, *options):
        log = path("events.txt")
        self.expect_silence(rvx("run", "--events", log, *options, assemble(text)))
        return read_log(log)

    def test_events_have_exact_time_and_count_in_hot_loops(self):
        # What the event's operands are computed from lives in host registers where code is translated, and is
        # overwritten behind it. The jump makes what comes before the event the head of the region.
        body = "addi s1, s1, 3\nslli s2, s1, 8\nori s2, s2, 32\nsltu x0, s2, s1\nli s2, 0\n"
        text = "li s1, 0\nli s0, 500\nj 1f\n1:\n" + body + "addi s0, s0, -1\nbnez s0, 1b\n" + PASS
        expected = None
        for engine in ENGINES:
            first, records = self.log(text, *engine)
            self.assertEqual(first, "rvx events 1 harts 1")
            start = records[0][2]
            for i, record in enumerate(records):
                value = 3 * (i + 1)
                self.assertEqual(record, (start + 7 * i, 0, start + 7 * i, (value << 8 | MARK) & (1 << 64) - 1, value))
            self.assertEqual(len(records), 500)
            self.assertEqual(records, expected or records)
            expected = records

    def test_the_count_is_what_the_guest_reads(self):
        text = "li s2, 32\n" + loop(300, "addi s3, s3, 1\ncsrr s1, instret\nsltu x0, s2, s1\n") + PASS
        for engine in ENGINES:
            records = self.log(text, *engine)[1]
            self.assertEqual(len(records), 300)
            for record in records:
                self.assertEqual(record[2], record[4] + 1)

    def test_only_x0_makes_an_event(self):
        text = "li s1, 5\n" + loop(100, "li t0, 33\nsltu t2, t0, s1\nslt x0, t0, s1\nsltiu x0, t0, 3\nsub x0, t0, s1\n") + PASS
        for engine in ENGINES:
            self.assertEqual(self.log(text, *engine)[1], [])

    def test_floating_point_around_events_is_untouched(self):
        # Rounding mode and flags of the guest live in the host's MXCSR; a NaN of the host's own may be waiting.
        text = """
          li t0, 0x2000
          csrs mstatus, t0
          fsrmi 1
          fmv.w.x f1, zero
          li t2, 0x3f800000
          fmv.w.x f2, t2
          li t2, 0x40400000
          fmv.w.x f3, t2
          li s0, 300
          li s5, 32
        1:
          fdiv.s f5, f1, f1
          sltu x0, s5, s0
          fmv.x.w s1, f5
          fsflags x0
          fdiv.s f4, f2, f3
          sltu x0, s5, s1
          frflags s3
          fmv.x.w s4, f4
          addi s0, s0, -1
          bnez s0, 1b
          li t0, 0x7fc00000
          bne s1, t0, 2f
          li t0, 1
          bne s3, t0, 2f
          li t0, 0x3eaaaaaa
          bne s4, t0, 2f
        """ + PASS + "2:\nli t0, 0x100000\nli t1, 0x13333\nsw t1, 0(t0)\n3: j 3b\n"
        for engine in ENGINES:
            self.assertEqual(len(self.log(text, *engine)[1]), 600)

    def test_a_run_is_the_same_whether_or_not_it_is_observed(self):
        text = "li s1, 0\n" + loop(2000, "addi s1, s1, 1\nsltu x0, s1, s0\n") + event(MARK, 7) + PASS
        plain = assemble(text)
        for engine in ENGINES:
            run = rvx("run", *engine, "--stats", f"json={path('stats.json')}", "--events", path("events.txt"), plain)
            self.assertEqual(run.status, 0, run)
            count = load_json(path("stats.json"))["guest"]["instret"]
            self.assertEqual(rvx("run", *engine, "--max-insns", count, plain).status, 0)
            self.assertEqual(rvx("run", *engine, "--max-insns", count - 1, plain).status, 124)

    def test_harts_are_in_order_of_time(self):
        # Hart 1 waits until hart 0 has made its events.
        text = "csrr s2, mhartid\nli s0, 3000\n1:\nslli s3, s0, 8\nori s3, s3, 32\nsltu x0, s3, s2\naddi s0, s0, -1\nbnez s0, 1b\nbnez s2, 9f\nli s0, 99999\n2: addi s0, s0, -1\nbnez s0, 2b\n" + PASS
        expected = None
        for engine in ENGINES:
            first, records = self.log(text, "-p", "2", "--quantum", "100", *engine)
            self.assertEqual(first, "rvx events 1 harts 2")
            self.assertEqual(len(records), 6000)
            self.assertEqual(records, sorted(records, key=lambda r: r[:3]))
            self.assertEqual([r[4] for r in records[:100:99]], [0, 1])
            self.assertEqual(records, expected or records)
            expected = records

    def test_a_reset_is_told(self):
        text = event(MARK, 7) + "li t0, 0x100000\nli t1, 0x7777\nsw t1, 0(t0)\n9: j 9b\n"
        log = path("reset.txt")
        run = rvx("run", "--max-insns", "40", "--events", log, assemble(text))
        self.assertEqual(run.status, 124, run)
        with open(log, encoding="utf-8") as file:
            lines = file.read().splitlines()
        self.assertEqual(lines[2], "reset")
        self.assertEqual(lines[1], lines[3])

    def test_a_file_that_cannot_be_written_is_told(self):
        self.expect_error(rvx("run", "--events", path("no/such/folder"), assemble(PASS)), 125, "cannot write the events to")
        self.expect_error(rvx("run", "--event-views", assemble(PASS)), 125, "add --events FILE")
        self.expect(rvx("run", "--events", "/dev/full", assemble(event(MARK, 7) + PASS)), 125, "cannot write the events to /dev/full")


class Measurements(CliTest):
    def measure(self, text, *options, warnings=0):
        stats = path("stats.json")
        run = rvx("run", "--stats", f"json={stats}", *options, assemble(text))
        self.assertEqual((run.status, len(run.lines)), (0, warnings), run)
        return load_json(stats)["measurements"], run.err

    def test_a_loop_of_known_length_is_measured_exactly(self):
        # The event that begins, ten instructions a round, one for each of the two operands of the one that ends.
        body = "addi s1, s1, 1\n" * 8
        text = event(BEGIN, packed("a")) + loop(3000, body) + event(END, packed("a")) + PASS
        for engine in ENGINES:
            rows, _ = self.measure(text, *engine)
            self.assertEqual(list(rows), ["a"])
            expected = 1 + 1 + 3000 * 10 + 2 + 1  # li of 3000 and of 97 take two and one
            self.assertEqual((rows["a"]["count"], rows["a"]["instret"], rows["a"]["traps"]), (1, expected, 0))
            self.assertEqual(rows["a"]["cycles"], rows["a"]["instret"])

    def test_repeated_measurements_add_up(self):
        inside = event(BEGIN, packed("b")) + "mul s1, s1, s0\nmul s1, s1, s0\n" + event(END, packed("b"))
        for engine in ENGINES:
            rows, _ = self.measure(loop(1000, inside) + PASS, *engine)
            self.assertEqual((rows["b"]["count"], rows["b"]["instret"]), (1000, 5000))

    def test_traps_are_counted_by_cause(self):
        text = """
          la t1, handler
          csrw mtvec, t1
          j begin
        .balign 4
        handler:
          csrr t3, mepc
          addi t3, t3, 4
          csrw mepc, t3
          mret
        begin:
        """ + event(BEGIN, packed("trap-2")) + loop(200, "ecall\nld s3, -1(zero)\n") + event(END, packed("trap-2")) + PASS
        for engine in ENGINES:
            rows, _ = self.measure(text, *engine)
            row = rows["trap-2"]
            self.assertEqual((row["traps"], row["traps.environment-call-from-m-mode"], row["traps.load-access-fault"], row["traps.load-page-fault"]), (400, 200, 200, 0))

    def test_what_is_out_of_place_is_told_and_harmless(self):
        text = event(END, packed("never")) + event(BEGIN, packed("twice")) * 2 + event(END, packed("twice")) + event(BEGIN, packed("open")) + event(BEGIN, packed("No!"))
        text += "".join(event(BEGIN, packed(f"n{i}")) + event(END, packed(f"n{i}")) for i in range(63)) + PASS
        rows, text = self.measure(text, warnings=5)
        self.assertEqual(len(rows), 64)
        self.assertEqual((rows["twice"]["count"], rows["open"]["count"]), (1, 0))
        for expected in ("1 events with a name", "2 events with names beyond the 64 that are kept, first 'n62'", "1 begins of what was begun already, first 'twice'",
                         "1 ends of what was not begun, first 'never'", "1 begun and never ended, first 'open'"):
            self.assertIn(expected, text)

    def test_a_run_without_stats_measures_nothing(self):
        for engine in ENGINES:
            self.expect_silence(rvx("run", *engine, assemble(loop(300, event(END, packed("never"))) + PASS)))


if __name__ == "__main__":
    main()
