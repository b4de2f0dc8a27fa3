"""`rvx lab`: two reference labs on a stand-in for rvx, what is wrong with labs, reports, kept results, answers."""

import json
import os
import re
import shutil
from html.parser import HTMLParser
from xml.etree import ElementTree

from harness import PASS, SOURCE, CliTest, assemble, load_json, main, path, rvx, write_file

LABS = os.path.join(SOURCE, "tests", "cli", "labs")
CHILD = os.path.join(SOURCE, "tests", "cli", "lab_child.py")
GOOD, WRONG = os.path.join(LABS, "good"), os.path.join(LABS, "wrong")


def lab(*arguments, **changes):
    changes = {"RVX_CACHE": path("cache"), "RVX_LAB_PROGRAM": CHILD, **changes}
    return rvx("lab", *arguments, **changes)


def relaxed(text):
    return json.loads(re.sub(r"^//.*\n", "", text))


def changed(name, source=GOOD, **parts):
    """A copy of a lab in the scratch folder, with members of its lab.json replaced; None removes one."""
    folder = path(name)
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(source, folder)
    with open(os.path.join(folder, "lab.json"), encoding="utf-8") as file:
        text = relaxed(file.read())
    for key, value in parts.items():
        if value is None:
            del text[key]
        else:
            text[key] = value
    write_file(f"{name}/lab.json", json.dumps(text))
    return folder


class Page(HTMLParser):
    """Notices what a page would load, and elements that are not closed."""

    EMPTY = {"meta", "br"}

    def __init__(self, text):
        super().__init__()
        self.loaded, self.open, self.wrong = [], [], []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attributes):
        names = dict(attributes)
        if {"src", "href", "data"} & set(names) or tag in ("script", "link", "iframe", "img"):
            self.loaded.append((tag, names))
        if tag not in self.EMPTY:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        pass

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.wrong.append(tag)


class Running(CliTest):
    def test_claims_that_hold(self):
        run = self.expect(lab("run", GOOD), 0)
        text = run.out.decode()
        self.assertEqual(text.count("\npass "), 7, text)
        self.assertIn("flat up to 16, risen at 32; expected at 30 pages", text)
        self.assertIn("The slide says  A process switch flushes the TLB.\nMeasured        0 misses with identifiers, 3 and more", text)
        self.assertRegex(text, r"\nHolds .* use them: [1-9][0-9]* at most\.\n")
        self.assertEqual(run.err, "")

    def test_claims_that_fail_are_the_status(self):
        text = self.expect(lab("run", WRONG), 1).out.decode()
        self.assertEqual(text.count("\nFAIL "), 8, text)
        for figures in ("not at 3 of 4 points", "pages=1: 3 == 1 or 1 == 4 (misses 3)", "no point is one it speaks of", "3 >= 4", "flat up to 4, risen at 8; expected at 2",
                        "stays at its level up to 8", "pages=8: there is no point with pages = 16"):
            self.assertIn(figures, text)

    def test_claims_without_points_are_not_applicable_in_a_quick_run(self):
        text = self.expect(lab("run", WRONG, "--quick"), 1).out.decode()
        self.assertEqual((text.count("\nFAIL "), text.count("\nnot applicable ")), (2, 6), text)

    def test_a_failed_point_is_told_and_the_others_finish(self):
        for engine in ("interp", "jit"):
            run = self.expect(lab("run", GOOD, "--set", "pages=4,13", "--engine", engine), 1)
            text = run.out.decode()
            self.assertEqual(text.count("failed: "), 4, text)
            self.assertIn("pages=13: it ended with status 3: error: unlucky", text)
            self.assertIn("lru          asid        4         0.0", text)
            self.assertIn("FAIL            flush-is-exact", text)

    def test_values_that_are_set_are_the_sweep(self):
        text = self.expect(lab("run", GOOD, "--set", "pages=5", "--set", "replacement=fifo,lru", "--set", "policy=flush"), 0).out.decode()
        self.assertEqual(len(re.findall(r"^(fifo|lru) +flush +5 ", text, re.M)), 2, text)

    def test_a_student_has_values_of_their_own(self):
        def values(student):
            report = path("student.json")
            self.assertIn(lab("run", GOOD, "--student", student, "--json", report).status, (0, 1))
            return sorted({point["parameters"]["pages"] for point in load_json(report)["points"]})

        self.assertEqual(values("ada"), values("ada"))
        self.assertNotEqual(values("ada"), values("grace"))
        self.assertTrue(all(1 <= pages <= 1024 for pages in values("ada")))

    def test_results_are_kept_and_used_again(self):
        log = path("log.txt")

        def ran(folder, *options):
            write_file("log.txt", "")
            self.expect(lab("run", folder, "--set", "pages=2,4", *options, RVX_CACHE=path("kept"), RVX_LAB_LOG=log), 0)
            with open(log, encoding="utf-8") as file:
                return len(file.readlines())

        folder = changed("kept-lab")
        self.assertEqual([ran(folder), ran(folder), ran(folder, "--engine", "interp"), ran(folder, "--fresh")], [8, 0, 8, 8])
        write_file("kept-lab/guest.elf", "another guest")
        self.assertEqual([ran(folder), ran(folder)], [8, 0])

    def test_all_jobs_give_the_same(self):
        reports = []
        for jobs in ("1", "7"):
            self.expect(lab("run", GOOD, "-j", jobs, "--fresh", "--json", path("jobs.json")), 0)
            reports.append(load_json(path("jobs.json")))
            del reports[-1]["host"]
        self.assertEqual(*reports)

    def test_list_tells_the_labs_of_the_source_tree(self):
        write_file("tree/firmware/debian/fetch.sh", "")
        shutil.copytree(GOOD, path("tree/labs/good"))
        text = self.expect(lab("list", RVX_ROOT=path("tree")), 0).out.decode()
        self.assertRegex(text, r"^good +0.5 min  How much does an address-space identifier save")
        self.expect(lab("run", "good", RVX_ROOT=path("tree")), 0)
        self.expect_error(lab("run", "god", RVX_ROOT=path("tree")), 127, "no lab is called 'god'; did you mean good?")


