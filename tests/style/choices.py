"""Rule: what is the implementation's to choose is marked CHOICE:, what departs from a specification DEVIATION:, and docs/choices.md lists both."""
import re

MARK = re.compile(r"\b(CHOICE|DEVIATION)\b")
COMMENT = re.compile(r"^\s*(?://|#(?!\s*include|\s*define|\s*if)|\*|/\*)\s?(.*?)(?:\*/)?\s*$")
TRAILING = re.compile(r"\s(?://|#)\s(.*)$")

FOLDERS = (  # in this order in docs/choices.md
    ("cpu/", "Instructions, CSRs, traps"),
    ("mmu/", "Translation, protection, memory accesses"),
    ("devices/", "Devices"),
    ("machine/", "The machine"),
    ("cli/", "The command line"),
    ("jit/", "The JIT"),
    ("firmware/", "Guest programs"),
    ("tests/", "Tests"),
)


def is_read(path):
    return path.endswith((".cpp", ".hpp", ".inc", ".c", ".h", ".S", ".sh")) and not path.startswith("tests/style/")


def comment_of(lines, index):
    """The whole lines of comment around line `index`, or the comment at that line's end, and the position of the line in it."""
    if not COMMENT.match(lines[index]):
        trailing = TRAILING.search(lines[index])
        return ([trailing.group(1)], 0) if trailing else ([], 0)
    first = last = index
    while first > 0 and COMMENT.match(lines[first - 1]) and COMMENT.match(lines[first - 1]).group(1):
        first -= 1
    while last + 1 < len(lines) and COMMENT.match(lines[last + 1]) and COMMENT.match(lines[last + 1]).group(1):
        last += 1
    return [COMMENT.match(l).group(1) for l in lines[first:last + 1]], index - first


def context_before(text):
    """The sentence that ends where a marker starts, as an introduction to what follows the marker."""
    sentence = re.split(r"(?<=[.:;])\s+(?=[A-Z\"])", text.strip())[-1]
    return sentence.rstrip(".:;") + ": " if sentence else ""


CONSTANT = re.compile(r"constexpr .*?\b(k\w+)\s*=\s*([^;]+);")


def constant_below(lines, index):
    """ (`name = value`) when the comment at line `index` stands above a constant."""
    while index < len(lines) and COMMENT.match(lines[index]):
        index += 1
    match = CONSTANT.search(lines[index]) if index < len(lines) else None
    return f" (`{match.group(1)} = {match.group(2)}`)" if match else ""


def find(tree, path):
    """(line number, kind, text, None) of each marker, or with a problem in place of None."""
    lines = tree.lines(path)
    for index, line in enumerate(lines):
        for match in MARK.finditer(line):
            comment, at = comment_of(lines, index)
            own = re.search(r"\b" + match.group(1) + r"\b", comment[at]) if comment else None
            if not own:
                continue  # a name in code
            if comment[at][own.end():own.end() + 1] != ":":
                yield index + 1, match.group(1), "", f"'{match.group(1)}' without ':' is no marker"
                continue
            said = " ".join([comment[at][own.end() + 1:]] + comment[at + 1:]).strip()
            said = MARK.split(said)[0].strip()  # up to the next marker
            before = comment[at][:own.start()].strip()
            context = context_before(" ".join(comment[:at] + [before])) if before else ""
            problem = None if len(said.split()) >= 3 else f"{match.group(1)}: says nothing"
            said = said.rstrip(".") + (constant_below(lines, index) if COMMENT.match(lines[index]) else "") + "."
            yield index + 1, match.group(1), context + said, problem


def check(tree, exceptions):
    for path in filter(is_read, tree.paths):
        for line, kind, _, problem in find(tree, path):
            if problem and not exceptions.excuse("choices", path, kind):
                yield f"{path}:{line}: {problem}"


def listing(tree):
    """The generated part of docs/choices.md."""
    out = []
    for folder, title in FOLDERS:
        rows = [(path, kind, text) for path in tree.paths if path.startswith(folder) and is_read(path)
                for _, kind, text, problem in find(tree, path) if not problem]
        if not rows:
            continue
        out += ["", f"## {title}", ""]
        for path, kind, text in rows:
            out.append(f"- `{path}`: {'**deviation:** ' if kind == 'DEVIATION' else ''}{text}")
    return "\n".join(out).strip("\n")
