#!/usr/bin/env python3
"""Checks the rules of style over all files that git tracks; --write makes the generated parts of docs/."""
import argparse
import os
import sys

import choices
import docs
import formatting
import includes
import texts
from tree import ROOT, Exceptions, Tree

RULES = {
    "includes": includes.check,
    "first-lines": texts.check_first_lines,
    "length": texts.check_length,
    "exits": texts.check_exits,
    "hosts": texts.check_hosts,
    "addresses": texts.check_addresses,
    "choices": choices.check,
    "generated": docs.check_generated,
    "names": docs.check_names,
    "options-told": docs.check_options_told,
    "format": formatting.check,
}
SKIPPED = 77  # what ctest takes for skipped


def problems(rule, tree, exceptions):
    yield from RULES[rule](tree, exceptions)
    for _, path, detail, _ in exceptions.unused(rule):
        yield f"tests/style/exceptions.txt: nothing needs '{rule} | {path} | {detail}' any more"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("rules", nargs="*", metavar="RULE", help="of " + ", ".join(RULES) + "; default: all that can be checked here")
    parser.add_argument("--write", action="store_true", help="make the generated parts of docs/tour.md and docs/choices.md")
    arguments = parser.parse_args()
    unknown = [r for r in arguments.rules if r not in RULES]
    if unknown:
        parser.error(f"no rule is called {unknown[0]}; there are {', '.join(RULES)}")
    tree = Tree()
    if arguments.write:
        docs.write(tree, ROOT)
        return 0
    if arguments.rules == ["format"] and not formatting.is_possible():
        print(f"{formatting.TOOL} is not installed")
        return SKIPPED
    with open(os.path.join(ROOT, "tests/style/exceptions.txt"), encoding="utf-8") as file:
        exceptions = Exceptions(file.read())
    wrong = [p for r in arguments.rules or RULES if r != "format" or formatting.is_possible() for p in problems(r, tree, exceptions)]
    print("\n".join(wrong) if wrong else "nothing to complain about")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