EVENTS = """rvx events 1 harts 2
10 0 100 10009 676e6970 process-name
20 0 120 100010001 0 switch
35 0 150 100010006 80001000 trap-return
50 1 40 2 0 idle
90 0 400 100010805 3f trap
95 0 420 100010003 88 block
99 0 430 100020301 10001 switch
"""


class Stepping(CliTest):
    def test_without_a_terminal_all_steps_are_printed(self):
        text = self.expect(lab("step", write_file("events", EVENTS)), 0).out.decode()
        self.assertEqual(text.count("\nstep ") + text.startswith("step "), 7, text)
        third, fourth = (text[text.index(f"step {n} of 7"):text.index(f"step {n + 1} of 7")] for n in (3, 4))
        self.assertIn("30 instructions and 15 ns after this hart's step before", third)
        self.assertRegex(third, r"\| >USER +RUNS: process 1 \(ping\), thread 1 ")
        self.assertRegex(third, r"\| >HART 0 +root: page table of process 1 \(ping\)")
        self.assertRegex(fourth, r"\| >HART 1 +root: the kernel's")
        self.assertRegex(text, r"waiting: 1\.1")
        self.assertNotIn("TLB", text)
        for line in text.splitlines():
            self.assertLessEqual(len(line), 80)

    def test_the_root_and_the_tlb_are_those_of_the_step(self):
        # Gigapages one to one, and two pages of 4 KiB in two address spaces; an event after each touch and one after a fence.
        def touch(asid, page):
            return f"csrr t0, satp\nli t1, 0xf0000fffffffffff\nand t0, t0, t1\nli t1, {asid} << 44\nor t0, t0, t1\ncsrw satp, t0\nli t0, {page}\nlw t0, 0(t0)\n" + mark
        mark = "li t0, 32\nsltu x0, t0, t0\n"
        program = assemble("""
  la t0, middle
  srli t0, t0, 2
  ori t0, t0, 1
  la t1, root
  sd t0, 0(t1)
  li t0, 0x200000ef
  sd t0, 16(t1)
  la t0, last
  srli t0, t0, 2
  ori t0, t0, 1
  la t2, middle
  sd t0, 0(t2)
  li t0, 0x200000cf
  la t2, last
  sd t0, 24(t2)
  sd t0, 40(t2)
  srli t1, t1, 12
  li t0, 8 << 60
  or t0, t0, t1
  csrw satp, t0
  li t0, -1
  csrw pmpaddr0, t0
  li t0, 15
  csrw pmpcfg0, t0
  li t0, 0x20800
  csrs mstatus, t0
""" + mark + touch(1, 0x3000) + touch(2, 0x5000) + "li t0, 1\nsfence.vma x0, t0\n" + mark + "li t0, 0x20000\ncsrc mstatus, t0\n" + PASS + """
.section .bss
.balign 4096
root: .space 4096
middle: .space 4096
last: .space 4096
""")
        texts = []
        for engine in ("interp", "jit"):
            log = path("views.txt")
            self.expect(rvx("run", "--engine", engine, "--jit-threshold", "1", "--jit-synchronous", "--model", "cva6", "--events", log, "--event-views", program), 0)
            texts.append(self.expect(lab("step", log), 0).out.decode())
        self.assertEqual(texts[0].partition("\n")[2], texts[1].partition("\n")[2])
        steps = texts[0].split("\nstep ")[1:]
        self.assertEqual(len(steps), 4)
        for step, asid, used, row in zip(steps, (0, 1, 2, 2), (0, 1, 2, 1), (None, "1" + "." * 15, "12" + "." * 14, ".2" + "." * 14)):
            self.assertRegex(step, rf"HART 0 +root: Sv39 table at 0x8000[0-9a-f]+000, ASID {asid} ")
            self.assertRegex(step, rf"DATA TLB +{used} of 16 pages;")
            if row is not None:
                self.assertIn(f" {row} ", step)
        self.assertRegex(steps[2], r"1 put in, 0 made room, 0 fenced")
        self.assertRegex(steps[3], r"0 put in, 0 made room, 1 fenced")
        self.assertRegex(steps[3], r"0 misses, 0 walks, 1 fences")
        self.assertIn("2 = ASID 2: 1 page ", steps[2])

    def test_files_that_are_no_events(self):
        for content, status, what in (("rvx events 1 harts 1\n", 125, "left no events"), ("hello\n", 126, "is no log of events"), ("rvx events 1 harts 1\n1 2\n", 126, "line 2: no event"),
                                      ("rvx events 1 harts 1\n1 1 1 1 1 x\n", 126, "line 2: there is no hart 1"),
                                      ("rvx events 1 harts 1\n1 0 1 20 0 mark\nview speed=3\n", 126, "the view at event 1 is none: speed=3")):
            self.expect_error(lab("step", write_file("no-events", content)), status, "no-events", what)


