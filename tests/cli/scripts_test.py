#!/usr/bin/env python3
"""What the repository's own scripts make of linecheck's exit codes. usage: scripts_test.py LINECHECK"""
import os
import pathlib
import shutil
import subprocess

from linecheck import Case, main

ROOT = pathlib.Path(__file__).resolve().parents[2]


class Scripts(Case):
    """ci/run.sh and tests/bench/no_loss.sh, with a linecheck that does nothing but end."""

    def stub(self, name, text):
        self.write(name, "#!/bin/sh\n" + text).chmod(0o755)

    def status(self, script, linecheck):
        for name in ("bin/cmake", "ci/setup.sh", "build/release/bin/linecheck-bridge"):
            self.stub(name, "exit 0\n")
        self.stub("ci/awake.sh", 'exec "$@"\n')
        self.stub("build/release/bin/linecheck", linecheck)
        shutil.copy(ROOT / script, self.write(script, ""))
        path = f"{self.folder / 'bin'}:{os.environ['PATH']}"
        return subprocess.run(["bash", self.folder / script], env=self.environment(PATH=path), check=False,
                              capture_output=True).returncode

    def test_a_finding_wins_over_what_says_nothing_about_the_bridge(self):
        for library, smoke, both in ((0, 0, 0), (1, 3, 1), (3, 1, 1), (0, 3, 3), (1, 0, 1)):
            told = f'case "$*" in *real*) exit {smoke};; *) exit {library};; esac\n'
            self.assertEqual(self.status("ci/run.sh", told), both)

    def test_a_run_without_numbers_shows_no_absence_of_loss(self):
        self.assertEqual(self.status("tests/bench/no_loss.sh", "exit 0\n"), 1)


if __name__ == "__main__":
    main()
