"""`rvx machine` and `rvx disasm`."""

import os
import shutil
import subprocess

from harness import CliTest, PASS, assemble, main, path, rvx

DTC = shutil.which("dtc")


class Boards(CliTest):
    def test_list(self):
        text = rvx("machine", "list").out.decode()
        for line in ("virt: ", "spike: ", "0x0010000000", "RAM at 0x80000000"):
            self.assertIn(line, text)

    def compile(self, source):
        """dtc's view of a tree: no error and no warning."""
        if DTC is None:
            self.skipTest("dtc is not installed")
        # Phandles are numbers here, which dtc cannot tell from other numbers.
        quiet = [word for name in ("interrupts_extended_property", "interrupts_property") for word in ("-W", f"no-{name}")]
        done = subprocess.run([DTC, *quiet, "-I", "dts", "-O", "dtb", "-o", path("tree.dtb")], input=source, capture_output=True)
        self.assertEqual((done.returncode, done.stderr), (0, b""))
        with open(path("tree.dtb"), "rb") as file:
            return file.read()

    def test_dtc_accepts_the_source(self):
        for options in ([], ["-smp", "4", "-m", "3G"], ["--machine", "spike", "-smp", "8"], ["--net", "user", "--rng", "--isa", "rv64gc"]):
            with self.subTest(options=options):
                run = rvx("machine", "dts", *options)
                self.assertEqual((run.status, run.err), (0, ""), run)
                self.compile(run.out)

    def test_blob_and_source_are_one_tree(self):
        if DTC is None:
            self.skipTest("dtc is not installed")
        blob, source = rvx("machine", "dtb", "-smp", "2").out, rvx("machine", "dts", "-smp", "2").out
        self.assertEqual(blob[:4], b"\xd0\x0d\xfe\xed")

        def sorted_blob(kind, text):
            return subprocess.run([DTC, "-q", "-s", "-I", kind, "-O", "dtb"], input=text, capture_output=True, check=True).stdout

        self.assertEqual(sorted_blob("dtb", blob), sorted_blob("dts", source))

    def test_what_is_asked_for_is_in_it(self):
        text = rvx("machine", "dts", "-smp", "3", "-m", "2G", "--isa", "rv64gc_zba").out.decode()
        self.assertEqual(text.count('device_type = "cpu"'), 3)
        self.assertIn("reg = <0x0 0x80000000 0x0 0x80000000>", text.replace("0x00000000", "0x0").replace("0x00 ", "0x0 "))
        self.assertIn("zba", text)
        self.assertNotIn("zbb", text)

    def test_of_a_run(self):
        program = assemble(PASS)
        run = rvx("run", "--dump-dts", "--append", "quiet panic=1", program)
        self.assertIn(b'bootargs = "quiet panic=1"', run.out)
        self.compile(run.out)
        self.expect_silence(rvx("run", "-M", f"virt,dumpdtb={path('run.dtb')}", program))
        self.assertGreater(os.path.getsize(path("run.dtb")), 1000)

    def test_two_are_equal(self):
        self.assertEqual(rvx("machine", "dts").out, rvx("machine", "dts").out)


class Disassembler(CliTest):
    def test_instructions(self):
        run = rvx("disasm", "00a50533", "8082", "0xffdff06f", "00000000")
        self.assertEqual([line.split(None, 1) for line in run.out.decode().splitlines()][:3],
                         [["00a50533", "add     a0, a0, a0"], ["8082", "c.ret"], ["ffdff06f", "j       pc - 0x4"]])

    def test_two_in_one_word(self):
        self.expect_error(rvx("disasm", "80828082"), 125, "8082 and 8082")

    def test_programs(self):
        program = assemble(".globl start\nstart: li a0, 1\nj start\n.option rvc\nc.nop\n.word 0xffffffff\n")
        run = rvx("disasm", program)
        text = run.out.decode()
        self.assertEqual((run.status, run.err), (0, ""))
        self.assertIn("0000000080000000 <start>:\n", text)
        self.assertRegex(text, r"80000000:\t00100513\tli      a0, 1\n")
        self.assertRegex(text, r"80000004:\tffdff06f\tj .*# 80000000 <(start|_start)>\n")
        self.assertRegex(text, r"8000000a:\tffffffff\t")

    def test_extensions_count(self):
        self.assertIn(b"sh1add", rvx("disasm", "20c5a533").out)
        self.assertNotIn(b"sh1add", rvx("disasm", "--isa", "rv64gc", "20c5a533").out)


if __name__ == "__main__":
    main()
