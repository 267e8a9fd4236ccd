"""Options of conformance/run, and what it prints."""
import argparse
import hashlib
import os
import re
import shlex
import signal
import subprocess
import sys
import time

from . import amber, cases, deqp, engine, expect, results

HERE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
TREE = os.path.dirname(HERE)
OWN_ICD = os.path.join(TREE, "build", "pumice_icd.json")
DEVICE_CASE = "dEQP-VK.info.device"

USAGE = """
run [--deqp PATH] [--icd JSON | --prefix "COMMAND"] [which cases] [limits] [--out FOLDER]   run deqp-vk
run --amber PATH --scripts FILE_OR_FOLDER... [--icd ...]                                    run Amber scripts
run --compare OLD NEW                                                                       compare two results
run --table RESULT [--depth N]                                                              table of a result
"""


def parse(argv):
    p = argparse.ArgumentParser(prog="run", usage=USAGE, description="Runs conformance tests on a Vulkan driver. Exit code: 0 all went as "
                                "expected, 1 something did not, 2 it could not run, 130 interrupted (run it again to go on).")
    g = p.add_argument_group("what runs on what")
    g.add_argument("--deqp", default=os.environ.get("DEQP_VK"), metavar="PATH", help="deqp-vk (default: $DEQP_VK)")
    g.add_argument("--deqp-option", action="append", default=[], metavar="OPTION", help="passed on to deqp-vk; repeatable")
    g.add_argument("--amber", metavar="PATH", help="the amber program, instead of deqp-vk")
    g.add_argument("--amber-option", action="append", default=[], metavar="OPTION", help="passed on to amber; repeatable")
    g.add_argument("--scripts", nargs="+", default=[], metavar="PATH", help=".amber files and folders of them")
    g.add_argument("--icd", default=None, metavar="JSON", help="the driver's manifest (default: build/pumice_icd.json)")
    g.add_argument("--prefix", metavar="COMMAND", help='a command that runs a program on the driver, e.g. "some-wrapper some-driver --"')
    g.add_argument("--env", action="append", default=[], metavar="NAME=VALUE", help="environment of the tests; repeatable")
    g = p.add_argument_group("which cases (default: all)")
    g.add_argument("--quick", action="store_true", help="the list conformance/quick.txt")
    g.add_argument("--group", action="append", default=[], metavar="NAME", help="all cases below it; repeatable")
    g.add_argument("--glob", action="append", default=[], metavar="GLOB", help="* stands for dots too; repeatable")
    g.add_argument("--list", action="append", default=[], metavar="FILE", help="cases by name, one a line; repeatable")
    g.add_argument("--fraction", type=float, default=1.0, metavar="F", help="a random part of them, e.g. 0.01")
    g.add_argument("--seed", type=int, default=0, metavar="N", help="of --fraction; the same cases everywhere (default 0)")
    g.add_argument("--caselist", metavar="FILE", help="take this for the list of all cases instead of asking the suite")
    g.add_argument("--print", action="store_true", help="print the names and run nothing")
    g.add_argument("--make-quick", type=int, metavar="N", help="print a quick list of N of them and run nothing")
    g = p.add_argument_group("limits")
    g.add_argument("--jobs", type=int, default=len(os.sched_getaffinity(0)), metavar="N", help="processes at a time (default: one per CPU)")
    g.add_argument("--timeout", type=float, default=120.0, metavar="S", help="seconds for one case, more if the machine is busy with other work (default 120)")
    g.add_argument("--memory", type=int, metavar="MiB", help="resident memory of a process (default: its share of what is free, at most 6144)")
    g.add_argument("--address-space", type=int, default=0, metavar="MiB", help="address space of a process (default: no limit)")
    g.add_argument("--batch", type=int, default=500, metavar="N", help="cases of a process at most (default 500)")
    g = p.add_argument_group("results")
    g.add_argument("--out", metavar="FOLDER", help="results.txt.gz, failures.txt, summary.md (default: build/conformance/NAME of the driver); an "
                   "interrupted run there goes on")
    g.add_argument("--zst", action="store_true", help="results.txt.zst instead of .gz (needs zstd)")
    g.add_argument("--restart", action="store_true", help="throw an interrupted run away")
    g.add_argument("--expect", metavar="FOLDER", help='expectations; "none" for none (default: conformance/expectations for a Pumice manifest)')
    g.add_argument("--depth", type=int, default=2, metavar="N", help="groups of the table have this many components (default 2)")
    g.add_argument("--compare", nargs=2, metavar=("OLD", "NEW"), help="what became better and worse; exit code 1 if anything became worse")
    g.add_argument("--table", metavar="RESULT")
    return p.parse_args(argv)


