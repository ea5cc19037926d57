# SPDX-License-Identifier: MIT OR Apache-2.0
"""tools/soak.py where it is killed, or what it runs is not able to run."""
import json
import os
import pathlib
import subprocess
import sys
import tempfile

from soaking.fakes import TOOLS, sources, words_of


def faults_without_git(folder):
    """On a machine that has no git: a soak begins, goes on and replays."""
    path = folder / "path"
    path.mkdir()
    (path / "python3").symlink_to(sys.executable)
    for words in (words_of(folder, "0.02", "--only", "properties"),
                  words_of(folder, "0.02", "--resume", "--only", "properties"),
                  [sys.executable, TOOLS / "soak.py", "replay", folder / "finding.json"]):
        (folder / "finding.json").write_text(json.dumps({
            "task": "steps/bad", "what": "exit status 3", "program": "/bin/true", "arguments": [],
            "environment": {}, "folder": "", "seed": 1, "commit": "0123", "root": "/elsewhere",
            "input": ""}))
        run = subprocess.run(words, check=False, capture_output=True, text=True,
                             env=os.environ | {"PATH": str(path)})
        if run.returncode not in (0, 1) or "Traceback" in run.stderr:
            yield f"{words} needs git: {run.returncode} {run.stderr}"


def faults():
    for part in (faults_without_git,):
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            (folder / "sources.json").write_text(json.dumps(sources(folder)))
            yield from part(folder)
