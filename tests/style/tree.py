"""The files of the repository as rules see them, their comments, and the list of exceptions."""
import fnmatch
import os
import re
import subprocess

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

CODE = (".cpp", ".hpp", ".inc", ".c", ".h", ".S")  # read by a compiler, comments as in C++
SCRIPTS = (".py", ".sh", ".cmake")
HOST_FOLDERS = ("cpu/", "mmu/", "devices/", "jit/", "machine/", "cli/")


class Tree:
    """Paths from the root with "/" between, and their text. `files` stands for a repository in tests."""

    def __init__(self, files=None):
        self._texts = dict(files) if files is not None else {}
        self.paths = sorted(files) if files is not None else sorted(p for p in tracked() if os.path.isfile(os.path.join(ROOT, p)))
        self._known = set(self.paths)

    def __contains__(self, path):
        return path in self._known

    def text(self, path):
        if path not in self._texts:
            with open(os.path.join(ROOT, path), encoding="utf-8", errors="replace") as file:
                self._texts[path] = file.read()
        return self._texts[path]

    def lines(self, path):
        return self.text(path).splitlines()

    def code(self, *folders):
        """Source files, of the given folders only if there are any."""
        return [p for p in self.paths if p.endswith(CODE) and (not folders or p.startswith(folders))]


def tracked():
    """What git tracks or is about to (git add); without git, everything but builds and dot folders."""
    try:
        listing = subprocess.run(["git", "-C", ROOT, "ls-files", "-z"], capture_output=True, check=True)
        return [p for p in listing.stdout.decode().split("\0") if p]
    except (OSError, subprocess.CalledProcessError):
        pass
    found = []
    for folder, folders, names in os.walk(ROOT):
        folders[:] = [f for f in folders if f not in ("build", "__pycache__") and (f == ".ci" or not f.startswith("."))]
        found += [os.path.relpath(os.path.join(folder, n), ROOT) for n in names if not n.endswith(("~", ".swp"))]
    return found


def without_comments(text):
    """C++ text with comments and the contents of literals blanked, line by line as before."""
    def blank(match):
        part = match.group(0)
        if part.startswith("/"):
            return re.sub(r"[^\n]", " ", part)
        return part[0] + re.sub(r"[^\n]", " ", part[1:-1]) + part[-1]

    return re.sub(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])+\'', blank, text, flags=re.S)


class Exceptions:
    """Rows of exceptions.txt: rule | path | detail | reason. Path and detail may hold *."""

    def __init__(self, text):
        self.rows = []
        for number, line in enumerate(text.splitlines(), 1):
            line = line.strip()
            if not line or line.startswith("#"):
                continue
            fields = [f.strip() for f in line.split("|")]
            if len(fields) != 4 or not all(fields):
                raise ValueError(f"exceptions.txt:{number}: not 'rule | path | detail | reason'")
            self.rows.append(fields)
        self._used = set()

    def excuse(self, rule, path, detail):
        for index, (of, paths, details, _) in enumerate(self.rows):
            if of == rule and fnmatch.fnmatchcase(path, paths) and fnmatch.fnmatchcase(detail, details):
                self._used.add(index)
                return True
        return False

    def unused(self, rule):
        return [row for index, row in enumerate(self.rows) if row[0] == rule and index not in self._used]
