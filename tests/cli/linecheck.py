"""Runs the command as a user does, in a folder of its own.
usage of a test: TEST.py LINECHECK [unittest's arguments]"""
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time
import unittest

LINECHECK = pathlib.Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else None

PASSES = """linecheck: 1
name: passes
about: A caller asks and is answered.
tags: [first]
caller:
  - wait: 500ms
  - say: {clip: hello.wav}
  - wait_for: bot_finished
  - hang_up
model:
  - when: caller_finished
    reply: {clip: demo-thanks.wav}
    as: answer
expect:
  - verdict: normal
  - {heard: answer, complete: true}
"""
FAILS = PASSES.replace("name: passes", "name: fails").replace("tags: [first]", "tags: [second]").replace(
    "verdict: normal", "verdict: no_turn")


class Case(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="linecheck-cli-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)

    def write(self, name, text):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    def environment(self, **more):
        """Without what a pipeline around the tests would say."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("GITHUB_")}
        return kept | more

    def start(self, *arguments, **options):
        return subprocess.Popen([LINECHECK, *map(str, arguments)], cwd=self.folder, text=True,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                **{"env": self.environment(), **options})

    def run_it(self, *arguments, **options):
        usual = {"cwd": self.folder, "env": self.environment(), "timeout": 300}
        if "input" not in options:
            usual["stdin"] = subprocess.DEVNULL
        return subprocess.run([LINECHECK, *map(str, arguments)], capture_output=True, text=True, check=False,
                              **usual | options)

    def exits(self, status, *arguments, says="", **options):
        done = self.run_it(*arguments, **options)
        everything = done.stdout + done.stderr
        self.assertEqual(done.returncode, status, f"{' '.join(map(str, arguments))}\n{everything}")
        self.assertIn(says, everything)
        return done

    def wait_for(self, holds, otherwise, seconds=20):
        deadline = time.monotonic() + seconds
        while not holds():
            self.assertLess(time.monotonic(), deadline, otherwise)
            time.sleep(0.02)

    def results(self):
        return json.loads((self.folder / "out/results.json").read_text())

    def statuses(self):
        return {scenario["name"]: scenario["status"] for scenario in self.results()["scenarios"]}


def main():
    unittest.main(argv=[sys.argv[0], *sys.argv[2:]])
