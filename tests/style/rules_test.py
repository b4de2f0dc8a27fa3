"""Each rule of style finds what it is there to find, and leaves alone what is right."""
import unittest

import choices
import docs
import includes
import texts
from tree import Exceptions, Tree

NONE = Exceptions("")
BOARD = 'BOARD(virt, "a", "b", "c,d", 0x80000000, 0x40000000, 0x200000,\n      0x2200000, 10000000, 95, 7)\nDEVICE(virt, "uart", Uart, 0x10000000, 0x100, 10, "", "")\n'


def found(check, files, exceptions=NONE):
    return list(check(Tree(files), exceptions))


class Includes(unittest.TestCase):
    FILES = {"cpu/isa/a.hpp": "", "cpu/b.hpp": "", "mmu/c.hpp": "", "devices/bus.hpp": "", "devices/uart.hpp": "", "machine/d.hpp": "",
             "jit/e.hpp": "", "cli/f.hpp": "", "tests/g.hpp": "", "firmware/lib/h.h": ""}

    def problems(self, path, line):
        return len(found(includes.check, {**self.FILES, path: line + "\n"}))

    def test_one_way_down(self):
        for path, name in (("cli/x.cpp", "machine/d.hpp"), ("machine/x.cpp", "cpu/b.hpp"), ("cpu/x.cpp", "mmu/c.hpp"),
                           ("cpu/x.cpp", "cpu/isa/a.hpp"), ("mmu/x.cpp", "devices/bus.hpp"), ("jit/x.cpp", "cpu/b.hpp"),
                           ("tests/x.cpp", "cpu/b.hpp"), ("tests/x.cpp", "g.hpp"), ("firmware/tests/x.cpp", "lib/h.h")):
            self.assertEqual(self.problems(path, f'#include "{name}"'), 0, (path, name))

    def test_not_up_or_aside(self):
        for path, name in (("machine/x.cpp", "cli/f.hpp"), ("cpu/x.cpp", "machine/d.hpp"), ("cpu/x.cpp", "jit/e.hpp"),
                           ("cpu/isa/x.cpp", "cpu/b.hpp"), ("mmu/x.cpp", "cpu/b.hpp"), ("mmu/x.cpp", "devices/uart.hpp"),
                           ("devices/x.cpp", "mmu/c.hpp"), ("cli/x.cpp", "devices/uart.hpp"), ("cpu/x.cpp", "tests/g.hpp"),
                           ("firmware/lib/x.c", "cpu/b.hpp"), ("cpu/x.cpp", "b.hpp"), ("cpu/x.cpp", "cpu/gone.hpp")):
            self.assertEqual(self.problems(path, f'  #  include "{name}"'), 1, (path, name))

    def test_libraries(self):
        self.assertEqual(self.problems("jit/x.cpp", "#include <asmjit/x86.h>"), 0)
        self.assertEqual(self.problems("cpu/x.cpp", "#include <asmjit/x86.h>"), 1)
        self.assertEqual(self.problems("cpu/isa/x.cpp", "#include <vector>"), 0)
        self.assertEqual(self.problems("cpu/isa/x.cpp", "#include <unistd.h>"), 1)

    def test_every_folder_has_a_rule(self):
        self.assertEqual(self.problems("other/x.cpp", ""), 1)


class Exceptional(unittest.TestCase):
    def test_excused_once_needed(self):
        rows = Exceptions("# why\nincludes | cli/* | cpu/isa/* | a reason\n")
        files = {**Includes.FILES, "cli/x.cpp": '#include "cpu/isa/a.hpp"\n'}
        self.assertEqual(found(includes.check, files, rows), [])
        self.assertEqual(rows.unused("includes"), [])

    def test_unused_row_is_told(self):
        self.assertEqual(len(Exceptions("length | a | * | big\n").unused("length")), 1)

    def test_row_needs_a_reason(self):
        with self.assertRaises(ValueError):
            Exceptions("length | a | *\n")


