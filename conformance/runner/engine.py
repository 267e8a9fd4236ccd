"""Runs cases in batches, each batch a process, several at a time; watches time and memory; what a bad case costs is that case.

A process that dies, hangs or grows too large is charged to the case in progress, and the rest of its batch goes on in a new process.
Too much memory is charged only to a case that had a process of its own: in a shared one it may be the sum of many, so it gets another try.
Thread-safety: one thread; everything happens in Engine.run.
"""
import collections
import ctypes
import os
import resource
import shutil
import signal
import subprocess
import tempfile
import time

POLL_s = 0.01
WATCH_s = 0.1
START_s = 60.0  # more than a case has, until the first one begins: the suite builds its tree of cases first
LARGEST_LOG_B = 1 << 26
DEAD_STARTS = 3  # so many processes in a row without one case begun, and none ever: the suite doesn't run at all
FOLDERS = "pumice-conformance-"
PR_SET_PDEATHSIG = 1
PAGE_B = os.sysconf("SC_PAGE_SIZE")
TICKS_s = os.sysconf("SC_CLK_TCK")
libc = ctypes.CDLL(None)


class EngineError(Exception):
    pass


Limits = collections.namedtuple("Limits", "case_s memory_B address_B")  # case_s: see too_long


def prepare_child(limits):
    """Between fork and exec: dies with the runner, is the first to go when memory is short, leaves no core file."""
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if limits.address_B:
        resource.setrlimit(resource.RLIMIT_AS, (limits.address_B, limits.address_B))
    try:
        with open("/proc/self/oom_score_adj", "w") as f:
            f.write("1000")
    except OSError:
        pass


def resident_B(pid):
    """Resident memory of a process and its children; 0 if it is gone."""
    total = 0
    try:
        with open(f"/proc/{pid}/statm") as f:
            total = int(f.read().split()[1]) * PAGE_B
        with open(f"/proc/{pid}/task/{pid}/children") as f:
            for child in f.read().split():
                total += resident_B(int(child))
    except (OSError, IndexError, ValueError):
        pass
    return total


def processor_s(pid):
    """Processor time that all threads of a process have used."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as f:
            fields = f.read().rpartition(b")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS_s
    except (OSError, IndexError, ValueError):
        return 0.0


def too_long(limit_s, wall_s, used_s):
    """Whether a case that has run for wall_s and used used_s of processor time is over its limit. A busy machine makes cases slow: what
    works gets more time, up to ten times as much, what waits for nothing doesn't."""
    return wall_s > limit_s and (used_s > limit_s or used_s < 0.02 * wall_s or wall_s > 10 * limit_s)


def remove_left_behind():
    """Folders of runners that were killed."""
    for name in os.listdir("/tmp"):
        pid = name[len(FOLDERS):].split("-")[0] if name.startswith(FOLDERS) else ""
        if pid.isdigit() and not os.path.exists(f"/proc/{pid}"):
            shutil.rmtree(os.path.join("/tmp", name), ignore_errors=True)


def ending(code):
    """Words for an exit code."""
    if code < 0:
        try:
            return signal.Signals(-code).name
        except ValueError:
            return f"signal {-code}"
    return f"exit code {code}"


class Slot:
    """One process at a time, and the stack of batches it has still to run."""

    def __init__(self, suite, limits, env, folder):
        self.suite, self.limits, self.env, self.folder = suite, limits, env, folder
        self.batches = []
        self.process = None

    def start(self):
        batch = self.batches.pop()
        self.pending = dict.fromkeys(batch)
        self.begun = self.ended = 0
        self.over, self.killed, self.watched_s = False, None, 0.0
        self.log = self.suite.log(batch)
        shutil.rmtree(self.folder, ignore_errors=True)
        os.mkdir(self.folder)
        command = self.suite.command(batch, self.folder)
        with open(self._path("output"), "wb") as output:
            self.process = subprocess.Popen(command, cwd=self.suite.folder, env=self.env, stdin=subprocess.DEVNULL, stdout=output,
                                            stderr=output, start_new_session=True, preexec_fn=lambda: prepare_child(self.limits))
        self._now(None)
        self.log_file = None

    def _now(self, case):
        """The case in progress from now on, None between cases."""
        self.current, self.since_s, self.since_used_s = case, time.monotonic(), processor_s(self.process.pid)

    def _path(self, name):
        return os.path.join(self.folder, name)

    def _new_bytes(self):
        if self.log_file is None:
            try:
                self.log_file = open(self._path("log"), "rb")
            except OSError:
                return b""
        return self.log_file.read(1 << 22)

    def poll(self):
        """Yields what the log tells and watches the limits. After the last event of a process that ended: ("exit", code)."""
        code = self.process.poll()
        if code is not None:
            self._kill_group()  # children that it left behind
        rounds = 0
        while rounds < 4 or code is not None:  # a process that writes faster than this reads must not keep it here
            rounds += 1
            data = self._new_bytes()
            for event in self.log.feed(data):
                yield from self._event(event)
            if not data:
                break
        if code is None:
            self._watch()
            return
        if self.killed is None:
            for event in self.suite.at_exit(self.log, code, self.output()):
                yield from self._event(event)
        if self.log_file:
            self.log_file.close()
        self.process = None
        yield "exit", code

    def _event(self, event):
        kind = event[0]
        if kind == "begin" and event[1] in self.pending:
            self._now(event[1])
            self.begun += 1
        elif kind == "end" and event[1] == self.current:
            _, name, status, seconds, detail = event
            wall_s = time.monotonic() - self.since_s
            del self.pending[name]
            self._now(None)
            self.ended += 1
            yield "end", name, status, wall_s if seconds is None else seconds, detail
        elif kind == "over":
            self.over = True
        elif kind == "text" and event[1] == self.current:
            yield event

    def _watch(self):
        now_s = time.monotonic()
        if self.killed or now_s - self.watched_s < WATCH_s:
            return
        self.watched_s = now_s
        limit_s = self.limits.case_s + (0.0 if self.begun else START_s)
        used_s = processor_s(self.process.pid) - self.since_used_s
        if too_long(limit_s, now_s - self.since_s, used_s):
            self.killed = ("Timeout", f"more than {limit_s:g} s, {used_s:.0f} s of them working")
        elif self.limits.memory_B and resident_B(self.process.pid) > self.limits.memory_B:
            self.killed = ("OutOfMemory", f"more than {self.limits.memory_B >> 20} MiB")
        elif any(os.path.exists(self._path(n)) and os.path.getsize(self._path(n)) > LARGEST_LOG_B for n in ("log", "output")):
            self.killed = ("Fail", f"more than {LARGEST_LOG_B >> 20} MiB of output")
        if self.killed:
            self._kill_group()

    def _kill_group(self):
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except (OSError, AttributeError):
            pass

    def stop(self):
        if self.process:
            self._kill_group()
            self.process.wait()
            self.process = None

    def output(self):
        """The end of what the process printed."""
        try:
            with open(self._path("output"), "rb") as f:
                f.seek(max(0, os.path.getsize(f.name) - 2000))
                return f.read().decode("utf-8", "replace")
        except OSError:
            return ""


