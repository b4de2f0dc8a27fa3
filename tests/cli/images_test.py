"""Images that cannot be used end with 126, those that are not there with 127, each with one line."""

import os
import random
import struct

from harness import CliTest, elf, main, path, rvx, write_file

RAM = 0x80000000

# lui t0, 0x100; lui t1, 5; addi t1, t1, 0x555; sw t1, 0(t0); j .  The finisher's "pass".
CODE = struct.pack("<5I", 0x001002B7, 0x00005337, 0x55530313, 0x0062A023, 0x0000006F)
GOOD = elf([(RAM, CODE, len(CODE))])


class Images(CliTest):
    def unusable(self, content, *fragments, options=()):
        self.expect_error(rvx("run", *options, write_file("image.elf", content)), 126, "rvx: error: ", *fragments)

    def test_the_good_one_runs(self):
        self.expect_silence(rvx("run", write_file("good.elf", GOOD)))

    def test_missing_file(self):
        self.expect_error(rvx("run", "missing.elf"), 127, "cannot open missing.elf", "no such file")
        self.expect_error(rvx("run", "--kernel", "missing.bin"), 127, "missing.bin")
        for option in ("--bios", "--dtb", "--initrd"):
            with self.subTest(option=option):
                self.expect_error(rvx("run", option, "missing.bin", write_file("good.elf", GOOD)), 127, "missing.bin")

    def test_truncated(self):
        for size in (1, 4, 15, 16, 63):
            with self.subTest(size=size):
                run = rvx("run", write_file("image.elf", GOOD[:size]))
                self.assertIn(run.status, (126, 124), run)  # without a whole magic number it is a flat binary
        self.unusable(GOOD[:64], "is damaged")
        self.unusable(GOOD[:100], "is damaged")
        self.unusable(GOOD[:-1], "is damaged", "segment 0")

    def test_empty(self):
        self.unusable(b"", "is empty")

    def test_other_architectures(self):
        self.unusable(elf([(RAM, CODE, 20)], machine=62), "x86-64")
        self.unusable(elf([(RAM, CODE, 20)], machine=183), "image.elf")
        with open("/bin/true", "rb") as file:
            self.unusable(file.read(), "x86-64")
        self.unusable(b"\x7fELF\x01\x01\x01" + bytes(9) + struct.pack("<HH", 2, 243) + bytes(32), "32")
        self.unusable(elf([(RAM, CODE, 20)], data=2), "image.elf")
        self.unusable(elf([(RAM, CODE, 20)], file_type=1), "object file")

    def test_segments(self):
        self.unusable(elf([(RAM, CODE, 20), (RAM + 8, CODE, 20)]), "segment")
        self.unusable(elf([(RAM, CODE, 4)]), "is damaged", "segment 0")
        self.unusable(elf([(0x40000000, CODE, 20)]), "outside RAM")
        self.unusable(elf([(2**64 - 8, CODE, 20)]), "image.elf")
        self.unusable(elf([]), "image.elf")

    def test_larger_than_ram(self):
        self.unusable(elf([(RAM, CODE, 1 << 20)]), "-m", options=("-m", "256k"))
        self.unusable(elf([(RAM, CODE, 1 << 40)]), "image.elf")
        self.unusable(elf([(RAM, CODE, 2**63)]), "image.elf")

    def test_corrupt_headers(self):
        # Whatever the bytes are: never a crash, never success without the guest's word, always one line.
        randomness = random.Random(1)
        for round_number in range(150):
            image = bytearray(GOOD)
            for _ in range(randomness.randint(1, 4)):
                image[randomness.randrange(120)] = randomness.choice((0, 1, 0x7F, 0x80, 0xFF, randomness.randrange(256)))
            with self.subTest(round=round_number):
                run = rvx("run", "--max-insns", 10000, write_file("image.elf", bytes(image)))
                self.assertIn(run.status, (0, 124, 126), (run, image.hex()))
                said = [line for line in run.lines if not line.startswith("rvx: warning: ")]
                self.assertEqual(len(said), 1 if run.status else 0, run)

    def test_a_directory(self):
        os.makedirs(path("folder"), exist_ok=True)
        self.expect_error(rvx("run", "folder"), 126, "folder")
        self.expect_error(rvx("run", "--disk", "folder", write_file("good.elf", GOOD)), 125, "cannot use the disk 'folder'")

    def test_disks(self):
        good = write_file("good.elf", GOOD)
        self.expect_error(rvx("run", "--disk", "missing.img", good), 125, "cannot use the disk 'missing.img'")
        disks = [word for index in range(9) for word in ("--disk", write_file(f"disk{index}.img", bytes(512)))]
        self.expect_error(rvx("run", *disks, good), 125, "slot")
        if os.geteuid() != 0:
            unreadable = write_file("unreadable.img", bytes(512))
            os.chmod(unreadable, 0)
            self.expect_error(rvx("run", "--disk", unreadable, good), 125, "unreadable.img")
        self.expect_error(rvx("run", "--disk", "/proc/self/mem", good), 125, "/proc/self/mem")

    def test_device_trees(self):
        good = write_file("good.elf", GOOD)
        for content in (b"x", b"\xd0\x0d\xfe\xed", b"\xd0\x0d\xfe\xed" + b"\xff" * 60, bytes(4096)):
            run = rvx("run", "--dtb", write_file("tree.dtb", content), good)
            self.expect_error(run, 126, "tree.dtb")

    def test_damaged_gzip(self):
        self.unusable(b"\x1f\x8b\x08" + bytes(30), "image.elf")

    def test_disassembler(self):
        self.expect_error(rvx("disasm", "missing.elf"), 127, "missing.elf")
        run = rvx("disasm", write_file("image.elf", GOOD[:100]))
        self.expect_error(run, 126, "is damaged")


if __name__ == "__main__":
    main()
