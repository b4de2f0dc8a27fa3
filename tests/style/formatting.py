"""Rule: clang-format 19 would change nothing in C and C++ files; tables (.inc) are laid out by hand."""
import os
import shutil
import subprocess

from tree import ROOT

TOOL = "clang-format-19"  # Debian 12 and 13 have it
FORMATTED = (".cpp", ".hpp", ".c", ".h")


def is_possible():
    return shutil.which(os.environ.get("RVX_CLANG_FORMAT", TOOL)) is not None


def check(tree, exceptions):
    tool = os.environ.get("RVX_CLANG_FORMAT", TOOL)
    for path in tree.paths:
        if not path.endswith(FORMATTED):
            continue
        run = subprocess.run([tool, "--style=file", "--assume-filename=" + os.path.join(ROOT, path)], input=tree.text(path).encode(),
                             capture_output=True, check=False)
        if run.stdout.decode(errors="replace") != tree.text(path) and not exceptions.excuse("format", path, "layout"):
            yield f"{path}: {tool} -i would change it"