class Progress:
    """A line on the terminal that is overwritten, or a line every half minute elsewhere."""

    def __init__(self, total, done):
        self.total, self.start_done, self.start_s = total, done, time.monotonic()
        self.terminal = sys.stderr.isatty()
        self.shown_s = self.start_s if not self.terminal else 0.0

    def show(self, counts, force=False):
        now_s = time.monotonic()
        if not force and now_s - self.shown_s < (0.5 if self.terminal else 30.0):
            return
        self.shown_s = now_s
        done = sum(counts.values())
        fresh, spent_s = done - self.start_done, now_s - self.start_s
        left = "?"
        if fresh:
            left_s = int(spent_s / fresh * (self.total - done))
            left = f"{left_s // 3600}:{left_s // 60 % 60:02}:{left_s % 60:02}"
        bad = sum(counts.get(s, 0) for s in results.FAILED)
        line = (f"{done}/{self.total} {100 * done // max(1, self.total)} %, {sum(counts.get(s, 0) for s in results.PASSED)} passed, "
                f"{counts.get('NotSupported', 0)} not supported, {bad} failed, {fresh / max(spent_s, 0.1):.0f}/s, left {left}")
        sys.stderr.write(f"\r{line}\x1b[K" + ("\n" if force else "") if self.terminal else line + "\n")
        sys.stderr.flush()


def say(text):
    print(f"run: {text}", file=sys.stderr, flush=True)


def driver_files(icd):
    """The manifest and the libraries beside the one that it names: what must not change while the tests run."""
    with open(icd, "rb") as f:
        m = re.search(rb'"library_path"\s*:\s*"([^"]+)"', f.read())
    files = [icd]
    if m:
        library = os.path.join(os.path.dirname(icd), m.group(1).decode())
        folder = os.path.dirname(library)
        if os.path.isfile(library):
            stem = os.path.basename(library).split("_")[-1].split(".")[0]
            files += sorted(os.path.join(folder, n) for n in os.listdir(folder) if ".so" in n and stem in n)
    return files


def driver_hash(icd):
    h = hashlib.sha256()
    for path in driver_files(icd)[1:]:
        h.update(cases.file_hash(path).encode())
    return h.hexdigest()[:16]


