#!/usr/bin/env python3
"""The systemd unit of the package, judged by systemd's own reader.
usage: service_test.py FOLDER_OF_THE_PROGRAMS"""

import pathlib
import re
import shlex
import subprocess
import sys
import tempfile
import unittest

UNIT = pathlib.Path(__file__).parents[2] / "ci/packaging/linecheck-bridge.service"
DOCS = UNIT.parents[2] / "docs"
INSTALLED = "/usr/bin/linecheck-bridge"


def analyze(*arguments):
    return subprocess.run(["systemd-analyze", *arguments], capture_output=True, text=True, timeout=60)


class Service(unittest.TestCase):
    folder_of_programs = None

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.unit = pathlib.Path(folder.name) / UNIT.name
        self.unit.write_text(UNIT.read_text().replace(INSTALLED, f"{self.folder_of_programs}/linecheck-bridge"))

    def test_systemd_understands_every_line(self):
        verdict = analyze("verify", "--man=no", "--recursive-errors=no", str(self.unit))
        self.assertEqual((verdict.returncode, verdict.stdout + verdict.stderr), (0, ""))

    def test_a_wrong_configuration_is_told_by_the_main_process_whose_exit_code_counts(self):
        self.assertIn("RestartPreventExitStatus=2\n", UNIT.read_text())
        self.assertNotIn("ExecStartPre", UNIT.read_text())

    def test_it_is_started_anew_without_end_and_leaves_no_core(self):
        lines = UNIT.read_text().splitlines()
        self.assertIn("StartLimitIntervalSec=0", lines[lines.index("[Unit]"):lines.index("[Service]")])
        self.assertIn("LimitCORE=0", lines)

    def test_the_documented_check_sees_what_the_unit_sees(self):
        settings = UNIT.read_text().replace("EnvironmentFile=-", "EnvironmentFile=").splitlines()
        commands = [shlex.split(line) for page in DOCS.rglob("*.md") for line in page.read_text().splitlines()
                    if line.startswith("    systemd-run ")]
        self.assertGreater(len(commands), 1)
        for command in commands:
            self.assertEqual(command, commands[0])
        given = [after for word, after in zip(commands[0], commands[0][1:]) if word == "-p"]
        # As systemd names the unit's user: another would be given the folder of a running service.
        given.remove(f"User={UNIT.stem}")
        for one in given:
            self.assertIn(one, settings)
        wanted = ("DynamicUser=", "StateDirectory", "EnvironmentFile=", "SupplementaryGroups=", "LoadCredential=")
        for one in (line for line in settings if line.startswith(wanted)):
            self.assertIn(one, given)
        self.assertEqual(commands[0][-4:], [pathlib.Path(INSTALLED).name, "--config",
                                            "/etc/linecheck-bridge/config.yaml", "--check-config"])

    def test_a_pair_that_does_not_fit_is_wrong_and_yet_not_final(self):
        half, file = self.unit.with_name("half.pem"), self.unit.with_name("half.yaml")
        half.write_text("-----BEGIN CERTIFICATE-----\n")
        file.write_text("public_url: https://voice.example.com\n"
                        f"listen: {{tls: {{certificate: {half}, key: {half}}}}}\n")
        for arguments, code in (([], 3), (["--check-config"], 2)):
            started = subprocess.run([f"{self.folder_of_programs}/linecheck-bridge", "--config", str(file), *arguments],
                                     capture_output=True, text=True, timeout=60,
                                     env={"OPENAI_API_KEY": "sk-x", "TWILIO_AUTH_TOKEN": "x"})
            self.assertIn("which holds no certificate", started.stderr)
            self.assertEqual(started.returncode, code, started.stderr)

    def test_it_leaves_little_exposed(self):
        verdict = analyze("security", "--offline=yes", "--no-pager", "--threshold=20", str(self.unit))
        overall = re.search(r"Overall exposure level.*", verdict.stdout)
        self.assertEqual(verdict.returncode, 0, f"{overall and overall[0]}; asked: 2.0 of 10 at most")

    def test_a_stop_outlasts_the_drain_as_it_is_configured_by_default(self):
        least = self.unit.with_name("least.yaml")
        least.write_text("public_url: https://voice.example.com\n")
        shown = subprocess.run(
            [f"{self.folder_of_programs}/linecheck-bridge", "--config", str(least), "--print-config"],
            capture_output=True, text=True, timeout=60, env={"OPENAI_API_KEY": "sk-x", "TWILIO_AUTH_TOKEN": "x"})
        self.assertEqual(shown.returncode, 0, shown.stderr)
        drain = re.search(r"drain:(?:\n  .*)+", shown.stdout)[0]
        seconds = {"s": 1.0, "min": 60.0}
        waits = {key: float(value) * seconds[unit] for key, value, unit in re.findall(r"(\w+): (\d+)(s|min)\b", drain)}
        stop = float(re.search(r"TimeoutStopSec=(\d+)s", UNIT.read_text())[1])
        self.assertGreater(stop, waits["accept_for"] + waits["grace"])


if __name__ == "__main__":
    Service.folder_of_programs = pathlib.Path(sys.argv.pop(1)).resolve()
    unittest.main(verbosity=2)
