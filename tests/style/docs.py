"""Rules about README.md and docs/: generated parts are current; links, paths and options that are named exist."""
import os
import re

import choices
from texts import first_line, has_first_line

TOUR = "docs/tour.md"
CHOICES = "docs/choices.md"

# Folders of the tour, in reading order: where the text is all there is to say, files are not listed.
TOUR_FOLDERS = (
    ("", ""),
    ("cli", ""),
    ("cli/fuzz", ""),
    ("cli/lab", ""),
    ("machine", ""),
    ("cpu", ""),
    ("cpu/isa", ""),
    ("mmu", ""),
    ("devices", ""),
    ("devices/virtio", ""),
    ("jit", ""),
    ("firmware", ""),
    ("firmware/lib", ""),
    ("firmware/debian", ""),
    ("firmware/tests", "One program for each rule of the architecture, named for it; its first line is the rule."),
    ("labs", "A folder for each lab: what it asks, how it is run and checked, and its guest program if it has one of its own. [labs.md](labs.md)"),
    ("labs/lib", ""),
    ("bench", ""),
    ("bench/programs", ""),
    ("bench/os", ""),
    ("bench/lib", ""),
    ("bench/guest", ""),
    ("bench/parts", ""),
    ("tests", ""),
    ("tests/unit", "GoogleTest programs, a folder for each folder of the source, a file for each file."),
    ("tests/style", ""),
    ("docs", ""),
)
NOT_IN_TOUR = ("CMakeLists.txt",)


def begin(command):
    return f"<!-- made by tests/style/check.py --write: {command} -->"


END = "<!-- end -->"


def title_of(tree, path):
    if path.endswith(".md"):
        return tree.lines(path)[0].lstrip("# ").strip()
    if path.endswith((".json", ".py")):
        text = first_line(tree, path) if path.endswith(".py") else ""
        return text or ""
    return first_line(tree, path) or ""


def stems(tree, folder):
    """[(names, text)]: a header and its source stand in one row, with the header's text."""
    prefix = folder + "/" if folder else ""
    names = [p[len(prefix):] for p in tree.paths if p.startswith(prefix) and "/" not in p[len(prefix):]]
    names = [n for n in names if n not in NOT_IN_TOUR and not n.startswith(".") and (has_first_line(prefix + n) or n.endswith(".md"))]
    rows = {}
    for name in names:
        rows.setdefault(os.path.splitext(name)[0] if name.endswith((".cpp", ".hpp")) else name, []).append(name)
    out = []
    for stem, group in sorted(rows.items()):
        header = next((n for n in group if n.endswith(".hpp")), group[0])
        label = f"{stem}.hpp, .cpp" if len(group) == 2 else group[0]
        out.append((label, title_of(tree, prefix + header)))
    return out


def tour(tree):
    """The generated part of docs/tour.md."""
    out = []
    present = {os.path.dirname(p) for p in tree.paths}
    # Kinds of tests come and go: each folder right below tests/ that is not listed is one more.
    kinds = sorted({"/".join(d.split("/")[:2]) for d in present if d.startswith("tests/")} - {f for f, _ in TOUR_FOLDERS})
    rows = [(f, t) for f, t in TOUR_FOLDERS]
    at = rows.index(next(r for r in rows if r[0] == "tests/style"))
    rows[at:at] = [(k, "") for k in kinds]
    for folder, text in rows:
        if not any(d == folder or d.startswith(folder + "/") for d in present):
            continue
        files = [] if text else stems(tree, folder)
        if not files and not text:
            continue
        out += ["", f"### {folder + '/' if folder else 'The root'}", ""]
        if text:
            out.append(text)
        elif len(files) > 0:
            out += ["| file | what it is responsible for |", "|---|---|"]
            out += [f"| {name} | {what.replace('|', '&#124;')} |" for name, what in files]
    return "\n".join(out).strip("\n")


GENERATED = ((TOUR, "tour", tour), (CHOICES, "choices", choices.listing))


def with_generated(text, command, part):
    """`text` with the generated part between its marks replaced, or None without marks."""
    pattern = re.compile(re.escape(begin(command)) + r"\n.*?" + re.escape(END), re.S)
    if not pattern.search(text):
        return None
    return pattern.sub(lambda _: f"{begin(command)}\n\n{part}\n\n{END}", text)


