#!/usr/bin/env python3
"""What a pipeline is told: nothing wrong looks green, and no report is of another run.
usage: pipeline_test.py LINECHECK"""
import shutil
import unittest.mock

import linecheck
from linecheck import FAILS, PASSES, Case, main


class Pipeline(Case):
    def setUp(self):
        super().setUp()
        self.passes = self.write("passes.yaml", PASSES)
        self.fails = self.write("fails.yaml", FAILS)

    def test_a_finding_is_1_wherever_it_cannot_be_written_down(self):
        below = self.write("a-file", "") / "below"
        self.exits(1, "run", "--out", below, self.fails, says="the report is incomplete")
        self.exits(1, "run", "--journal", "/dev/full", self.fails)
        full = self.environment(GITHUB_STEP_SUMMARY="/dev/full")
        for file, status in ((self.fails, 1), (self.passes, 3)):
            done = self.run_it("run", file, env=full)
            self.assertEqual(done.returncode, status, done.stderr)
            self.assertIn("GITHUB_STEP_SUMMARY) cannot be written", done.stderr)
            self.assertNotIn("--out", done.stderr)

    def test_1_when_the_bridge_ends_as_it_should_not(self):
        """As one does that a sanitizer found something in after the last call."""
        shutil.copy(linecheck.LINECHECK, self.folder / "linecheck")
        self.write("linecheck-bridge", "#!/bin/sh\ntrap : TERM\n%s \"$@\" &\nwait\nkill $!\nwait $!\n"
                   "echo leaked a turn\nexit 23\n" % linecheck.LINECHECK.with_name("linecheck-bridge")).chmod(0o755)
        with unittest.mock.patch.object(linecheck, "LINECHECK", self.folder / "linecheck"):
            done = self.exits(1, "run", "--time", "real", self.passes, says="exit status 23")
        self.assertRegex(done.stdout, r"the bridge's process ended with exit status 23 at \d+\.\d s, after SIGTERM")
        self.assertIn("leaked a turn", done.stdout)

    def test_scenarios_for_the_other_kind_of_time_are_told(self):
        self.write("live.yaml", PASSES.replace("name: passes", "name: live").replace("tags:", "time: {only: real, because: it is shown}\ntags:"))
        self.exits(0, "run", "passes.yaml", "live.yaml", says="1 left out: real time only (--time real)")
        self.assertEqual(self.results()["other_time"], 1)
        self.assertIn('message="real time only"', (self.folder / "out/junit.xml").read_text())
        self.exits(2, "run", "live.yaml", says="1 would, and run in real time only (--time real)")

    def test_no_report_of_an_earlier_run_stays_for_this_one(self):
        self.exits(1, "run", self.fails)
        self.exits(0, "run", "--shard", "2/2", self.fails, says="is empty: there is 1 scenario")
        self.assertEqual(self.results()["scenarios"], [])
        self.exits(1, "run", self.fails)
        self.exits(2, "run", "no-such-file.yaml", says="the report of an earlier run was taken away from out")
        for name in ("report.html", "junit.xml", "results.json"):
            self.assertFalse((self.folder / "out" / name).exists(), name)

    def test_nor_after_a_mistake_on_the_command_line(self):
        for words, out in ((["--no-such-option"], "out"), (["--out", "other", "--shard", "3/2"], "other")):
            self.exits(1, "run", "--out", out, self.fails)
            self.exits(0, "run", "--help")
            self.assertTrue((self.folder / out / "junit.xml").exists())
            self.exits(2, "run", *words, self.fails, says=f"the report of an earlier run was taken away from {out}")
            self.assertFalse((self.folder / out / "junit.xml").exists())

    def test_an_empty_path_is_said_to_be_one(self):
        self.exits(2, "run", "", says="a PATH is empty")
        self.exits(2, "lint", "", says="a PATH is empty")

    def test_github_hears_what_is_wrong_with_a_scenario(self):
        self.write("wrong.yaml", PASSES.replace("tags: [first]", "known_failing: true"))
        github = self.environment(GITHUB_ACTIONS="true", GITHUB_STEP_SUMMARY=str(self.folder / "summary.md"))
        for command in ("run", "lint"):
            done = self.run_it(command, "wrong.yaml", env=github)
            self.assertEqual(done.returncode, 2)
            self.assertIn("::error file=wrong.yaml,line=4,col=16,title=linecheck::"
                          "expected a map with ticket and until, found true\n", done.stdout)
        self.assertIn("linecheck: 1 of 1 files are broken", (self.folder / "summary.md").read_text())


if __name__ == "__main__":
    main()
