#!/usr/bin/env python3
"""Tests of conformance/run with a stand-in for deqp-vk that passes, fails, crashes, hangs, eats memory and writes garbage by name.

usage: test_runner.py [unittest options]
"""
import gzip
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
CONFORMANCE = os.path.join(HERE, "..", "..", "conformance")
RUN = os.path.join(CONFORMANCE, "run")
FAKE = os.path.join(HERE, "fake_deqp")
sys.dont_write_bytecode = True
sys.path.insert(0, CONFORMANCE)
from runner import cases, deqp, engine, expect, results  # noqa: E402 (the path is set above)

P = "dEQP-VK.fake."


class RunnerTest(unittest.TestCase):
    def setUp(self):
        self.dir = tempfile.mkdtemp(prefix="pumice-test-")
        self.addCleanup(shutil.rmtree, self.dir)
        self.env = dict(os.environ, XDG_CACHE_HOME=os.path.join(self.dir, "cache"), FAKE_STARTS=os.path.join(self.dir, "starts"),
                        PYTHONDONTWRITEBYTECODE="1")
        self.out = os.path.join(self.dir, "out")
        with open(os.path.join(self.dir, "fake_icd.json"), "w") as f:
            f.write('{"ICD": {"library_path": "./libfake.so"}}')

    def command(self, *args, suite=("--deqp", FAKE)):
        return [sys.executable, RUN, *suite, "--icd", os.path.join(self.dir, "fake_icd.json"), "--out", self.out, "--jobs", "2", *args]

    def run_it(self, *args, **kw):
        return subprocess.run(self.command(*args, **kw), env=self.env, capture_output=True, text=True, timeout=60)

    def statuses(self, folder=None):
        return results.read_results(os.path.join(folder or self.out, "results.txt.gz"))[1]

    def starts(self):
        with open(self.env["FAKE_STARTS"]) as f:
            return len(f.readlines())

    def wait_for_passes(self, count):
        """Waits until the run's journal has so many; its path."""
        journal = os.path.join(self.out, "journal.txt")
        for _ in range(400):
            time.sleep(0.05)
            if os.path.exists(journal):
                with open(journal) as f:
                    if f.read().count("\tPass\t") >= count:
                        break
        return journal

    def write(self, name, text):
        path = os.path.join(self.dir, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w") as f:
            f.write(text)
        return path


class Batches(RunnerTest):
    def test_every_kind_of_end(self):
        """A bad case costs itself: every other case has its own result, whatever its neighbours did."""
        listed = self.write("list", "".join(n + "\n" for n in fake_names() if ".hang." not in n))
        done = self.run_it("--timeout", "30", "--memory", "150", "--batch", "1000", "--list", listed)
        got = self.statuses()
        of = {"device": "Pass", "pass": "Pass", "fail": "Fail", "unsupported": "NotSupported", "warning": "QualityWarning", "crash": "Crash", "abort": "Crash",
              "vanish": "Crash", "memory": "OutOfMemory", "leak": "Pass", "garbage": "Crash", "flood": "Fail",
              "after": "Pass", "lost": "DeviceLost", "strange": "InternalError", "terminate": "Crash", "slow": "Pass"}
        want = {name: of[name.split(".")[2]] for name in cases.read_list(listed)}
        self.assertEqual(got, want)
        self.assertEqual(done.returncode, 1, done.stderr)
        with open(os.path.join(self.out, "failures.txt")) as f:
            failures = f.read()
        self.assertIn("fake.crash.0\tCrash", failures)
        self.assertIn("SIGSEGV", failures)
        self.assertIn("assertion failed: x > 0", failures)
        self.assertIn("image differs <a lot>", failures)
        self.assertIn("between cases: SIGBUS", failures)
        self.assertIn("it runs again alone", failures)
        self.assertIn("deviceName Fake (one)", done.stderr)
        self.assertFalse(os.path.exists(os.path.join(self.out, "journal.txt")))

    def test_hang(self):
        done = self.run_it("--timeout", "2", "--batch", "1000", "--glob", P + "hang.0", "--glob", P + "pass.?", "--jobs", "1")
        got = self.statuses()
        self.assertEqual(got.pop(P + "hang.0"), "Timeout", done.stderr)
        self.assertEqual(set(got.values()), {"Pass"})
        self.assertEqual(len(got), 10)

    def test_time_limit(self):
        for wall_s, used_s, want in ((9.0, 9.0, False), (11.0, 11.0, True), (11.0, 0.1, True), (60.0, 6.0, False), (60.0, 22.0, True),
                                     (101.0, 9.0, True)):
            self.assertEqual(engine.too_long(10.0, wall_s, used_s), want, (wall_s, used_s))
        self.assertGreater(engine.processor_s(os.getpid()), 0.0)

    def test_name_unknown_to_the_suite(self):
        path = self.write("list", f"{P}pass.0\n{P}nothing.7\n{P}pass.1\n")
        self.assertEqual(self.run_it("--list", path).returncode, 1)
        self.assertEqual(self.statuses(), {P + "nothing.7": "Missing", P + "pass.0": "Pass", P + "pass.1": "Pass"})

    def test_suite_that_does_not_start(self):
        self.env["FAKE_BROKEN"] = "1"
        done = self.run_it("--list", self.write("list", "".join(f"{P}pass.{i}\n" for i in range(12))))
        self.assertEqual(done.returncode, 2)
        self.assertIn("does not start: exit code 1: no driver found", done.stderr)
        self.assertLess(self.starts(), 10)

    def test_resume(self):
        """Killed at any moment, the run goes on where it was; its processes are gone with it."""
        self.env["FAKE_HOLD"] = os.path.join(self.dir, "go")  # however slow this test is, the run does not end before it is killed
        process = subprocess.Popen(self.command("--group", P + "slow", "--batch", "3"), env=self.env, stderr=subprocess.DEVNULL)
        journal = self.wait_for_passes(2)
        process.send_signal(signal.SIGKILL)
        process.wait()
        with open(journal) as f:
            done_before = f.read().count("\tPass\t")
        self.assertTrue(2 <= done_before < 6)
        with open(journal, "a") as f:
            f.write(P + "slow.5\tFai")  # torn
        time.sleep(0.1)
        with open(self.env["FAKE_STARTS"]) as f:
            for pid in f.read().split():
                self.assertFalse(running_fake(pid))
        self.write("go", "")
        again = self.run_it("--group", P + "slow", "--batch", "3")
        self.assertEqual(again.returncode, 0, again.stderr)
        self.assertFalse([n for n in os.listdir("/tmp") if n.startswith(f"pumice-conformance-{process.pid}-")])
        self.assertIn(f"{done_before} of 6 cases are done", again.stderr)
        self.assertEqual(set(self.statuses().values()), {"Pass"})
        self.assertEqual(len(self.statuses()), 6)

    def test_interrupt_and_other_run(self):
        process = subprocess.Popen(self.command("--group", P + "slow", "--batch", "3"), env=self.env, stderr=subprocess.DEVNULL)
        self.wait_for_passes(1)
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(10), 130)
        other = self.run_it("--group", P + "pass")
        self.assertEqual(other.returncode, 2)
        self.assertIn("another run (selection differs)", other.stderr)
        self.assertEqual(self.run_it("--group", P + "pass", "--restart").returncode, 0)
        self.assertEqual(len(self.statuses()), 12)

    def test_driver_replaced_meanwhile(self):
        library = self.write("libfake.so", "one")
        process = subprocess.Popen(self.command("--group", P + "slow"), env=self.env, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.wait_for_passes(1)
        with open(library, "w") as f:
            f.write("two")
        out = process.communicate(timeout=20)[0]
        self.assertEqual(process.returncode, 1)
        self.assertIn("the driver changed on disk", out)

    def test_prefix_and_env(self):
        wrapper = self.write("wrapper", '#!/bin/sh\n[ "$1" = peer ] && [ "$WORD" = x ] || exit 9\nshift 2\nexec "$@"\n')
        os.chmod(wrapper, 0o755)
        command = [sys.executable, RUN, "--deqp", FAKE, "--prefix", f"{wrapper} peer --", "--out", self.out, "--group", P + "pass", "--env", "WORD=x"]
        done = subprocess.run(command, env=self.env, capture_output=True, text=True, timeout=60)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(len(self.statuses()), 12)


class Amber(RunnerTest):
    def test_scripts(self):
        for word in ("pass", "fail", "crash", "unsupported"):
            self.write(f"scripts/{word[0]}/{word}.amber", word)
        done = self.run_it("--scripts", os.path.join(self.dir, "scripts"), suite=("--amber", os.path.join(HERE, "fake_amber")))
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertEqual(self.statuses(), {"amber.p.pass": "Pass", "amber.f.fail": "Fail", "amber.c.crash": "Crash",
                                           "amber.u.unsupported": "NotSupported"})
        self.assertIn("Verifier failed", done.stdout)


class Choice(RunnerTest):
    def names(self, *args):
        done = self.run_it("--print", *args)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout.split()

    def test_selection(self):
        self.assertEqual(self.names("--group", P + "fail"), [P + f"fail.{i}" for i in range(3)])
        self.assertEqual(self.names("--group", P + "fai", "--glob", "*.crash.?"), [P + "crash.0", P + "crash.1"])
        path = self.write("list", f"# comment\n{P}hang.0 # why\n\n{P}abort.0\tFail\t0.1\n! note\n")
        self.assertEqual(set(self.names("--list", path)), {P + "abort.0", P + "hang.0"})
        self.assertEqual(self.names("--caselist", path, "--glob", "*hang*"), [P + "hang.0"])
        everything = self.names()
        self.assertEqual(len(everything), len(set(everything)))
        self.assertEqual(self.starts(), 1)  # the list came from the binary once and from the cache then

    def test_fraction(self):
        path = self.write("many", "".join(f"a.b{i % 7}.c{i}\n" for i in range(5000)))
        tenth = self.names("--caselist", path, "--fraction", "0.1", "--seed", "7")
        self.assertEqual(tenth, self.names("--caselist", path, "--fraction", "0.1", "--seed", "7"))
        self.assertTrue(400 < len(tenth) < 600)
        self.assertEqual(tenth[:2], ["a.b5.c19", "a.b5.c26"])  # the same cases on every machine
        self.assertTrue(set(tenth) < set(self.names("--caselist", path, "--fraction", "0.2", "--seed", "7")))
        self.assertNotEqual(tenth, self.names("--caselist", path, "--fraction", "0.1", "--seed", "8"))

    def test_hostile_names(self):
        for bad in ("no-dots\n", "a.b;rm -rf\n", "../../etc.passwd x\n", "a..b\n", "a.b\0c\n"):
            self.assertEqual(self.run_it("--print", "--caselist", self.write("bad", bad)).returncode, 2, bad)
        self.assertEqual(self.run_it("--print", "--list", os.path.join(self.dir, "absent")).returncode, 2)

    def test_quick_list(self):
        names = [f"r.g{g}.s{s}.c{c}" for g in range(3) for s in range(2) for c in range(1 + 20 * g)]
        picked = cases.pick_quick(names, 10)
        self.assertEqual(len(picked), 10)
        self.assertEqual(len({n.rsplit(".", 1)[0] for n in picked}), 6)  # every group has one before any has many
        self.assertEqual(picked, sorted(picked, key=names.index))
        self.assertEqual(cases.pick_quick(list(reversed(names)), 10)[::-1], picked)
        path = self.write("quick", "# a comment\n" + "\n".join(cases.write_quick(picked)) + "\n")
        self.assertEqual(list(cases.read_quick(path)), picked)
        for bad in ("1 a.b\n", "0\n", "x a.b\n"):
            with self.assertRaises(cases.CaseError):
                list(cases.read_quick(self.write("bad", bad)))

    def test_own_quick_list(self):
        names = list(cases.read_quick(os.path.join(CONFORMANCE, "quick.txt")))
        self.assertTrue(500 < len(names) <= 2000)
        self.assertEqual(len(set(names)), len(names))
        self.assertTrue(all(cases.NAME.match(n) for n in names))


class Expected(RunnerTest):
    def folder(self, **files):
        for name, text in files.items():
            self.write(f"expect/{name}.txt", text)
        return os.path.join(self.dir, "expect")

    def test_all_as_expected(self):
        folder = self.folder(fails=f"# wrong rounding\n{P}fail.*\n\n# not yet\n{P}crash.0\n{P}crash.1\n", skips=f"# takes an hour\n{P}hang.*\n")
        done = self.run_it("--expect", folder, "--glob", P + "[fch]*", "--glob", P + "pass.*", "--list", self.write("none", ""), "--timeout", "20",
                           "--caselist", self.write("l", "".join(f"{P}{n}\n" for n in ("fail.0", "fail.1", "crash.0", "hang.0", "pass.0"))))
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertEqual(self.statuses()[P + "hang.0"], "Skipped")

    def test_surprises(self):
        folder = self.folder(fails=f"# one\n{P}fail.0\n{P}pass.3\n\n# two\n{P}unsupported.*\n", flakes=f"# depends on time\n{P}fail.2\n")
        done = self.run_it("--expect", folder, "--group", P + "fail", "--group", P + "pass", "--group", P + "unsupported")
        self.assertEqual(done.returncode, 1)
        said = [line for line in done.stdout.splitlines() if P in line and "|" not in line]
        self.assertEqual(len(said), 2, said)
        self.assertIn(f"Fail: {P}fail.1: fails, not in the expectations", done.stdout)
        self.assertIn(f"Pass: {P}pass.3: passes, though", done.stdout)

    def test_cause_is_required(self):
        for bad in ("a.b\n", "# why\na.b\n\nc.d\n", "# why\na.b\n# late\nc.d\n"):
            with self.assertRaises(expect.ExpectError):
                expect.Expectations(self.folder(fails=bad))

    def test_own_expectations(self):
        expect.Expectations(os.path.join(CONFORMANCE, "expectations"))
        self.assertEqual({n for n in os.listdir(os.path.join(CONFORMANCE, "expectations"))} - {k + ".txt" for k in expect.KINDS}, set())


class Files(RunnerTest):
    def result(self, name, **statuses):
        path = os.path.join(self.dir, name)
        results.write_results(path, {"device": name}, list(statuses), {n: (s, 0.5) for n, s in statuses.items()})
        return path

    def tool(self, *args):
        return subprocess.run([sys.executable, RUN, *args], env=self.env, capture_output=True, text=True, timeout=20)

    def test_comparison(self):
        old = self.result("old.gz", a="Pass", b="Pass", c="Fail", d="NotSupported", e="Pass", f="Pass", g="QualityWarning")
        new = self.result("new.txt", a="Pass", b="Crash", c="Pass", d="Pass", e="NotSupported", g="Pass", h="Pass")
        done = self.tool("--compare", old, new)
        self.assertEqual(done.returncode, 1)
        lines = done.stdout.splitlines()
        self.assertEqual(lines[0], "6 cases in both, 2 in one only; 2 better, 2 worse")
        self.assertEqual(lines[1], "of the worse, 1 passed and are not supported, 1 passed and fail")
        self.assertEqual(lines[2:], ["worse: b: Pass -> Crash", "worse: e: Pass -> NotSupported", "better: c: Fail -> Pass",
                                     "better: d: NotSupported -> Pass"])
        self.assertEqual(self.tool("--compare", old, old).returncode, 0)

    def test_same_bytes(self):
        paths = [self.result(n, a="Pass", b="Fail") for n in ("one.gz", "two.gz")]
        texts = [gzip.decompress(open(p, "rb").read()) for p in paths]
        self.assertEqual(texts[0].replace(b"one", b"two"), texts[1])
        self.assertIn(b"\na Pass 0.500\n", texts[0])
        if shutil.which("zstd"):
            self.assertEqual(results.read_results(self.result("r.zst", a="Pass")), ({"device": "r.zst"}, {"a": "Pass"}))

    def test_damaged_results(self):
        whole = open(self.result("r.gz", a="Pass"), "rb").read()
        for name, data in (("cut.gz", whole[:-5]), ("not.gz", b"text"), ("bad.txt", b"a Pass\n"), ("word.txt", b"a Passed 1.0\n")):
            path = os.path.join(self.dir, name)
            with open(path, "wb") as f:
                f.write(data)
            self.assertEqual(self.tool("--table", path).returncode, 2, name)

    def test_table(self):
        text = results.table({"a.b.x": "Pass", "a.b.y": "Crash", "a.c.x": "NotSupported", "b.c.d": "Waiver"}, 2)
        self.assertEqual(text.splitlines(), ["| group | cases | pass | not supported | fail | crash |", "|---|---|---|---|---|---|",
                                             "| a.b | 2 | 1 | 0 | 0 | 1 |", "| a.c | 1 | 0 | 1 | 0 | 0 |", "| b.c | 1 | 1 | 0 | 0 | 0 |",
                                             "| **all** | 4 | 2 | 1 | 0 | 1 |"])

    def test_log_in_pieces(self):
        """The log's events do not depend on where reads cut it."""
        text = (b'#beginTestCaseResult a.b\n<Result StatusCode="Fail">x &gt; y</Result>\n#endTestCaseResult\njunk\n'
                b'#beginTestCaseResult a.c\n <Number Name="TestDuration" Unit="us">2000000</Number>\n<Result StatusCode="Pass">ok</Result>\n'
                b"#endTestCaseResult\n#endSession\n")
        want = [("begin", "a.b"), ("end", "a.b", "Fail", None, "x > y"), ("begin", "a.c"), ("end", "a.c", "Pass", 2.0, "ok"), ("over",)]
        for size in (1, 7, 1000):
            log = deqp.Log()
            got = [e for i in range(0, len(text), size) for e in log.feed(text[i:i + size]) if e[0] != "text"]
            self.assertEqual(got, want)

    def test_foreign_journal(self):
        path = self.write("out/journal.txt", "not json\n")
        with self.assertRaises(results.ResultError):
            results.Journal(path, {"format": 1})
        with open(path, "w") as f:
            f.write(json.dumps({"format": 1, "suite": None}) + "\na.b\tPass\t0.1\tok\nrubbish\n\xff\tPass\t1\n!note\n")
        journal = results.Journal(path, {"format": 1})
        journal.close()
        self.assertEqual((journal.cases, journal.notes), ({"a.b": ("Pass", 0.1, "ok")}, ["note"]))


def fake_names():
    """The names of all cases of the stand-in."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([FAKE, "--deqp-runmode=txt-caselist", "--deqp-caselist-export-file=" + os.path.join(folder, "${packageName}.txt")], check=True)
        with open(os.path.join(folder, "dEQP-VK.txt")) as f:
            return [line[6:-1] for line in f if line.startswith("TEST: ")]


def running_fake(pid):
    try:
        with open(f"/proc/{pid}/cmdline") as f:
            return "fake_deqp" in f.read()
    except OSError:
        return False


if __name__ == "__main__":
    unittest.main()
