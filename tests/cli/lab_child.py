#!/usr/bin/env python3
"""Stands in for rvx where `rvx lab` is tested: counters by a formula, from the words of --append and the model."""
import json
import os
import re
import sys

words = sys.argv[1:]


def option(name, otherwise=""):
    return words[words.index(name) + 1] if name in words else otherwise


if "RVX_LAB_LOG" in os.environ:  # which points ran, for tests of what is kept
    with open(os.environ["RVX_LAB_LOG"], "a", encoding="utf-8") as log:
        log.write(" ".join(words) + "\n")

arguments = dict(word.split("=", 1) for word in option("--append").split())
pages, policy = int(arguments["pages"]), arguments.get("policy", "flush")
if pages == 13:
    print("the guest says that it cannot")
    print("rvx: error: unlucky", file=sys.stderr)
    sys.exit(3)
entries, replacement = 32, "lru"
if "--model" in words:
    with open(option("--model"), encoding="utf-8") as file:
        model = file.read()
    section = re.search(r"\[l1d_tlb\](.*?)(?=^\[|\Z)", model, re.S | re.M).group(1)
    entries = int(re.search(r"^entries = (\d+)", section, re.M).group(1))
    replacement = re.search(r"^replacement = (\w+)", section, re.M).group(1)

switches, fixed = 10, 2
over = 2 * pages + fixed - entries
flush = pages + fixed
asid = 0 if over <= 0 else flush if replacement == "lru" else round(flush * over / (over + 16))
misses = switches * (flush if policy == "flush" else asid)
print(f"@ switches {switches}")
print("@ time 1.5\n@ time 2.5\r")
print("@ no number")
stats = {
    "guest": {"instret": 1000 * pages, "exceptions": {}, "harts": [{"instret": 1000 * pages}]},
    "model": {"name": "stand-in", "counters": {"l1d-tlb.load-misses": misses, "cycles": 1000 * pages + 20 * misses}},
    "measurements": {"switch": {"count": switches, "instret": 100 * pages, "cycles": 100 * pages + 20 * misses, "l1d-tlb.load-misses": misses,
                                "cycles.walk-memory": 15 * misses, "cycles.fence": 5 * misses}},
    "host": {"mips": 123.4, "wall_s": 0.01},
}
with open(option("--stats").split("=", 1)[1], "w", encoding="utf-8") as file:
    json.dump(stats, file)