class Reports(CliTest):
    def test_json_has_every_counter_and_no_host_time_outside_of_host(self):
        report = path("good.json")
        self.expect(lab("run", GOOD, "--json", report), 0)
        all_of_it = load_json(report)
        point = all_of_it["points"][5]
        self.assertEqual(point["parameters"], {"replacement": "lru", "policy": "asid", "pages": 32})
        self.assertEqual(point["measurements"]["switch"]["l1d-tlb.load-misses"], 340)
        self.assertEqual(point["counters"]["counters"]["cycles"], 1000 * 32 + 20 * 340)
        self.assertEqual((point["guest"]["instret"], point["columns"]["misses"]), (32000, 34))
        self.assertIn("replacement = lru  # changed by the lab", all_of_it["models"][point["model"]]["text"])
        self.assertEqual({claim["verdict"] for claim in all_of_it["claims"]}, {"pass"})
        host = all_of_it.pop("host")
        self.assertEqual(host["points"][0]["columns"], {"mips": 123.4})
        self.assertNotIn("mips", json.dumps(all_of_it))
        self.assertIn("--model rocket.model", host["points"][0]["command"])

    def test_the_page_needs_nothing_else_and_is_well_formed(self):
        page = path("good.html")
        self.expect(lab("run", GOOD, "--set", "pages=4,13,64", "--html", page), 1)
        with open(page, encoding="utf-8") as file:
            text = file.read()
        parsed = Page(text)
        self.assertEqual((parsed.loaded, parsed.wrong, parsed.open), ([], [], []))
        self.assertNotRegex(text.replace("http://www.w3.org/2000/svg", ""), r"https?://|@import|url\(")
        for part in ("How much does an address-space identifier save", "pages touched between switches [pages]", "l1d_tlb", "Holds when",
                     "rvx lab run", "error: unlucky", "two working sets fill the TLB"):
            self.assertIn(part, text)

    def test_plots_are_files_of_their_own(self):
        self.expect(lab("run", GOOD, "--svg", path("plots")), 0)
        self.assertEqual(sorted(os.listdir(path("plots"))), [f"good-{name}.svg" for name in ("bars", "causes", "log", "misses")])
        for name in os.listdir(path("plots")):
            root = ElementTree.parse(path(f"plots/{name}")).getroot()
            self.assertTrue(root.findall(".//{http://www.w3.org/2000/svg}title"), name)

    def test_several_labs_have_reports_in_a_folder(self):
        self.expect(lab("run", GOOD, WRONG, "--html", path("pages")), 1)
        self.assertEqual(sorted(os.listdir(path("pages"))), ["good.html", "wrong.html"])


