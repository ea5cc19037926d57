# SPDX-License-Identifier: MIT OR Apache-2.0
"""What a soak knows, in a folder: state.json, findings/, corpus/, log/."""
import fcntl
import hashlib
import json
import os

import commit
import guard

TAIL_LINES = 60


def write_atomically(path, text):
    """The old or the new text is there, whenever this is interrupted."""
    beside = path.with_name(path.name + ".new")
    with open(beside, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    os.replace(beside, path)


def seed_of(seed, task_key, run):
    digest = hashlib.sha256(f"{seed} {task_key} {run}".encode()).digest()
    return 1 + int.from_bytes(digest[:8], "big") % 10**12


class State:
    def __init__(self, folder):
        self.folder = folder
        for name in ("findings", "corpus", "log"):
            (folder / name).mkdir(parents=True, exist_ok=True)
        self.lock = open(folder / "lock", "w", encoding="utf-8")
        try:
            fcntl.flock(self.lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise SystemExit(f"another soak works in {folder}") from None
        guard.hold(self.lock)
        self.data = {}

    @property
    def path(self):
        return self.folder / "state.json"

    def begin(self, seed, asked_s, root, sources_root, only):
        """`sources_root` is the checkout whose programs are run: a replay finds its own by it."""
        self.data = {"seed": seed, "asked_s": asked_s, "spent_s": 0, "commit": commit.of(root),
                     "root": str(sources_root), "only": only, "tasks": {}}
        self.save()

    def resume(self, root):
        if not self.path.exists():
            raise SystemExit(f"there is nothing to resume in {self.folder}")
        self.data = json.loads(self.path.read_text())
        now = commit.of(root)
        if not now or now != self.data["commit"]:
            print("The commit is another one since" if now and self.data["commit"] else
                  "Whether the commit is another one since is unknown", end="")
            print(": steps and planted bugs begin anew.")
            self.data["commit"] = now
            for key, record in self.data["tasks"].items():
                if key.startswith(("steps/", "plants/")):
                    record.update(rows=[], done="")

    def record(self, task):
        return self.data["tasks"].setdefault(task.key, {
            "runs": 0, "work": 0, "cpu_s": 0.0, "findings": 0, "times": 1, "last_s": 0.0,
            "done": "", "skipped": "", "rows": [], "seed": self.data["seed"]})

    def save(self):
        write_atomically(self.path, json.dumps(self.data, indent=1))

    def add_finding(self, job, run, number, what, words, input_file, output):
        """Returns the file."""
        name = f"{job.task.kind}-{job.task.name}-{self.data['seed']}-{run}"
        name = "".join(c if c.isalnum() or c in "-_" else "-" for c in name)
        path = self.folder / "findings" / (name + (f"-{number}" if number else "") + ".json")
        write_atomically(path, json.dumps({
            "task": job.task.key, "what": what, "program": words[0], "arguments": words[1:],
            "environment": job.env, "folder": job.folder, "seed": job.seed, "run": run,
            "commit": self.data["commit"], "root": self.data.get("root", ""), "input": input_file,
            "tail": output.splitlines()[-TAIL_LINES:]}, indent=1))
        return path
