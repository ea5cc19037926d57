# SPDX-License-Identifier: MIT OR Apache-2.0
"""All cores at work: which task is next, what came of it, and the table at the end."""
import signal
import time

import limited
from soaking import kinds, state as states

MOST_FINDINGS = 3  # of one task; then it rests
HEARTBEAT_S = 60


def clock(seconds):
    minutes, seconds = divmod(int(seconds), 60)
    return f"{minutes // 60}:{minutes % 60:02}:{seconds:02}" if minutes >= 60 else \
        f"{minutes:2}:{seconds:02}"


class Pool:
    def __init__(self, state, sources, chosen):
        self.state, self.sources = state, sources
        self.kinds = [kind for kind in kinds.KINDS if kind.name in chosen]
        self.tasks = [task for kind in self.kinds for task in kind.find(kind.name, sources)]
        self.running = {}  # child -> (job, log)
        self.resting = {}  # the key of a task that could not run -> when it is tried again
        self.stopping = False
        asked = state.data["asked_s"]
        self.slice_s = min(120.0, max(0.2, asked / 60))
        for task in self.tasks:
            record = state.record(task)
            record["skipped"], record["unable"] = task.skipped, ""
        self.findings = []

    # ---- Time -------------------------------------------------------------------------------

    @property
    def elapsed_s(self):
        return self.spent_before_s + time.monotonic() - self.began

    @property
    def left_s(self):
        return self.state.data["asked_s"] - self.elapsed_s

    def say(self, text):
        print(f"[{clock(self.elapsed_s)} of {clock(self.state.data['asked_s'])}] {text}",
              flush=True)

    # ---- The loop ---------------------------------------------------------------------------

    def run(self):
        """Until the time is over or somebody says stop; whether somebody did."""
        self.spent_before_s, self.began = self.state.data["spent_s"], time.monotonic()
        previous = {number: signal.signal(number, self.stop)
                    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
        print(f"seed {self.state.data['seed']}; {len(self.tasks)} tasks on {kinds.CORES} cores",
              flush=True)
        beat = time.monotonic()
        try:
            while not self.stopping and self.left_s > 0:
                if not self.start_more() and not self.running and not self.resting:
                    self.say("nothing is left to run")
                    break
                ended = [child for child in self.running if child.poll() is not None]
                for child in ended:
                    self.finish(child)
                if ended:
                    beat = time.monotonic()
                elif time.monotonic() - beat > HEARTBEAT_S:
                    beat = time.monotonic()
                    self.say("at work: " + (", ".join(
                        job.task.key for job, _ in self.running.values()) or "nothing"))
                    self.keep()
                else:
                    time.sleep(0.02)
        finally:
            for child in list(self.running):  # All are told before any is waited for.
                if child.poll() is None:
                    child.signal(signal.SIGTERM)
                else:
                    self.finish(child)
            for child in list(self.running):
                child.end()
                self.finish(child, cut=True)
            self.keep()
            for number, handler in previous.items():
                signal.signal(number, handler)
        return self.stopping

    def stop(self, *_):
        self.stopping = True

    def keep(self):
        self.state.data["spent_s"] = self.elapsed_s
        self.state.save()

    # ---- Which is next ----------------------------------------------------------------------

    def start_more(self):
        """Fill the cores. Whether anything can run now or later."""
        while True:
            task = self.choose()
            if task is None:
                return False
            free = kinds.CORES - sum(kinds.BY_NAME[job.task.kind].width
                                     for job, _ in self.running.values())
            if free < kinds.BY_NAME[task.kind].width:
                return True
            self.start(task)

    def choose(self):
        """The kind that is furthest behind its share, and of that the task that had least."""
        best = None
        busy = {job.task.key for job, _ in self.running.values()}
        for kind in self.kinds:
            used = sum(self.state.record(task)["cpu_s"] for task in self.tasks
                       if task.kind == kind.name)
            used += sum((time.monotonic() - child.began) * kind.width
                        for child, (job, _) in self.running.items() if job.task.kind == kind.name)
            able = [task for task in self.tasks if task.kind == kind.name
                    and task.key not in busy and self.able(task)]
            if kind.name == "steps" and any(key.startswith("steps/") for key in busy):
                able = []  # One at a time.
            if able and (best is None or used / kind.share < best[0]):
                task = able[0] if kind.once else min(
                    able, key=lambda task: self.state.record(task)["cpu_s"])
                best = (used / kind.share, task)
        return best and best[1]

    def able(self, task):
        record = self.state.record(task)
        if task.skipped or record["skipped"] or record["done"]:
            return False
        if self.resting.get(task.key, 0) > time.monotonic():
            return False
        # What can be cut short without a loss is begun at any time.
        if task.kind in ("fuzzers", "plants", "steps"):
            return True
        return self.left_s > 1.1 * record["last_s"]

    # ---- One run ----------------------------------------------------------------------------

    def start(self, task):
        self.resting.pop(task.key, None)
        record = self.state.record(task)
        kind = kinds.BY_NAME[task.kind]
        seed = states.seed_of(self.state.data["seed"], task.key, record["runs"])
        job = kinds.make_job(task, record, seed, max(1, min(self.slice_s, self.left_s)),
                             self.sources, self.state.folder)
        name = "".join(c if c.isalnum() or c in "-_" else "-" for c in task.key)
        log = self.state.folder / "log" / (name + ".txt")
        scratch = self.state.folder / "log" / "scratch"
        scratch.mkdir(exist_ok=True)
        job.folder = task.cwd or (self.sources.root if task.kind in ("steps", "plants")
                                  else str(scratch))
        try:
            with open(log, "wb") as file:
                child = limited.Child(job.words, file, kind.cpu_limit_s, kind.wall_limit_s,
                                      cwd=job.folder, env=kinds.environment(job.env))
        except OSError as why:
            record["skipped"] = f"it cannot start: {why}"
            return
        self.running[child] = (job, log)

    def finish(self, child, cut=False):
        job, log = self.running.pop(child)
        task, record = job.task, self.state.record(job.task)
        kind = kinds.BY_NAME[task.kind]
        output = log.read_text(errors="replace")
        outcome = kinds.read_outcome(job, None if cut else child.status, output)
        record["cpu_s"] += child.cpu_s
        record["work"] += outcome.work
        record["rows"] += outcome.rows
        record["skipped"] = outcome.skipped
        for number, (what, words) in enumerate(outcome.faults):
            record["findings"] += 1
            path = self.state.add_finding(job, record["runs"], number, what, words, outcome.input,
                                          output)
            self.say(f"FINDING {task.key}: {what}; {path}")
        if outcome.unable:
            self.resting[task.key] = time.monotonic() + self.slice_s
            if outcome.unable != record["unable"]:
                self.say(f"{task.key}: could not run: {outcome.unable}")
        record["unable"] = outcome.unable
        if not cut and not outcome.unable:
            record["runs"] += 1
            record["last_s"] = child.wall_s
            record["done"] = self.done(task, record, outcome)
            kinds.grow(record, kind, child, self.slice_s)
            said = f"skipped: {outcome.skipped}" if outcome.skipped else \
                f"{outcome.work} {kind.unit}, seed {job.seed}" if kind.unit else "ended"
            self.say(f"{task.key}: run {record['runs']}, {said}, {child.wall_s:.1f} s")
        if not cut:
            self.keep()

    def done(self, task, record, outcome):
        if task.kind == "plants":
            return "all were planted" if len(record["rows"]) >= len(self.sources.plants) else ""
        if outcome.faults and record["findings"] >= MOST_FINDINGS:
            return f"rests after {record['findings']} findings"
        if outcome.faults and kinds.BY_NAME[task.kind].once:
            return "failed"
        return outcome.done

    # ---- The end ----------------------------------------------------------------------------

    def report(self, not_merged, stopped):
        rows = [("task", "runs", "work", "CPU s", "findings", "")]
        runs = findings = 0
        skipped = []
        for task in self.tasks:
            record, kind = self.state.record(task), kinds.BY_NAME[task.kind]
            runs, findings = runs + record["runs"], findings + record["findings"]
            if record["skipped"]:
                skipped.append(f"{task.key}: {record['skipped']}")
                continue
            note = record["done"] or ("" if record["runs"] else "had no whole run")
            if record["unable"]:
                note = f"could not run: {record['unable']}"
            work = f"{record['work']} {kind.unit}" if record["work"] else ""
            rows.append((task.key, str(record["runs"]), work, f"{record['cpu_s']:.0f}",
                         str(record["findings"]), note))
        widths = [max(len(row[i]) for row in rows) for i in range(5)]
        print()
        for row in rows:
            cells = [row[0].ljust(widths[0])] + [row[i].rjust(widths[i]) for i in range(1, 5)]
            print("  ".join([*cells, row[5]]).rstrip())
        for name in not_merged:
            print(f"not merged: {name}")
        if skipped:
            print(f"\nskipped, which counts as neither ({len(skipped)}):")
            print("\n".join("  " + line for line in skipped))
        if findings:
            print(f"\n./dev soak replay FILE runs a finding of {self.state.folder}/findings again")
        print(f"\nseed {self.state.data['seed']}, {clock(self.state.data['spent_s'])} of "
              f"{clock(self.state.data['asked_s'])}; --resume goes on")
        failed = findings + len(not_merged)
        print(f"{max(0, runs - findings)} passed, {failed} failed")
        if failed or not runs:
            return 1
        return 130 if stopped else 0