def check_generated(tree, exceptions):
    for path, command, make in GENERATED:
        if path not in tree:
            continue
        wanted = with_generated(tree.text(path), command, make(tree))
        if wanted is None:
            yield f"{path}: the marks around its generated part are gone"
        elif wanted != tree.text(path):
            yield f"{path} is not current: tests/style/check.py --write"


def write(tree, root):
    for path, command, make in GENERATED:
        wanted = with_generated(tree.text(path), command, make(tree))
        if wanted is None:
            raise SystemExit(f"{path}: the marks around its generated part are gone")
        with open(os.path.join(root, path), "w", encoding="utf-8") as file:
            file.write(wanted)


# --- what pages name ------------------------------------------------------------------------------

LINK = re.compile(r"\]\((?!https?://|#|mailto:)([^)#\s]+)(?:#[^)]*)?\)")
SPAN = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")
FENCE = re.compile(r"^```[^\n]*\n(.*?)^```", re.S | re.M)
PATH = re.compile(r"(?:cpu|mmu|devices|jit|machine|cli|firmware|tests|bench|docs|labs)/[\w./*{},-]*")
OPTION_ROW = re.compile(r'^(?:OPTION\(\w+|IGNORED\()\s*,?\s*"([^"]+)"', re.M)
COMMAND_ROW = re.compile(r"^COMMAND\((\w+)", re.M)
OWN_OPTIONS = {"help", "help-all", "version", "json", "update"}


def pages(tree):
    return [p for p in tree.paths if p == "README.md" or (p.startswith("docs/") and p.endswith(".md"))]


def expand(path):
    match = re.search(r"\{([^}]*)\}", path)
    if not match:
        return [path]
    return [e for part in match.group(1).split(",") for e in expand(path[:match.start()] + part + path[match.end():])]


def exists(tree, path):
    if "*" in path:
        pattern = re.compile("[^/]*".join(map(re.escape, path.split("*"))) + "$")
        return any(pattern.match(p) for p in tree.paths)
    path = path.rstrip("/")
    return path in tree or any(p.startswith(path + "/") for p in tree.paths)


def known_options(tree):
    names = {n for row in OPTION_ROW.findall(tree.text("cli/options.inc")) for n in row.split()}
    return {n.lstrip("+") for n in names} | OWN_OPTIONS


def check_names(tree, exceptions):
    options = known_options(tree)
    commands = set(COMMAND_ROW.findall(tree.text("cli/commands.inc")))
    for page in pages(tree):
        text = tree.text(page)
        for target in LINK.findall(text):
            if not exists(tree, os.path.normpath(os.path.join(os.path.dirname(page), target))):
                yield f"{page}: its link {target} leads nowhere"
        prose = FENCE.sub("", text)
        for span in SPAN.findall(prose):
            if PATH.fullmatch(span):
                for path in expand(span):
                    if not exists(tree, path) and not exceptions.excuse("names", page, span):
                        yield f"{page}: `{path}` is no file or folder"
            elif re.fullmatch(r"--?[a-z][\w-]*(?:[= ].*)?", span):
                name = re.split(r"[= ]", span.lstrip("-"))[0]
                if name not in options and not exceptions.excuse("names", page, span):
                    yield f"{page}: no option is called `{span}`"
        for block in FENCE.findall(text) + SPAN.findall(prose):
            for line in block.splitlines():
                words = re.search(r"(?:^|\s)(?:\./|build/release/)?rvx\s+([a-z]+)\b(.*)", line)
                if not words or words.group(1) not in commands:
                    continue
                for option in re.findall(r"(?<=\s)--([a-z][\w-]*)", re.sub(r"'[^']*'", "", words.group(2))):
                    if option not in options and not exceptions.excuse("names", page, option):
                        yield f"{page}: no option is called --{option}: {line.strip()}"


def check_options_told(tree, exceptions):
    """docs/running.md tells every option and every command."""
    page = "docs/running.md"
    if page not in tree:
        return
    text = tree.text(page)
    for row in re.findall(r'^OPTION\(\w+, "([^"]+)"', tree.text("cli/options.inc"), re.M):
        first = row.split()[0]
        spelled = ("-" if len(first) == 1 else "--") + first
        if not re.search(r"(?<![\w-])" + re.escape(spelled) + r"(?![\w-])", text) and not exceptions.excuse("options-told", page, first):
            yield f"{page} does not tell {spelled}"
    for command in COMMAND_ROW.findall(tree.text("cli/commands.inc")):
        if f"rvx {command}" not in text:
            yield f"{page} does not tell rvx {command}"
