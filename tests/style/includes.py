"""Rule: includes lead one way down, from cli to cpu/isa and devices, and libraries stay where they belong."""
import os
import re

# Longest prefix first. What a file may include by quotes besides its own folder; None: everything.
MAY_INCLUDE = (
    ("cpu/isa/", ()),
    ("cpu/", ("cpu/isa/", "mmu/")),
    ("devices/", ("devices/",)),
    ("mmu/", ("devices/bus.hpp", "devices/ram.hpp", "devices/device.hpp")),
    ("jit/", ("cpu/", "mmu/")),
    ("machine/", ("cpu/", "mmu/", "devices/", "jit/", "firmware/lib/events.h")),
    ("cli/fuzz/", ("cpu/", "mmu/", "devices/", "jit/", "machine/")),
    ("cli/", ("machine/", "cli/fuzz/")),
    ("firmware/", ("firmware/",)),
    ("labs/", ("labs/", "firmware/")),
    ("tests/", None),
    ("bench/", None),
)

# Libraries, and the folders that may include their headers. Standard and system headers are free,
# but not in cpu/isa.
LIBRARIES = {
    "asmjit/": ("jit/",),
    "capstone/": ("jit/", "tests/"),
    "fmt/": ("machine/", "cli/", "jit/", "tests/", "bench/"),
    "nlohmann/": ("machine/", "cli/", "tests/"),
    "CLI/": ("cli/", "tests/"),
    "libfdt.h": ("machine/", "tests/"),
    "elf.h": ("machine/", "cli/", "tests/"),
    "gelf.h": ("machine/",),
    "libelf.h": ("machine/",),
    "zlib.h": ("machine/", "tests/"),
    "zstd.h": ("machine/", "tests/"),
    "slirp/": ("devices/virtio/",),
    "seccomp.h": ("cli/",),
    "gtest/": ("tests/",),
    "gmock/": ("tests/",),
    "benchmark/": ("bench/",),
    "mpfr.h": ("tests/",),
}
COMPILER_HEADERS = ("immintrin.h",)  # as good as the standard library

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.M)


def folder_row(path):
    return next((row for row in MAY_INCLUDE if path.startswith(row[0])), None)


def resolve(tree, path, name):
    """The file that `path` gets by "name", or None."""
    roots = [""]
    if path.startswith("firmware/"):
        roots = ["firmware/"]
    elif path.startswith("labs/"):
        roots = ["labs/", "firmware/"]
    elif not path.startswith(("cpu/", "mmu/", "devices/", "jit/", "machine/", "cli/")):
        roots = [os.path.dirname(path) + "/", "", "firmware/"]
    return next((os.path.normpath(root + name) for root in roots if os.path.normpath(root + name) in tree), None)


def problem_of(tree, path, row, quote, name):
    prefix, allowed = row
    if quote == "<":
        library = next((l for l in LIBRARIES if name.startswith(l) or name == l), None)
        if library and not path.startswith(LIBRARIES[library]):
            return f"<{name}> belongs to {', '.join(LIBRARIES[library])}"
        if prefix == "cpu/isa/" and ("." in name or "/" in name) and name not in COMPILER_HEADERS:
            return f"cpu/isa takes the standard library only, not <{name}>"
        return None
    target = resolve(tree, path, name)
    if target is None:
        return f'"{name}" names no file of the repository from its root'
    if prefix not in ("tests/", "bench/") and target.startswith(("tests/", "bench/")):
        return f"nothing outside includes {target}"
    if allowed is None or target.startswith(allowed) or folder_row(target) == row:
        return None
    return f"{prefix[:-1]} does not include {target}"


def check(tree, exceptions):
    for path in tree.code():
        row = folder_row(path)
        if row is None:
            yield f"{path}: its folder has no row in tests/style/includes.py"
            continue
        for quote, name in INCLUDE.findall(tree.text(path)):
            problem = problem_of(tree, path, row, quote, name)
            if problem and not exceptions.excuse("includes", path, name):
                yield f"{path}: {problem}"
