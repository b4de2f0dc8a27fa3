"""Wrong usage: status 125 and one line that says what, why and what to do. And the help."""

import os
import socket

from harness import CliTest, PASS, assemble, main, rvx, write_file


class WrongUsage(CliTest):
    def test_unknown_options_with_the_nearest_one(self):
        self.expect_error(rvx("run", "--timout", "3", "x.elf"), 125, "no option is called --timout", "did you mean --timeout?", "rvx run --help")
        self.expect_error(rvx("run", "--semihostng", "x.elf"), 125, "did you mean --semihosting?")
        self.expect_error(rvx("boot", "-kernal", "x"), 125, "did you mean --kernel?")
        self.expect_error(rvx("run", "--zzzzqqqq", "x.elf"), 125, "no option is called --zzzzqqqq; see rvx run --help")

    def test_options_of_other_commands(self):
        self.expect_error(rvx("run", "--exec", "ls", "x.elf"), 125, "rvx run does not take --exec", "rvx boot")

    def test_unknown_commands(self):
        self.expect_error(rvx("bot"), 125, "no command is called 'bot'; did you mean rvx boot?")
        self.expect_error(rvx(), 125, "a command is missing", "rvx --help")
        write_file("file.elf", b"x")
        self.expect_error(rvx("file.elf"), 125, "did you mean: rvx run file.elf")
        self.expect_error(rvx("-m", "2G"), 125, "-m stands before a command")

    def test_missing_arguments(self):
        self.expect_error(rvx("run"), 125)
        self.expect_error(rvx("run", "-m"), 125, "-m needs a value", "SIZE")
        # What follows a program is the program's.
        self.expect(rvx("run", "x.elf", "--timeout"), 127, "--timeout stands after the program", "cannot open x.elf")
        self.expect_error(rvx("test"), 125, "no test is named")
        self.expect_error(rvx("disasm"), 125, "nothing to disassemble")
        self.expect_error(rvx("machine"), 125, "rvx machine dts")
        self.expect_error(rvx("machine", "dst"), 125, "machine takes list, dts or dtb, not 'dst'")

    def test_switches_take_no_value(self):
        self.expect_error(rvx("run", "--semihosting=maybe", "x.elf"), 125, "--semihosting takes no value")

    def test_sizes_of_memory(self):
        for size in ("lots", "", "-1", "0", "1Q", "2GG", "99999999999999999999", "64E", "0x", "1.5G", "0x80000000:0x1000"):
            with self.subTest(size=size):
                run = rvx("run", "-m", size, "x.elf")
                self.expect_error(run, 125, "-m")
        self.expect_error(rvx("run", "-m", "1k", assemble(PASS)), 125, "at least 64 KiB")

    def test_numbers(self):
        for option, value in (("-smp", "0"), ("-smp", "9"), ("-p", "many"), ("--max-insns", "0"), ("--max-insns", "1e6"),
                              ("--timeout", "0"), ("--timeout", "-1"), ("--timeout", "nan"), ("--timeout", "soon"),
                              ("--quantum", "0"), ("--quantum", "31"), ("--seed", "x"), ("--signature-granularity", "0")):
            with self.subTest(option=option, value=value):
                self.expect_error(rvx("run", option, value, "x.elf"), 125, option.lstrip("-"))

    def test_names(self):
        self.expect_error(rvx("run", "--machine", "sifive_u", "x.elf"), 125, "no machine is called 'sifive_u'")
        self.expect_error(rvx("run", "--engine", "warp", "x.elf"), 125, "no engine is called 'warp'")
        self.expect_error(rvx("run", "--isa", "rv64gc_zqx", "x.elf"), 125, "--isa rv64gc_zqx")
        self.expect_error(rvx("run", "--isa", "arm", "x.elf"), 125, "--isa arm")
        self.expect_error(rvx("run", "--stats", "xml", "x.elf"), 125, "json")
        self.expect_error(rvx("test", "--format", "html", assemble(PASS)), 125, "text, tap, junit and json")
        self.expect_error(rvx("run", "--device", "e1000", "x.elf"), 125, "e1000")

    def test_contradictions(self):
        self.expect_error(rvx("run", "--deterministic", "--real-time", "x.elf"), 125, "exclude each other")
        self.expect_error(rvx("boot", "--exec", "ls", "--kernel", "x"), 125, "--exec")
        self.expect_error(rvx("boot", "--exec", "ls", "-M", "spike"), 125, "--exec", "virt")

    def test_port_in_use(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            port = taken.getsockname()[1]
            run = rvx("run", "--fwd", f"{port}:22", assemble(PASS))
            self.expect_error(run, 125, f"127.0.0.1:{port}", "--fwd auto:22")

    def test_forwards(self):
        for text in ("22", "x:22", "70000:22", "2222:0", "sctp:1:2", "::", ""):
            with self.subTest(text=text):
                self.expect_error(rvx("run", "--fwd", text, "x.elf"), 125, "--fwd")

    def test_outputs_that_cannot_be_written(self):
        program = assemble(PASS)
        for option in ("--signature", "--log"):
            with self.subTest(option=option):
                self.expect_error(rvx("run", "-l", option, "/nowhere/file", program), 125, "/nowhere/file")
        self.expect_error(rvx("run", "--stats", "json=/nowhere/file", program), 125, "/nowhere/file")

    def test_files_have_names(self):
        for option in ("--kernel", "--initrd", "--bios", "--dtb", "--log", "--signature", "--dump-dtb", "--jit-report"):
            with self.subTest(option=option):
                self.expect_error(rvx("run", option, "", assemble(PASS)), 125, option, "name of a file")
        self.expect_error(rvx("run", "--stats", "json=", assemble(PASS)), 125, "name of a file")

    def test_options_of_the_jit_without_it(self):
        for option in (["--jit-report", "-"], ["--perf-map"]):
            with self.subTest(option=option):
                self.expect_error(rvx("run", "--engine", "interp", *option, assemble(PASS)), 125, option[0], "--engine jit")

    def test_control_characters_do_not_reach_the_terminal(self):
        for word in ("--\x1b[31m", "x\x1b]0;y\x07.elf", "new\nline.elf"):
            run = rvx("run", word)
            self.assertNotEqual(run.status, 0)
            self.assertEqual(len(run.lines), 1, run)
            self.assertNotIn("\x1b", run.err)


class OptionsOfOthers(CliTest):
    def test_spellings_of_qemu(self):
        run = rvx("run", "-machine", "virt", "-cpu", "rv64,zba=on", "-smp", "2", "-m", "64M", "-nographic", "-bios", "none",
                  "-serial", "mon:stdio", "-nodefaults", "-kernel", assemble(PASS))
        self.expect_silence(run)

    def test_spellings_of_spike(self):
        self.expect_silence(rvx("run", "--isa=rv64gc_zba", "-p2", "-m64", assemble(PASS)))

    def test_options_without_effect_are_told_once(self):
        run = rvx("run", "-display", "none", "-display", "none", "-kernel", assemble(PASS))
        self.assertEqual((run.status, run.err), (0, "rvx: warning: -display none has no effect here\n"), run)


class Help(CliTest):
    def test_help_is_one_screen_on_stdout(self):
        for words in (["--help"], ["-h"], ["help"], *([command, "--help"] for command in ("run", "boot", "test", "disasm", "machine", "demo")), ["help", "run"]):
            with self.subTest(words=words):
                run = rvx(*words)
                self.assertEqual((run.status, run.err), (0, ""), run)
                lines = run.out.decode().splitlines()
                self.assertLessEqual(len(lines), 45)
                self.assertLessEqual(max(map(len, lines)), 110)
                self.assertTrue(any("example: rvx" in line for line in lines))

    def test_all_options_are_in_the_long_help(self):
        with open(os.path.join(os.path.dirname(__file__), "..", "..", "cli", "options.inc"), encoding="utf-8") as table:
            rows = [line.split('"') for line in table if line.startswith("OPTION(")]
        shown = {"r": rvx("run", "--help-all"), "b": rvx("boot", "--help-all"), "t": rvx("test", "--help-all")}
        for row in rows:
            name = row[1].split()[0]
            for letter, run in shown.items():
                if letter in row[7]:
                    self.assertIn(("--" if len(name) > 1 else "-") + name, run.out.decode())

    def test_version(self):
        self.assertRegex(rvx("--version").out.decode(), r"^rvx \d+\.\d+\.\d+\n$")
        self.assertIn(b'"version"', rvx("--version", "--json").out)


if __name__ == "__main__":
    main()
