"""`rvx boot`: Debian's own kernel with disk, network and a command; U-Boot. Skipped where Debian's packages cannot be had."""

import hashlib
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import unittest

from harness import PATIENCE_S, SKIPPED, SOURCE, CliTest, debian_folder, fetch_debian, load_json, main, path, rvx, start, write_file

MKFS = shutil.which("mkfs.ext4", path=os.environ.get("PATH", "") + ":/sbin:/usr/sbin")


def ext4(name, files):
    """An ext4 image with `files` in it."""
    folder = path(name + ".files")
    os.makedirs(folder, exist_ok=True)
    for file_name, content in files.items():
        if isinstance(content, bytes):
            with open(os.path.join(folder, file_name), "wb") as file:
                file.write(content)
        else:
            shutil.copy(content.name, os.path.join(folder, file_name))
    image = path(name)
    subprocess.run([MKFS, "-q", "-F", "-d", folder, image, "64M"], check=True, stdout=subprocess.DEVNULL)
    return image


def digest(file_name):
    with open(file_name, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


def boot(command, *options, **more):
    return rvx("boot", "--timeout", 100, *options, "--exec", command, **more)


class Command(CliTest):
    def test_output_is_the_commands(self):
        for harts in (1, 4):
            with self.subTest(harts=harts):
                run = boot("uname -m; nproc", "-smp", harts)
                self.assertEqual((run.status, run.out, run.err), (0, f"riscv64\n{harts}\n".encode(), ""), run)

    def test_status_is_the_commands(self):
        self.assertEqual(boot("exit 42").status, 42)
        run = boot("false")
        self.assertEqual((run.status, run.out), (1, b""), run)

    def test_bytes_pass_both_ways(self):
        # Without a terminal on our side neither end translates a byte.
        sent = bytes(byte for byte in range(256) if byte != 4) * 8
        run = boot("cat", input=sent)
        self.assertEqual((run.status, run.out), (0, sent), run)

    def test_deterministic_boots_are_equal(self):
        reports = []
        for _ in range(2):
            file = path("boot.json")
            run = boot("echo $((6 * 7))", "--deterministic", "--stats", f"json={file}")
            self.assertEqual((run.status, run.out), (0, b"42\n"), run)
            reports.append({key: value for key, value in load_json(file).items() if key != "host"})
        self.assertEqual(reports[0], reports[1])

    def test_a_panic_is_no_success(self):
        run = boot("echo c > /proc/sysrq-trigger; sleep 5")
        self.assertEqual(run.status, 124, run)


@unittest.skipIf(MKFS is None, "mkfs.ext4 is not installed")
class Disks(CliTest):
    def test_the_first_one_is_mounted(self):
        image = ext4("disk.img", {"hello": b"from the host\n"})
        self.assertEqual(boot("cat /mnt/hello", "--disk", image).out, b"from the host\n")

    def test_writes_are_kept(self):
        image = ext4("disk.img", {"hello": b"x"})
        self.assertEqual(boot("echo kept > /mnt/new", "--disk", image).status, 0)
        self.assertEqual(boot("cat /mnt/new", "--disk", f"{image},ro").out, b"kept\n")

    def test_cow_and_ro_leave_the_file_alone(self):
        image = ext4("disk.img", {"hello": b"x"})
        before = digest(image)
        run = boot("echo new > /mnt/new; sync; cat /mnt/new", "--disk", f"{image},cow")
        self.assertEqual((run.out, digest(image)), (b"new\n", before), run)
        run = boot("echo new > /mnt/new || echo refused", "--disk", f"{image},ro")
        self.assertEqual((run.out.splitlines()[-1:], digest(image)), ([b"refused"], before), run)


class Network(CliTest):
    def test_a_forward_is_answered(self):
        process = start("boot", "--timeout", 100, "--fwd", "auto:7777", "--exec", "until echo answer | nc -l -p 7777 | grep -q bye; do :; done")
        try:
            line = process.stderr.readline().decode()
            port = int(re.search(r"127\.0\.0\.1:(\d+)", line).group(1))
            received = b""
            deadline = time.monotonic() + 90
            while b"answer" not in received and time.monotonic() < deadline:
                # Until the guest listens a connection is refused, ends at once, or waits and is taken up
                # after we have given up on it.
                try:
                    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
                        received = connection.recv(100)
                        if received: connection.sendall(b"bye\n")
                except OSError:
                    pass
                time.sleep(0.2)
            self.assertEqual(received, b"answer\n")
            process.communicate(timeout=PATIENCE_S)
            self.assertEqual(process.returncode, 0)
        finally:
            process.kill()
            process.communicate()


class Console(CliTest):
    """The serial console as a person sees it, by pipes."""

    def talk(self, options, script):
        """Sends each line of the script when the text before it has come. Returns status and output."""
        process = start("boot", "--timeout", 100, *options, stdin=subprocess.PIPE, stderr=subprocess.DEVNULL)
        seen = b""
        try:
            at = 0
            for awaited, line in script:
                while awaited not in seen[at:]:
                    chunk = os.read(process.stdout.fileno(), 4096)
                    if not chunk:
                        raise AssertionError(f"no {awaited!r} in {seen.decode(errors='replace')}")
                    seen += chunk
                at = seen.index(awaited, at) + len(awaited)
                process.stdin.write(line)
                process.stdin.flush()
            rest, _ = process.communicate(timeout=PATIENCE_S)
            return process.returncode, seen + rest
        finally:
            process.kill()
            process.wait()
            for pipe in (process.stdin, process.stdout):
                pipe.close()

    def test_a_shell_and_a_clean_power_off(self):
        status, seen = self.talk([], [(b"~ # ", b"echo $((40 + 2))\n"), (b"\r\n42\r\n", b"exit\n")])
        self.assertEqual(status, 0, seen[-2000:])

    def test_power_off_by_the_kernel(self):
        status, seen = self.talk([], [(b"~ # ", b"poweroff -f\n")])
        self.assertEqual(status, 0, seen[-2000:])

    def test_reboot_begins_anew(self):
        status, seen = self.talk([], [(b"~ # ", b"reboot -f\n"), (b"OpenSBI", b""), (b"~ # ", b"poweroff -f\n")])
        self.assertEqual(status, 0, seen[-2000:])

    def test_a_signal_ends_it(self):
        process = start("boot", "--timeout", 100)
        time.sleep(2)
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=30)
        self.assertEqual(process.returncode, 128 + signal.SIGTERM)

    @unittest.skipIf(MKFS is None, "mkfs.ext4 is not installed")
    def test_u_boot_boots_the_kernel_from_a_disk(self):
        with open(os.path.join(debian_folder(), "Image"), "rb") as kernel, open(os.path.join(debian_folder(), "initramfs.cpio"), "rb") as initramfs:
            image = ext4("boot.img", {"Image": kernel, "initrd": initramfs})
        prompt = b"=> "
        status, seen = self.talk(
            ["--kernel", os.path.join(debian_folder(), "u-boot.bin"), "--disk", f"{image},cow"],
            [(b"autoboot", b" "),
             (prompt, b"setenv bootargs console=ttyS0 quiet cryptomgr.notests\n"),
             (prompt, b"load virtio 0 ${kernel_addr_r} Image\n"),
             (prompt, b"load virtio 0 ${ramdisk_addr_r} initrd\n"),
             (prompt, b"booti ${kernel_addr_r} ${ramdisk_addr_r}:${filesize} ${fdtcontroladdr}\n"),
             (b"~ # ", b"uname -m; ls /mnt\n"),
             (b"initrd", b"poweroff -f\n")])
        self.assertEqual(status, 0, seen[-3000:])
        self.assertIn(b"riscv64", seen)


if __name__ == "__main__":
    reason = fetch_debian()
    if reason is not None:
        print(f"skipped: Debian's packages cannot be had: {reason}")
        sys.exit(SKIPPED)
    main()