class Engine:
    """on_end(name, status, seconds, detail), on_note(text) and on_text(name, line) are called as things happen."""

    def __init__(self, suite, jobs, limits, batch, env, on_end, on_note, on_text=None):
        self.suite, self.jobs, self.limits, self.batch, self.env = suite, jobs, limits, batch, env
        self.on_end, self.on_note, self.on_text = on_end, on_note, on_text
        self.dead_starts, self.alive = 0, False
        self.stopped = False

    def run(self, names, on_tick):
        """Runs all cases, unless on_tick (called several times a second) sets self.stopped."""
        size = max(1, min(self.suite.largest_batch or self.batch, -(-len(names) // (4 * self.jobs))))
        self.queue = collections.deque(names[i:i + size] for i in range(0, len(names), size))
        remove_left_behind()
        top = tempfile.mkdtemp(prefix=f"{FOLDERS}{os.getpid()}-", dir="/tmp")  # wrappers into other root folders share /tmp
        slots = [Slot(self.suite, self.limits, self.env, os.path.join(top, str(i))) for i in range(self.jobs)]
        try:
            while not self.stopped:
                for slot in slots:
                    if not slot.process and not slot.batches and self.queue:
                        slot.batches.append(self.queue.popleft())
                    if not slot.process and slot.batches:
                        slot.start()
                busy = [slot for slot in slots if slot.process]
                if not busy:
                    break
                for slot in busy:
                    for event in slot.poll():
                        if event[0] == "end":
                            self.on_end(*event[1:])
                        elif event[0] == "text" and self.on_text:
                            self.on_text(*event[1:])
                        elif event[0] == "exit":
                            self._ended(slot, event[1])
                on_tick()
                time.sleep(POLL_s)
        finally:
            for slot in slots:
                slot.stop()
            shutil.rmtree(top, ignore_errors=True)

    def _ended(self, slot, code):
        """A process is over: charges the case in progress, if there is one, and puts back what it has not run."""
        rest = list(slot.pending)
        said = slot.output().strip().splitlines()
        how = (slot.killed[1] if slot.killed else ending(code)) + (f": {said[-1]}" if said and not slot.over else "")
        if slot.begun:
            self.alive, self.dead_starts = True, 0
        if slot.current:
            rest.remove(slot.current)
            status = slot.killed[0] if slot.killed else "Crash"
            if rest:
                slot.batches.append(rest)
            if status == "OutOfMemory" and slot.begun > 1:
                slot.batches.append([slot.current])
                self.on_note(f"memory: {how} after {slot.begun} cases, at {slot.current}; it runs again alone")
            else:
                self.on_end(slot.current, status, time.monotonic() - slot.since_s, how)
            return
        if slot.over and code in (0, 1) and not slot.killed:
            if rest and slot.ended:
                slot.batches.append(rest)  # it stopped early on purpose (a lost device)
            for name in rest if not slot.ended else ():
                self.on_end(name, "Missing", 0.0, "the suite does not run it")
            return
        if slot.ended or not rest:
            self.on_note(f"between cases: {how}, after {slot.ended} cases")
            if rest:
                slot.batches.append(rest)
            return
        self.dead_starts += 1
        if not self.alive and self.dead_starts >= DEAD_STARTS:
            raise EngineError(f"the suite does not start: {how}")
        # Died before any case of it began: the first one has to go, or this never ends.
        self.on_end(rest[0], slot.killed[0] if slot.killed else "Crash", 0.0, f"before it began: {how}")
        if rest[1:]:
            slot.batches.append(rest[1:])
