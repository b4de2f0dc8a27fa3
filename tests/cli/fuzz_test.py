"""`rvx fuzz`: a short run, its report, and wrong usage."""

import json

from harness import CliTest, load_json, main, path, rvx


class Fuzz(CliTest):
    def test_a_short_run_tells_what_it_covered(self):
        run = rvx("fuzz", "--cases", "16", "--seed", "5", "--stats", f"json={path('fuzz.json')}")
        self.expect(run, 0)
        self.assertIn(b"16 cases", run.out)
        self.assertIn(b"never executed: ", run.out)
        stats = load_json(path("fuzz.json"))
        self.assertEqual((stats["cases"], stats["failures"], stats["observed_cases"]), (16, [], 2))
        self.assertGreater(stats["rows"]["addi"], 0)

    def test_runs_are_equal(self):
        runs = [rvx("fuzz", "--case", "77", "--cases", "5", "--stats", "json") for _ in range(2)]
        stats = [json.loads(run.err) for run in runs]
        for s in stats:
            del s["seconds"]
        self.assertEqual(stats[0], stats[1])

    def test_wrong_usage(self):
        for arguments in (["--engines", "interp"], ["--engines", "interp,none"], ["--cases", "0"], ["--minutes", "x"],
                          ["--stats", "xml"], ["--stats", "json="], ["--stats", "json=/nowhere/file", "--cases", "1"],
                          ["--case", "18446744073709551615"], ["--jit-cache", "0"], ["program.elf"]):
            with self.subTest(arguments=arguments):
                self.expect_error(rvx("fuzz", *arguments), 125)

    def test_the_last_case_that_can_be_named_is_run(self):
        run = rvx("fuzz", "--case", str(2**63 - 1))
        self.expect(run, 0)
        self.assertIn(b"1 cases", run.out)


if __name__ == "__main__":
    main()