class Texts(unittest.TestCase):
    def test_first_line(self):
        self.assertEqual(found(texts.check_first_lines, {"a.cpp": "// What it does.\n", "b.sh": "#!/bin/sh\n# What it does.\n",
                                                         "c/CMakeLists.txt": "# What it builds.\n", "d.ld": "/* A layout. */\n"}), [])
        self.assertEqual(len(found(texts.check_first_lines, {"a.cpp": "#pragma once\n// Late.\n", "b.hpp": "", "c.c": "//\n"})), 3)

    def test_first_line_goes_on(self):
        self.assertEqual(texts.first_line(Tree({"a.hpp": "// It is\n// long.\n// More.\n"}), "a.hpp"), "It is long.")

    def test_length(self):
        long = "x\n" * (texts.LONGEST + 1)
        self.assertEqual(len(found(texts.check_length, {"a.cpp": long, "b.inc": long, "c.cpp": "x\n"})), 1)

    def test_exits(self):
        for line in ("exit(1);", "std::exit(1);", "::_exit(1);", "if (a) exit(1);", "else quick_exit(1);"):
            self.assertEqual(len(found(texts.check_exits, {"cpu/a.cpp": line})), 1, line)
        for line in ("// exit(1)", 'f("exit(1)");', "x.exit(1);", "p->exit(1);", "Result A::exit(int)", "Result exit(int);", "at_exit(1);"):
            self.assertEqual(found(texts.check_exits, {"cpu/a.cpp": line}), [], line)
        self.assertEqual(found(texts.check_exits, {"cli/main.cpp": "std::exit(1);", "tests/a.cpp": "exit(1);"}), [])

    def test_hosts(self):
        self.assertEqual(len(found(texts.check_hosts, {"a.md": "see /ho" + "me/somebody/x\n", "b": "curl deb.deb" + "ian.org\n"})), 2)
        for path in ("/wo" + "rk/x", '"/ro' + 'ot/x"', "/tm" + "p/tools/bin"):
            self.assertEqual(len(found(texts.check_hosts, {"a.md": f"see {path}\n"})), 1, path)
        self.assertEqual(found(texts.check_hosts, {"a.md": "$HOME/x ~/home/x ./home/x /proc/self\n"}), [])
        self.assertEqual(found(texts.check_hosts, {"a.sh": 'cp "$dir"/root/x "/tmp/rvx-XXXXXX" HOME=/root\n'}), [])

    def test_addresses(self):
        bad = {"machine/board.inc": BOARD, "devices/a.cpp": "f(0x1000'0000); // 0x80000000\n", "cpu/b.cpp": "f(0x80000000);\n"}
        self.assertEqual(len(found(texts.check_addresses, bad)), 2)
        good = {"machine/board.inc": BOARD, "devices/a.cpp": "f(0x200000, 0x100, 0x1000);\n", "tests/a.cpp": "f(0x80000000);\n"}
        self.assertEqual(found(texts.check_addresses, good), [])


class Choices(unittest.TestCase):
    def listed(self, text):
        return choices.listing(Tree({"cpu/a.cpp": text})).splitlines()[2:]

    def test_comment_goes_on(self):
        self.assertEqual(self.listed("// Title. CHO" + "ICE: this way\n// and that.\nint x;\n"), ["- `cpu/a.cpp`: Title: this way and that."])

    def test_trailing(self):
        self.assertEqual(self.listed("f();  // CHO" + "ICE: one two three\n// Other.\n"), ["- `cpu/a.cpp`: one two three."])

    def test_constant(self):
        self.assertEqual(self.listed("// CHO" + "ICE: as many as that\nconstexpr int kMany = 3;\n"), ["- `cpu/a.cpp`: as many as that (`kMany = 3`)."])

    def test_malformed(self):
        self.assertEqual(len(found(choices.check, {"cpu/a.cpp": "// CHO" + "ICE of colour\n// DEVIA" + "TION: x\nint CHO" + "ICE;\n"})), 2)


class Docs(unittest.TestCase):
    TABLES = {"cli/options.inc": 'OPTION(Memory, "memory m", "SIZE", "M", "r", "h")\nIGNORED("vga", 1)\n', "cli/commands.inc": "COMMAND(run, 'r', f, \"\", \"\", \"\")\n"}

    def names(self, text):
        return len(found(docs.check_names, {**self.TABLES, "docs/a.md": text, "docs/b.md": ""}))

    def test_names(self):
        self.assertEqual(self.names("[b](b.md) `docs/b.md` `docs/*.md` `docs/{a,b}.md` `-m 2G` `cli/`\n```\nrvx run --memory 2G --vga x\n```\n"), 0)
        self.assertEqual(self.names("[c](c.md)"), 1)
        self.assertEqual(self.names("`docs/c.md`"), 1)
        self.assertEqual(self.names("`--memoy`"), 1)
        self.assertEqual(self.names("```sh\n./rvx run --memoy 2G\n```\n"), 1)

    def test_every_option_is_told(self):
        self.assertEqual(found(docs.check_options_told, {**self.TABLES, "docs/running.md": "`rvx run` --memory"}), [])
        self.assertEqual(len(found(docs.check_options_told, {**self.TABLES, "docs/running.md": "--memory-x"})), 2)

    def test_generated(self):
        page = docs.begin("choices") + "\nold\n" + docs.END
        self.assertEqual(len(found(docs.check_generated, {"docs/choices.md": page})), 1)
        self.assertEqual(len(found(docs.check_generated, {"docs/choices.md": "no marks"})), 1)
        files = {"cpu/a.cpp": "// CHO" + "ICE: one two three\n"}
        current = docs.with_generated(page, "choices", choices.listing(Tree(files)))
        self.assertEqual(found(docs.check_generated, {**files, "docs/choices.md": current}), [])

    def test_header_and_source_stand_in_one_row(self):
        tree = Tree({"cpu/a.hpp": "// The header.\n", "cpu/a.cpp": "// The source.\n", "cpu/CMakeLists.txt": ""})
        self.assertEqual(docs.stems(tree, "cpu"), [("a.hpp, .cpp", "The header.")])


if __name__ == "__main__":
    unittest.main()
