#!/usr/bin/env python3
"""run --watch. usage: watch_test.py LINECHECK"""
import os
import signal
import threading

from linecheck import FAILS, PASSES, Case, main


class Watched(Case):
    def test_a_saved_scenario_runs_again_and_no_other(self):
        self.write("passes.yaml", PASSES)
        other = self.write("other.yaml", PASSES.replace("passes", "other"))
        run = self.start("run", "--watch", ".")
        self.addCleanup(run.kill)
        seen = lines_until(run, "watching")
        self.assertIn("2 passed, 0 failed", "".join(seen))
        fails = PASSES.replace("passes", "other").replace("verdict: normal", "verdict: no_turn")
        fresh = self.write("fresh", fails)
        fresh.replace(other)  # as many editors save
        seen = "".join(lines_until(run, "watching"))
        self.assertIn("0 passed, 1 failed", seen)
        self.assertNotIn("pass  ", seen)
        other.write_text("linecheck: 1\nnme: other\n")
        self.assertIn("did you mean 'name'?", run_errors(run))
        self.assertTrue((self.folder / "out/report.html").exists(), "a half-finished save takes nothing away")
        run.send_signal(signal.SIGINT)
        self.assertEqual(run.wait(20), 130)
        run.communicate()


    def test_a_folder_that_is_made_meanwhile_is_watched_with_what_it_holds(self):
        self.write("passes.yaml", PASSES)
        run = self.start("run", "--watch", ".")
        self.addCleanup(run.kill)
        lines_until(run, "watching")
        (self.folder / "fresh").mkdir()
        self.write("fresh/deep/other.yaml", PASSES.replace("passes", "other"))
        self.assertIn("fresh/deep/other.yaml was saved", "".join(lines_until(run, "watching")))
        self.write("fresh/deep/third.yaml", PASSES.replace("passes", "third"))
        seen = ""
        while "third" not in seen:
            seen = "".join(lines_until(run, "watching"))
        self.assertIn(" passed, 0 failed", seen)
        run.send_signal(signal.SIGINT)
        self.assertEqual(run.wait(20), 130)
        run.communicate()

    def test_what_is_included_from_elsewhere_is_watched_and_notes_are_not(self):
        self.write("parts/normal.yaml", "expect:\n  - verdict: normal\n")
        self.write("mine/passes.yaml", PASSES.replace("expect:", "include: ../parts/normal.yaml\nexpect:"))
        run = self.start("run", "--watch", "mine/passes.yaml")
        self.addCleanup(run.kill)
        lines_until(run, "watching")
        self.write("mine/notes.txt", "of no interest")
        self.write("mine/unused.wav", "nobody says it")
        self.write("mine/other.yaml", PASSES.replace("passes", "other"))  # was not asked for
        self.write("parts/normal.yaml", "expect:\n  - verdict: too_short\n")
        seen = "".join(lines_until(run, "watching"))
        self.assertIn("parts/normal.yaml was saved: everything runs that may need it", seen)
        self.assertIn("0 passed, 1 failed", seen)
        run.send_signal(signal.SIGINT)
        self.assertEqual(run.wait(20), 130)
        run.communicate()


def lines_until(run, word, seconds=30):
    """What comes no more ends the run, and the test."""
    seen = []
    late = threading.Timer(seconds, run.kill)
    late.start()
    try:
        for line in run.stdout:
            seen.append(line)
            if line.startswith(word):
                return seen
    finally:
        late.cancel()
    raise TimeoutError(f"no '{word}' in {seen}")


def run_errors(run):
    lines_until(run, "watching")
    os.set_blocking(run.stderr.fileno(), False)
    return run.stderr.read() or ""


if __name__ == "__main__":
    main()
