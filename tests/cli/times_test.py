#!/usr/bin/env python3
"""What is counted does not depend on the kind of time. usage: times_test.py LINECHECK"""
import pathlib
import re

from linecheck import Case, main

LIBRARY = pathlib.Path(__file__).resolve().parents[2] / "scenarios/library"
SCENARIOS = ["sound/normal", "silence/no-deltas", "silence/no-deltas-fallback", "twiml/track-heals",
             "agents/number-nobody-answers", "tools/goodbye-then-hangs-up"]
# Frames, appends and what is dropped are as many as a call is long, and no two last equally long on a clock.
COUNTED = re.compile(r"""(
    voicebridge_(calls_(started|ended|refused)|(call|response)_verdicts|twiml_served|track_refused|
      openai_(dials|sessions_opened|audio_(deltas|bytes)_received)|(model|clip)_audio_samples|
      response_watchdog_fired|late_deltas_dropped|truncations_sent|tool_calls|protocol_errors)|
    fake_openai_(sessions|responses|speech_started|cancels_received|audio_bytes_sent)|
    fake_twilio_(calls|errors|webhooks)
    )_total""", re.X)


class Counters(Case):
    def counters(self, time):
        paths = [LIBRARY / f"{name}.yaml" for name in SCENARIOS]
        self.run_it("run", "--time", time, "--keep", "all", "--out", time, *paths)
        found = {}
        for file in sorted((self.folder / time).glob("*/metrics.prom")):
            series = re.findall(r"(?m)^(([a-z_]+)\S*) (\S+)$", file.read_text())
            found[file.parent.name] = {name: float(value) for name, family, value in series
                                       if COUNTED.fullmatch(family)}
        return found

    def test_are_the_same_in_virtual_and_in_real_time(self):
        self.maxDiff = None
        expected = self.counters("virtual")
        self.assertGreaterEqual(len(expected), len(SCENARIOS))
        for name, counted in expected.items():
            self.assertGreater(len(counted), 50, name)
        self.assertEqual(self.counters("real"), expected)


class Secrets(Case):
    def test_of_who_runs_the_harness_reach_neither_the_bridge_nor_the_fakes(self):
        own = {name: "of-the-user-" + "x" * 20 for name in
               ("OPENAI_API_KEY", "TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "LINECHECK_TOKEN_SECRET",
                "LINECHECK_API_TOKEN", "LINECHECK_ADMIN_PASSWORD")}
        done = self.run_it("run", "--time", "real", LIBRARY / "sound/outbound-call.yaml",
                           LIBRARY / "silence/no-deltas.yaml", env=self.environment() | own)
        everything = done.stdout + done.stderr
        self.assertIn(done.returncode, (0, 3), everything)  # 3: the machine was late
        self.assertNotIn("FAIL", everything)
        self.assertNotIn("BROKEN", everything)


if __name__ == "__main__":
    main()