def tree_version():
    try:
        return subprocess.run(["git", "-C", TREE, "describe", "--always", "--dirty", "--abbrev=10"], capture_output=True, text=True,
                              check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return "unknown"


def ask_device(suite, limits, env):
    """What the driver calls itself, from the suite's own case for that."""
    facts = {}

    def on_text(_, line):
        for m in re.finditer(r"(apiVersion|driverVersion|deviceName): ([^<]*)", line):
            facts[m.group(1)] = m.group(2).strip()
    e = engine.Engine(suite, 1, limits, 1, env, lambda *_: None, say, on_text)
    e.run([DEVICE_CASE], lambda: None)
    return ", ".join(f"{k} {v}" for k, v in facts.items()) or "unknown"


def choose(args, suite_all, scripts):
    """The names of the cases to run, in the suite's order."""
    lists = [cases.read_list(path) for path in args.list]
    if args.quick:
        lists.append(cases.read_quick(os.path.join(HERE, "quick.txt")))
    selection = cases.Selection(args.group, args.glob, lists, args.fraction, args.seed)
    named = bool(args.list or args.quick) and not (args.group or args.glob)
    if args.amber:
        return selection.pick(scripts)
    if args.caselist:
        return selection.pick(cases.read_list(args.caselist))
    # Lists that name everything need no list of all cases.
    return selection.pick(sorted(selection.names) if named else cases.read_list(suite_all()))


def run_tests(args):
    prefix = shlex.split(args.prefix) if args.prefix else []
    env = dict(os.environ)
    icd = None
    if not prefix:
        icd = os.path.abspath(args.icd or OWN_ICD)
        env["VK_DRIVER_FILES"] = env["VK_ICD_FILENAMES"] = icd
    for pair in args.env:
        name, _, value = pair.partition("=")
        env[name] = value
    binary = args.amber or args.deqp
    scripts = amber.find_scripts(args.scripts) if args.amber else {}
    need_binary = not ((args.print or args.make_quick) and (args.caselist or args.amber))
    if need_binary and not (binary and os.path.isfile(binary)):
        raise cases.CaseError("no deqp-vk: give --deqp PATH or set DEQP_VK" if not binary else f"{binary} does not exist")
    binary_hash = cases.file_hash(binary) if need_binary else ""
    suite = amber.Suite(binary, scripts, prefix, args.amber_option) if args.amber else deqp.Suite(binary or "", prefix, args.deqp_option)
    names = choose(args, lambda: cases.suite_list(os.path.abspath(binary), binary_hash, say), scripts)
    if args.make_quick:
        names = cases.pick_quick(names, args.make_quick)
        print("\n".join(cases.write_quick(names)))
        return 0
    if args.print:
        print("\n".join(names))
        return 0
    if not names:
        raise cases.CaseError("no case is selected")
    if icd and not os.path.isfile(icd):
        raise cases.CaseError(f"{icd} does not exist")

    folder = args.expect
    if folder is None and icd and os.path.basename(icd).startswith("pumice"):
        folder = os.path.join(HERE, "expectations")
    expectations = expect.Expectations(None if folder == "none" else folder)

    free_B = os.sysconf("SC_AVPHYS_PAGES") * engine.PAGE_B
    memory_MiB = args.memory or max(512, min(6144, int(free_B * 0.8) // max(1, args.jobs) >> 20))
    limits = engine.Limits(args.timeout, memory_MiB << 20, args.address_space << 20)
    jobs = max(1, args.jobs)
    out = args.out or os.path.join(TREE, "build", "conformance", os.path.basename(icd)[:-5] if icd else re.sub(r"\W+", "-", args.prefix))
    os.makedirs(out, exist_ok=True)
    journal_path = os.path.join(out, "journal.txt")
    if args.restart and os.path.exists(journal_path):
        os.unlink(journal_path)
    header = {"format": 1, "suite": suite.name, "binary": binary_hash[:16], "driver": driver_hash(icd) if icd else " ".join(prefix),
              "selection": hashlib.sha256("\n".join(names).encode()).hexdigest()[:16], "cases": len(names),
              "fraction": args.fraction, "seed": args.seed, "started": time.strftime("%Y-%m-%d %H:%M:%S")}
    if icd and os.path.dirname(icd).startswith(TREE + os.sep):
        header["commit"] = tree_version()
    journal = results.Journal(journal_path, header)
    try:
        return go(args, suite, names, expectations, jobs, limits, env, journal, out, icd)
    finally:
        journal.close()


def go(args, suite, names, expectations, jobs, limits, env, journal, out, icd):
    counts = {}
    for name in names:
        if name not in journal.cases and expectations.skips.cause(name) is not None:
            journal.add(name, "Skipped", 0.0, expectations.skips.cause(name))
    todo = [n for n in names if n not in journal.cases]
    if len(todo) < len(names):
        say(f"{len(names) - len(todo)} of {len(names)} cases are done or skipped")
    for status, _, _ in journal.cases.values():
        counts[status] = counts.get(status, 0) + 1
    device = "unknown" if suite.name == "amber" else ask_device(suite, limits, env)
    say(f"{len(todo)} cases, {jobs} at a time, {limits.case_s:g} s and {limits.memory_B >> 20} MiB each; device: {device}")
    progress = Progress(len(names), len(names) - len(todo))

    def on_end(name, status, seconds, detail):
        journal.add(name, status, seconds, detail)
        counts[status] = counts.get(status, 0) + 1
    e = engine.Engine(suite, jobs, limits, args.batch, env, on_end, journal.note)

    def on_tick():
        journal.sync()
        progress.show(counts)

    def on_signal(*_):
        e.stopped = True
    before = {s: signal.signal(s, on_signal) for s in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    started_s = time.monotonic()
    try:
        e.run(todo, on_tick)
    finally:
        for s, handler in before.items():
            signal.signal(s, handler)
    progress.show(counts, force=True)
    if e.stopped:
        say("interrupted; the same command goes on")
        return 130
    header = dict(journal.header, device=device, seconds=round(time.monotonic() - started_s))
    return report(args, header, names, journal, expectations, out, icd)


def report(args, header, names, journal, expectations, out, icd):
    """Writes the files, prints the table and what was not expected; the exit code."""
    statuses = {n: journal.cases[n][0] for n in names}
    result_path = os.path.join(out, "results.txt" + (".zst" if args.zst else ".gz"))
    results.write_results(result_path, header, names, journal.cases)
    with open(os.path.join(out, "failures.txt"), "w", encoding="utf-8") as f:
        for n in names:
            if statuses[n] in results.FAILED:
                f.write(f"{n}\t{statuses[n]}\t{journal.cases[n][1]:.1f}\t{journal.cases[n][2]}\n")
        f.writelines(f"! {note}\n" for note in journal.notes)
    text = results.table(statuses, args.depth)
    with open(os.path.join(out, "summary.md"), "w", encoding="utf-8") as f:
        f.write(f"{header['device']}\n\n{text}\n")
    print(text)
    bad = False
    failing, passing = expectations.surprises(statuses)
    for title, found in (("fails, not in the expectations", failing), ("passes, though the expectations say it fails", passing)):
        for name, status in found[:50]:
            print(f"{status}: {name}: {title}" + (f" ({journal.cases[name][2]})" if journal.cases[name][2] else ""))
        if len(found) > 50:
            print(f"... and {len(found) - 50} more: {title}")
        bad = bad or bool(found)
    for note in journal.notes:
        print(f"note: {note}")
        bad = bad or note.startswith("between cases")
    if icd and header["driver"] != driver_hash(icd):
        print("the driver changed on disk during the run: the results mean nothing")
        bad = True
    journal.close()
    os.unlink(journal.path)
    print(f"{len(names)} cases in {header['seconds']} s; {result_path}")
    return 1 if bad else 0


def show_comparison(old_path, new_path):
    old, new = results.read_results(old_path)[1], results.read_results(new_path)[1]
    better, worse, unshared = results.compare(old, new)
    both = len(old.keys() & new.keys())
    print(f"{both} cases in both, {unshared} in one only; {len(better)} better, {len(worse)} worse")
    lost = [c for c in worse if c[1] in results.PASSED]
    print(f"of the worse, {sum(c[2] == 'NotSupported' for c in lost)} passed and are not supported, "
          f"{sum(c[2] in results.FAILED for c in lost)} passed and fail")
    for title, found in (("worse", worse), ("better", better)):
        for name, was, status in sorted(found):
            print(f"{title}: {name}: {was} -> {status}")
    return 1 if worse else 0


def main(argv):
    args = parse(argv)
    try:
        if args.compare:
            return show_comparison(*args.compare)
        if args.table:
            header, statuses = results.read_results(args.table)
            print(header.get("device", "") + "\n\n" + results.table(statuses, args.depth))
            return 0
        return run_tests(args)
    except BrokenPipeError:
        return 2
    except (cases.CaseError, results.ResultError, expect.ExpectError, engine.EngineError, OSError) as e:
        say(str(e))
        return 2