class Mistakes(CliTest):
    def wrong(self, status, *fragments, options=(), **parts):
        self.expect_error(lab("run", changed("mistake", **parts), *options), status, "mistake/lab.json", *fragments)

    def test_what_stands_in_lab_json(self):
        self.wrong(126, "title: is missing", title=None)
        self.wrong(126, "claim: unknown key; allowed: title", claim=[])
        self.wrong(126, "guest.kind: 'bear'; allowed: bare, kernel, debian", guest={"kind": "bear", "program": "guest"})
        self.wrong(126, "parameters.size: goes nowhere; allowed: {size}", parameters={"size": {"values": [1]}}, columns={}, claims=[], plots=[], sweep={},
                   questions=[], slides=[], guest={"kind": "bare", "program": "guest"}, machine={})
        self.wrong(126, "columns.x: unknown name 'page'; there are replacement, policy, pages", columns={"x": "page * 2"})
        self.wrong(126, "columns.x: host[mips] may stand only where", columns={"x": "host[mips]"})
        self.wrong(126, "claims.c: unknown name 'mises'; there are", claims=[{"name": "c", "text": "?", "each": "mises == 1"}])
        self.wrong(126, "claims.c: mips is host time", claims=[{"name": "c", "text": "?", "each": "mips > 1"}])
        self.wrong(126, "claims.c.each: the closing ' is missing, at ''lru' in", claims=[{"name": "c", "text": "?", "each": "pages == 'lru"}])
        self.wrong(126, "plots.p.by: no parameter is called 'cost'",
                   plots=[{"name": "p", "title": "?", "x": "pages", "y": "cost", "by": ["cost"]}])

    def test_counters_that_no_run_gives(self):
        self.wrong(126, "claims.c: unknown name m[switch l1d-tlb.load-mises]; did you mean l1d-tlb.load-misses?, at ",
                   claims=[{"name": "c", "text": "?", "each": "m[switch l1d-tlb.load-mises] == 1"}])
        self.wrong(126, "columns.x: unknown name m[swich cycles]; did you mean switch?", columns={"x": "m[swich cycles]"}, claims=[], plots=[], questions=[], slides=[])
        self.wrong(126, "claims.c: unknown name out[swichtes]; did you mean switches?", claims=[{"name": "c", "text": "?", "true": "max_over(out[swichtes]) > 0"}])

    def test_a_plot_with_two_points_at_one_x(self):
        self.wrong(126, "plots.p: two points at pages=1: ", plots=[{"name": "p", "title": "?", "x": "pages", "y": "cost", "by": ["policy"]}])

    def test_impossible_models(self):
        machine = {"model": "rocket", "overrides": {"l1d_tlb.replacement": "{replacement}", "l1d_tlb.entries": "48", "l1d_tlb.ways": 5, "l1d_tlb.sector": 1}}
        self.wrong(126, "rocket.model:", "[l1d_tlb] ways: cannot be built; allowed: ", machine=machine)
        self.wrong(126, "rocket.model:", "[l1d_tlb] way: unknown key; allowed: entries", machine={"model": "rocket", "overrides": {"l1d_tlb.replacement": "{replacement}", "l1d_tlb.way": 5}})
        self.wrong(127, "machine.model: there is no model 'rockt'; allowed: ", machine={"model": "rockt", "overrides": {"l1d_tlb.replacement": "{replacement}"}})

    def test_a_guest_that_is_not_built(self):
        self.wrong(127, "guest.program: lab_none.elf is not built", guest={"kind": "bare", "program": "lab_none", "arguments": ["policy={policy}", "pages={pages}"]})

    def test_values_that_are_not_allowed(self):
        for value, allowed in (("pages=0", "pages cannot be '0'; allowed: 1 to 1024"), ("pages=2000", "allowed: 1 to 1024"), ("pages=x", "allowed: 1 to 1024"),
                               ("pages=", "allowed: 1 to 1024"), ("policy=none", "allowed: asid, flush"), ("page=1", "has no parameter 'page'; allowed: replacement, policy, pages"),
                               ("pages", "has no parameter 'pages'")):
            with self.subTest(value=value):
                if value != "pages":
                    self.expect_error(lab("run", GOOD, "--set", value), 125, f"--set {value}", allowed)
                else:
                    self.expect_error(lab("run", GOOD, "--set", value), 125, "--set pages")

    def test_wrong_usage(self):
        for arguments in ([], ["run"], ["rin", GOOD], ["run", GOOD, "-j", "0"], ["run", GOOD, "--engine", "qemu"], ["run", GOOD, "--guest", "debian"], ["new"],
                          ["new", "Name"], ["new", "x", "--kind", "linux"], ["list", "all"], ["predict", GOOD], ["predict", GOOD, "--answer", "q9=1"],
                          ["run", GOOD, "--html", path("nowhere/page.html")], ["run", GOOD, WRONG, "--set", "pages=1"]):
            with self.subTest(arguments=arguments):
                self.expect_error(lab(*arguments), 125)
        self.expect_error(lab("run", path("nowhere/lab")), 127, "there is no lab.json in this folder")
        write_file("broken/lab.json", '{\n "title": "x",\n oops\n}')
        self.expect_error(lab("run", path("broken")), 126, "lab.json:3: no JSON from here on")


