"""`rvx completion` and `rvx man`: what shells and man(1) make of the tables of commands and options."""

import os
import shutil
import subprocess

from harness import SOURCE, CliTest, main, path, rvx, write_file

COMMANDS = "run boot test disasm machine demo bench fuzz lab trace completion man".split()


def option_names():
    with open(os.path.join(SOURCE, "cli", "options.inc"), encoding="utf-8") as table:
        rows = [line.split('"') for line in table if line.startswith("OPTION(")]
    return {name for row in rows for name in row[1].split() if set(row[7]) - {"v"}}


def spelled(name):
    return name if name.startswith("+") else ("-" if len(name) == 1 else "--") + name


class Completion(CliTest):
    def complete(self, *words):
        """What bash offers for the last of `words`."""
        script = write_file("completion.bash", rvx("completion", "bash").out)
        ask = 'source "$0"; COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)); _rvx 2>/dev/null; printf "%s\\n" "${COMPREPLY[@]}"'
        done = subprocess.run(["bash", "-c", ask, script, *words], capture_output=True, check=True, cwd=path("."), text=True)
        return done.stdout.split()

    def test_commands(self):
        self.assertEqual(set(self.complete("rvx", "")), {*COMMANDS, "help", "--help", "--version"})
        self.assertEqual(self.complete("rvx", "bo"), ["boot"])
        self.assertEqual(set(self.complete("rvx", "help", "")), set(COMMANDS))

    def test_options_of_the_command(self):
        self.assertEqual(self.complete("rvx", "run", "--mem"), ["--memory"])
        self.assertEqual(self.complete("rvx", "boot", "--exe"), ["--exec"])
        self.assertEqual(self.complete("rvx", "run", "--exe"), [])
        self.assertEqual(set(self.complete("rvx", "run", "+s")), {"+signature", "+signature-granularity"})

    def test_values(self):
        self.assertEqual(self.complete("rvx", "run", "-M", "s"), ["spike"])
        self.assertEqual(set(self.complete("rvx", "test", "--format", "")), {"text", "tap", "junit", "json"})
        self.assertEqual(set(self.complete("rvx", "machine", "d")), {"dts", "dtb"})

    def test_files(self):
        write_file("some-program.elf", b"")
        self.assertEqual(self.complete("rvx", "run", "some-pro"), ["some-program.elf"])

    def test_every_option_is_in_every_script(self):
        for shell in ("bash", "zsh"):
            words = set(rvx("completion", shell).out.decode().replace("'", " ").split())
            self.assertEqual({spelled(name) for name in option_names()} - words, set(), shell)
        fish = rvx("completion", "fish").out.decode()
        for name in option_names():
            if not name.startswith("+"):
                self.assertIn(f" -{'s' if len(name) == 1 else 'l'} {name} ", fish)

    def test_other_shells(self):
        for words in ([], ["tcsh"], ["bash", "zsh"]):
            self.expect_error(rvx("completion", *words), 125, "bash, zsh or fish")


class Manual(CliTest):
    def test_every_command_and_option_is_in_it(self):
        text = rvx("man").out.decode().replace("\\-", "-").replace("\\fB", " ").replace("\\fR", " ")
        words = set(text.replace(",", " ").split())
        self.assertEqual({spelled(name) for name in option_names()} - words, set())
        for command in COMMANDS:
            self.assertIn(f" rvx {command} ", text)

    def test_it_is_ascii(self):
        self.assertTrue(rvx("man").out.isascii())

    def test_groff_has_nothing_to_say(self):
        if shutil.which("groff") is None:
            self.skipTest("groff is not installed")
        done = subprocess.run(["groff", "-man", "-Tascii", "-ww", "-z"], input=rvx("man").out, capture_output=True, check=True)
        self.assertEqual(done.stderr, b"")


if __name__ == "__main__":
    main()
