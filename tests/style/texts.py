"""Rules about the text of single files: first line, length, ways to end, names of hosts, addresses."""
import re

from tree import CODE, HOST_FOLDERS, SCRIPTS, without_comments

# --- first lines ----------------------------------------------------------------------------------

COMMENT = re.compile(r'^(?://|#(?!\w)|/\*|""")\s*(.*?)(?:\*/|""")?$')


def first_line(tree, path):
    """The responsibility that stands on line 1 (below "#!"), or None."""
    lines = tree.lines(path)
    if lines and lines[0].startswith("#!"):
        lines = lines[1:]
    match = COMMENT.match(lines[0]) if lines else None
    if not match:
        return None
    text = match.group(1).strip()
    for line in lines[1:3]:  # a sentence that did not fit on one line
        more = COMMENT.match(line)
        if text.endswith((".", ":")) or not more or not more.group(1):
            break
        text += " " + more.group(1).strip()
    return text


def has_first_line(path):
    name = path.rsplit("/", 1)[-1]
    return path.endswith(CODE + SCRIPTS + (".ld",)) or name == "CMakeLists.txt" or "." not in name


def check_first_lines(tree, exceptions):
    for path in tree.paths:
        if not has_first_line(path) or exceptions.excuse("first-lines", path, "none"):
            continue
        text = first_line(tree, path)
        if not text or len(text.split()) < 2:
            yield f"{path}: line 1 is no comment that says what the file is responsible for"


# --- length ---------------------------------------------------------------------------------------

LONGEST = 440  # "about 400": a file is not split for a few lines more


def check_length(tree, exceptions):
    for path in tree.paths:
        if not path.endswith((".cpp", ".hpp", ".c", ".h", ".S") + SCRIPTS):
            continue
        lines = len(tree.lines(path))
        if lines > LONGEST and not exceptions.excuse("length", path, str(lines)):
            yield f"{path}: {lines} lines; split it, or give the reason in exceptions.txt"


# --- ways to end ----------------------------------------------------------------------------------

EXIT = re.compile(r"\b(?:exit|_exit|_Exit|quick_exit)\s*\(")


def calls_exit(code, at):
    """Whether the name at `at` is the C library's: not a member, not the declaration of one."""
    before = code[:at].rstrip()
    if before.endswith("::"):
        owner = re.search(r"([\w>]*)$", before[:-2].rstrip()).group(1)
        return owner in ("", "std", "return")
    if before.endswith((".", "->")):
        return False
    word = re.search(r"(\w*)$", before).group(1)
    return word in ("", "return", "else", "do")


def check_exits(tree, exceptions):
    for path in tree.code(*HOST_FOLDERS):
        code = without_comments(tree.text(path))
        for match in EXIT.finditer(code):
            if path != "cli/main.cpp" and calls_exit(code, match.start()) and not exceptions.excuse("exits", path, match.group(0)):
                yield f"{path}:{code.count(chr(10), 0, match.start()) + 1}: only cli/main.cpp ends the process"


# --- hosts ----------------------------------------------------------------------------------------

HOST_PATH = re.compile(r"(?<![\w$}.~])(?<!\w\")/(?:(?:home|Users|work|opt|srv|root)/\w|tmp/[\w-]+/\w)")
REGISTRY = re.compile(
    r"\b(?:[\w-]+\.)*(?:debian\.(?:org|net)|ubuntu\.com|pypi\.org|pythonhosted\.org|npmjs\.(?:org|com)|crates\.io"
    r"|proxy\.golang\.org|docker\.(?:io|com)|ghcr\.io|quay\.io|gcr\.io|rubygems\.org|apache\.org/maven2)\b")


def check_hosts(tree, exceptions):
    for path in tree.paths:
        for number, line in enumerate(tree.lines(path), 1):
            for pattern, what in ((HOST_PATH, "a path of one host"), (REGISTRY, "the name of a package registry")):
                match = pattern.search(line)
                if match and not exceptions.excuse("hosts", path, match.group(0)):
                    yield f"{path}:{number}: {what}: {match.group(0)}"


# --- board addresses ------------------------------------------------------------------------------

ROW = re.compile(r"^(BOARD|DEVICE)\((.*?)\)$", re.M | re.S)
ADDRESS_COLUMN = {"BOARD": 4, "DEVICE": 3}  # ram_base, base
NUMBER = re.compile(r"\b0[xX][0-9a-fA-F']+")
PLAIN = 0x1000  # up to here a number says nothing: the size of a page, the offset of a register


def check_addresses(tree, exceptions):
    rows = ROW.findall(without_comments(tree.text("machine/board.inc")))
    bases = {int(columns.split(",")[ADDRESS_COLUMN[kind]], 16) for kind, columns in rows}
    for path in tree.code(*HOST_FOLDERS):
        if path == "machine/board.inc":
            continue
        code = without_comments(tree.text(path))
        for match in NUMBER.finditer(code):
            number = int(match.group(0).replace("'", ""), 16)
            if number > PLAIN and number in bases and not exceptions.excuse("addresses", path, match.group(0)):
                yield f"{path}:{code.count(chr(10), 0, match.start()) + 1}: {match.group(0)} is an address of machine/board.inc"