class Answers(CliTest):
    def test_guesses_stand_beside_what_was_measured(self):
        cache = path("guesses")
        self.expect(lab("predict", GOOD, "--answer", "q1=50", "--answer", "q2=random", RVX_CACHE=cache), 0)
        text = self.expect(lab("run", GOOD, RVX_CACHE=cache), 0).out.decode()
        self.assertIn("guess: 50; measured: 66", text)
        self.assertIn("guess: random; measured: lru", text)
        self.expect_error(lab("predict", GOOD, "--answer", "q1=many", "--answer", "q2=lru"), 125, "q1: 'many'; allowed: a number")
        self.expect_error(lab("predict", GOOD, "--answer", "q1=1", "--answer", "q2=plru"), 125, "q2: 'plru'; allowed: lru, random")

    def test_an_answer_file_is_graded(self):
        write_file("answers", f"lab = {GOOD}\nq1 = 65  # about\nq2 = lru\n")
        self.assertIn(b"2 of 2 right", self.expect(lab("check", path("answers")), 0).out)
        write_file("answers", f"lab = {GOOD}\nq1 = 60\n")
        text = self.expect(lab("check", path("answers")), 1).out
        self.assertEqual(text, b"FAIL  q1: answered 60, measured 66\nFAIL  q2: no answer\n0 of 2 right\n")

    def test_mistakes_in_an_answer_file(self):
        for content, status, what in ((f"lab = {GOOD}\nq3 = 1\n", 126, "q3: lab"), ("q1 = 1\n", 126, "lab is missing"), (f"lab = {GOOD}\nq1\n", 126, ":2: 'q1'; allowed: name = value"),
                                      (f"lab = {GOOD}\nq1 = 1\nq1 = 2\n", 126, ":3: q1 stands twice")):
            write_file("answers", content)
            self.expect_error(lab("check", path("answers")), status, "answers", what)
        self.expect_error(lab("check", path("no-answers")), 127, "no-answers")

    def test_an_edited_folder_is_graded_by_its_claims(self):
        self.expect(lab("check", GOOD), 0)
        self.expect(lab("check", WRONG), 1)


if __name__ == "__main__":
    main()
