#!/usr/bin/env python3
"""Every command ends with the exit code that docs/running.md promises. usage: exit_codes_test.py LINECHECK"""
import datetime
import os
import pathlib
import re
import signal
import socket
import shlex
import subprocess
import threading
import time
import unittest.mock
import wave

from linecheck import FAILS, PASSES, Case, LINECHECK, main

ROOT = pathlib.Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs/running.md"
LIVE = """<?xml version="1.0" encoding="UTF-8"?>
<Response><Connect><Stream url="wss://bridge.example.com/media"/></Connect></Response>
"""
LONG = PASSES.replace("name: passes", "name: long").replace("  - hang_up", "  - wait: 60s\n  - hang_up")
FALLS_BACK = """linecheck: 1
name: fallback
about: The model sends no sound, and the bridge plays its apology.
bridge: {config: {fallback: fallback.wav}}
caller:
  - wait: 500ms
  - say: {clip: hello.wav}
  - wait_for: bot_finished
  - hang_up
model:
  - when: caller_finished
    times: any
    reply: {transcript: hello, audio: none}
expect:
  - caller_heard_seconds >= 0
"""
DEAD = '<?xml version="1.0" encoding="UTF-8"?>\n<Response><Hangup/></Response>\n'


def tone(path, step):
    """Half a second of a saw tooth."""
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(8000)
        samples = ((i * step) % 16000 - 8000 for i in range(4000))
        out.writeframes(b"".join(sample.to_bytes(2, "little", signed=True) for sample in samples))


def has_a_child(pid):
    return any((task / "children").read_text() for task in pathlib.Path(f"/proc/{pid}/task").iterdir())


class Run(Case):
    def setUp(self):
        super().setUp()
        self.passes = self.write("passes.yaml", PASSES)
        self.fails = self.write("fails.yaml", FAILS)

    def test_0_when_all_pass(self):
        self.exits(0, "run", self.passes, says="1 passed, 0 failed")

    def test_1_when_an_expectation_fails(self):
        self.exits(1, "run", self.fails, self.passes, says="1 passed, 1 failed")

    def test_1_when_the_bridge_does_not_do_as_an_operator_asks(self):
        early = PASSES.replace("caller:", "bridge: {events: [{at: 0s, do: end_calls}]}\ncaller:", 1)
        self.exits(1, "run", self.write("passes.yaml", early), says="'end_calls' found no call that streams")

    def test_2_for_a_wrong_word_or_a_wrong_file_or_none(self):
        self.exits(2, "run", "--no-such-option")
        self.exits(2, "run", "--shard", "3/2", self.passes, says="expected I/N")
        self.exits(2, "run", "no-such-file.yaml", says="no such file")
        self.exits(2, "run", "--seed", "-1", self.passes, says="expected a whole number from 0 on, found '-1'")
        for option in ("--seed", "--jobs"):
            self.exits(2, "run", option, str(2**64), self.passes, says=f"at most {2**64 - 1}, found '{2**64}'")
        self.exits(2, "run", "--filter", "nobody", self.passes, says="no scenario matches")
        wrong = self.write("wrong.yaml", "linecheck: 1\nname: wrong\n")
        self.exits(2, "run", wrong, self.passes, says="nothing was run")
        project = self.write("other.yaml", "bridg: {}\n")
        for command in ("run", "lint", "explain"):
            self.exits(2, command, "--project", project, self.passes, says="did you mean 'bridge'?")
            self.exits(0, command, "--project", "", self.passes)

    def test_3_when_the_harness_cannot_work(self):
        below = self.write("a-file", "") / "below"
        self.exits(3, "run", "--out", below, self.passes, says="the report is incomplete")
        self.exits(3, "run", "--bridge-command", "exit 7", self.passes, says="exit status 7")
        self.exits(3, "run", "--journal", "/dev/full", self.passes, says="/dev/full (--journal) cannot be written")

    def test_4_when_one_seed_gives_two_runs(self):
        """The bridge reads its fallback anew for every run, and it changes on the disk meanwhile."""
        self.write("fallback.yaml", FALLS_BACK)
        tone(self.folder / "a.wav", 300)
        tone(self.folder / "b.wav", 700)
        os.link(self.folder / "a.wav", self.folder / "fallback.wav")
        over = threading.Event()

        def change():
            for number in range(100_000):
                if over.wait(0.02):
                    return
                fresh = self.folder / "fresh.wav"
                os.link(self.folder / ("a.wav", "b.wav")[number % 2], fresh)
                fresh.replace(self.folder / "fallback.wav")
                fresh.unlink(missing_ok=True)

        changing = threading.Thread(target=change)
        changing.start()
        try:
            done = self.exits(4, "run", "--repeat", "200", "fallback.yaml", says="not deterministic")
        finally:
            over.set()
            changing.join()
        self.assertRegex(done.stdout, r"line \d+ of the journal differs")
        self.assertEqual(self.statuses(), {"fallback": "not_deterministic"})

    def test_0_when_every_repetition_is_the_same(self):
        self.exits(0, "run", "--repeat", "3", self.passes)
        self.exits(1, "run", "--repeat", "3", self.fails)

    def test_130_when_interrupted_and_what_has_run_is_reported(self):
        """In real time, where the second scenario would take its time."""
        self.write("long.yaml", LONG)
        run = self.start("run", "--time", "real", "--jobs", "2", "long.yaml", "passes.yaml")
        for line in run.stdout:
            if line.startswith("pass"):
                break
        began = time.monotonic()
        run.send_signal(signal.SIGINT)
        rest, errors = run.communicate(timeout=60)
        self.assertEqual(run.returncode, 130, rest + errors)
        self.assertLess(time.monotonic() - began, 20)
        self.assertIn("1 not run", rest)
        self.assertEqual(self.statuses(), {"passes": "passed"})
        self.assertEqual((self.results()["interrupted"], self.results()["not_run"]), (True, 1))

    def test_130_before_anything_has_run(self):
        self.write("long.yaml", LONG)
        run = self.start("run", "--time", "real", "long.yaml")
        for line in run.stdout:
            if line.startswith("bridge under test"):
                break
        self.wait_for(lambda: has_a_child(run.pid), "the bridge was never started")
        run.send_signal(signal.SIGTERM)
        rest, errors = run.communicate(timeout=60)
        self.assertEqual(run.returncode, 130, rest + errors)

    def test_1_when_another_alert_was_to_page(self):
        """Asks the real promtool."""
        self.write("passes.yaml", PASSES + "  - alert: none\n")
        self.exits(0, "run", "passes.yaml", says="1 passed")
        self.write("passes.yaml", PASSES + "  - alert: {pages: [VoiceBridgeOpenAiQuota]}\n")
        self.exits(1, "run", "passes.yaml", says="VoiceBridgeOpenAiQuota does not page; no alert fired")

    def test_the_command_that_replays_it_says_all_that_matters(self):
        """Without promtool an alert is not applicable: --strict alone fails it."""
        self.write("my tests/passes.yaml", PASSES + "  - alert: none\n")
        elsewhere = unittest.mock.patch.dict(os.environ, PATH=str(self.folder))
        elsewhere.start()
        self.addCleanup(elsewhere.stop)
        self.exits(0, "run", "my tests", says="promtool, which judges alerts, is not installed")
        self.exits(1, "run", "--strict", "--level", "byte", "--project", "", "my tests")
        replay, = (scenario["replay"] for scenario in self.results()["scenarios"])
        self.assertIn("--level byte --strict", replay)
        words = shlex.split(replay)
        self.assertEqual(words[0], "linecheck")
        self.exits(1, *words[1:], says="--strict: 1 of 3 expectations")

    def test_a_wait_in_vain_is_told(self):
        self.write("passes.yaml", PASSES.replace(
            "  - hang_up", "  - {wait_for: {clip: goodbye.wav}, at_most: 1s}\n  - hang_up"))
        self.exits(0, "run", "passes.yaml", says="waited in vain, and went on after 1.00 s")

    def test_a_failure_shows_the_beginning_of_a_long_document(self):
        self.write("passes.yaml", PASSES + '  - {twiml: {contains: "<Nonsense>"}}\n')
        done = self.exits(1, "run", "passes.yaml", says="does not stand in <?xml")
        self.assertRegex(done.stdout, r"\.\.\. \(\d+ bytes more\)")
        self.assertNotIn("LinecheckToken", done.stdout)

    def test_what_holds_for_five_milliseconds_is_not_missed(self):
        """Deltas in quick succession: their number is each of these for a moment."""
        quick = PASSES.replace("{clip: demo-thanks.wav}",
                               "{speech: 2s, pace: {between_deltas: 5ms, delta_audio: 100ms}}")
        never = "".join("  - {never: true, that: sum(voicebridge_openai_audio_deltas_received_total) == %d}\n" % count
                        for count in range(1, 20))
        self.write("passes.yaml", quick + never)
        self.exits(1, "run", "passes.yaml")
        statuses = [one["status"] for one in self.results()["scenarios"][0]["expectations"]]
        self.assertEqual(statuses, ["passed"] * 2 + ["failed"] * 19)

    def test_every_shard_runs_a_part_and_an_empty_one_is_0(self):
        seen = []
        for shard, status in (("1/3", 1), ("2/3", 0), ("3/3", 0)):
            done = self.exits(status, "run", "--shard", shard, ".")
            if shard == "3/3":
                self.assertIn("shard 3 of 3 is empty", done.stdout)
            else:
                seen += self.statuses()
        self.assertEqual(sorted(seen), ["fails", "passes"])

    def test_fail_fast_leaves_the_rest(self):
        done = self.exits(1, "run", "--fail-fast", "--jobs", "1", "fails.yaml", "passes.yaml",
                          says="1 not run")
        self.assertIn("--fail-fast", done.stdout)
        self.assertEqual(self.statuses(), {"fails": "failed"})
        self.assertEqual((self.results()["interrupted"], self.results()["not_run"]), (False, 1))


class Broken(Case):
    def test_the_report_of_a_run_before_is_not_taken_for_its_own(self):
        self.write("passes.yaml", PASSES)
        self.exits(0, "run", "passes.yaml")
        self.write("passes.yaml", PASSES.replace("wait: 500ms", "wait: 500"))
        self.exits(2, "run", "passes.yaml")
        self.assertEqual(list((self.folder / "out").iterdir()), [])


class KnownFailing(Case):
    def known(self, text, until):
        return text.replace("tags:", f"known_failing: {{ticket: T-17, until: {until}}}\ntags:")

    def test_a_known_failure_does_not_fail_the_run(self):
        tomorrow = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=1)
        self.write("fails.yaml", self.known(FAILS, tomorrow.strftime("%Y-%m-%d")))
        done = self.exits(0, "run", "fails.yaml", says="1 known to fail")
        self.assertRegex(done.stdout, r"(?m)^known +fails ")
        self.assertIn("T-17", done.stdout)
        self.assertEqual(self.statuses(), {"fails": "known_failing"})
        self.assertIn("<skipped", (self.folder / "out/junit.xml").read_text())

    def test_it_fails_when_it_passes(self):
        self.write("passes.yaml", self.known(PASSES, "2999-01-01"))
        self.exits(1, "run", "passes.yaml", says="it passes, and known_failing says that it does not")

    def test_it_fails_when_the_day_is_over(self):
        self.write("fails.yaml", self.known(FAILS, "2024-02-29"))
        self.exits(1, "run", "fails.yaml", says="was good until 2024-02-29")

    def test_the_day_has_to_be_one(self):
        self.write("fails.yaml", self.known(FAILS, "2025-02-29"))
        self.exits(2, "lint", "fails.yaml", says="fails.yaml:4:38: error: no calendar has a 2025-02-29")
        self.write("fails.yaml", self.known(FAILS, "soon"))
        self.exits(2, "lint", "fails.yaml", says="expected a date as 2027-03-31, found 'soon'")


class Others(Case):
    """The commands that run no scenario."""

    def test_lint_list_explain_promql_schema(self):
        good = self.write("passes.yaml", PASSES + "  - caller_heard_seconds > 0\n")
        bad = self.write("bad/wrong.yaml", "linecheck: 1\nname: wrong\n")
        for command in ("lint", "list", "explain"):
            self.exits(0, command, good)
            self.exits(2, command, bad, says="error")
            self.exits(2, command, "no-such-file.yaml", says="no such file")
        self.exits(2, "list", "--tags", "nobody", good, says="no scenario matches")
        self.exits(2, "explain", says="PATH")
        (self.folder / "empty").mkdir()
        self.exits(2, "explain", "empty", says="there is no scenario in what was named")
        self.exits(2, "explain", "--filter", "nobody", good, says="a name with 'nobody' in it")
        self.exits(0, "promql", f"{good}:17")
        self.exits(2, "promql", f"{good}:1", says="no query begins in line 1")
        self.exits(2, "promql", good, says="expected FILE:LINE")
        self.exits(2, "promql", f"{good}:17", "--range", "5", says="expected a duration")
        part = self.write("part.yaml", "expect:\n  - voicebridge_calls_started_total == 1\n")
        self.exits(0, "promql", f"{part}:2", says="increase(voicebridge_calls_started_total[5m]) == 1")
        never = self.write("never.yaml", "expect:\n  - {never: true, that: voicebridge_calls_active > 3}\n")
        self.exits(0, "promql", f"{never}:2", says="what must never hold")
        self.exits(0, "schema")
        self.exits(2, "schema", "nothing")

    def test_3_when_nobody_takes_what_is_printed(self):
        good = self.write("passes.yaml", PASSES + "  - caller_heard_seconds > 0\n")
        self.exits(0, "run", "--keep", "all", good)
        self.exits(0, "record", "--from", "out/passes", "-o", "again.yaml")
        for command in ("schema", "list", f"lint {good}", f"explain {good}", "completion bash", "completion zsh",
                        f"promql {good}:17", "replay again.yaml", f"run {good}"):
            with open("/dev/full", "w") as full:
                done = subprocess.run([LINECHECK, *command.split()], cwd=self.folder, check=False, text=True,
                                      stdout=full, stderr=subprocess.PIPE)
            self.assertEqual(done.returncode, 3, command)
            self.assertIn("standard output cannot be written", done.stderr, command)

    def test_record_and_replay(self):
        self.write("passes.yaml", PASSES)
        self.exits(2, "record", "--from", "out/passes", "-o", "again.yaml")
        self.exits(0, "run", "--keep", "all", "passes.yaml")
        self.exits(0, "record", "--from", "out/passes", "-o", "again.yaml")
        below = self.write("a-file", "") / "below"
        self.exits(3, "record", "--from", "out/passes", "-o", below / "again.yaml", says="cannot be written")
        self.exits(0, "replay", "again.yaml")
        self.exits(3, "replay", "--bridge-command", "exit 7", "again.yaml")
        replay = self.start("replay", "--time", "real", "again.yaml")
        self.assertIn("bridge under test", replay.stdout.readline())
        self.wait_for(lambda: has_a_child(replay.pid), "the bridge was never started")
        self.interrupts(replay)

    def interrupts(self, command):
        command.send_signal(signal.SIGINT)
        self.assertEqual(command.wait(20), 130, command.communicate())
        command.communicate()

    def test_new_init_completion(self):
        self.exits(2, "new", says="NAME")
        self.exits(0, "new", "first")
        self.exits(2, "new", "first", says="there already")
        self.exits(2, "new", "Not A Name", says="not-a-name")
        self.exits(2, "new", "second", "--template", "nothing")
        self.exits(3, "new", "third", "--dir", self.write("a-file", "") / "below", says="cannot be written")
        self.exits(0, "init")
        self.exits(2, "init", says="there already")
        (self.folder / "linecheck.yaml").unlink()
        (self.folder / "linecheck.yaml").symlink_to(self.folder / "no-such-folder" / "linecheck.yaml")
        self.exits(3, "init", says="cannot be written")
        self.exits(0, "completion", "bash")
        self.exits(2, "completion", "fish")

    def test_verify_twiml(self):
        self.exits(0, "verify-twiml", self.write("live.xml", LIVE), "--rules", "twilio_docs")
        self.exits(1, "verify-twiml", self.write("dead.xml", DEAD))
        self.exits(2, "verify-twiml")
        self.exits(3, "verify-twiml", "http://127.0.0.1:9")

    def test_diagnose(self):
        counted = 'voicebridge_call_verdicts_total{verdict="%s",reason="none"} 1\n'
        self.exits(0, "diagnose", self.write("good.prom", counted % "normal"))
        self.exits(1, "diagnose", self.write("bad.prom", counted % "openai_not_generating"))
        self.exits(2, "diagnose")
        self.exits(3, "diagnose", "http://127.0.0.1:9/metrics")

    def test_call_probe_and_the_fakes_as_servers(self):
        self.exits(2, "call")
        self.exits(2, "probe")
        self.exits(2, "twilio", "--no-such-option")
        self.exits(2, "openai", "--no-such-option")
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            address = f"127.0.0.1:{taken.getsockname()[1]}"
            self.exits(3, "openai", "--listen", address)
            self.exits(3, "twilio", "--control", address)
        self.exits(1, "call", "http://127.0.0.1:9/voice", says="stream_never_started")
        self.exits(2, "twilio", "--voice-url", "foo", says="'foo' is no URL")

    def test_130_of_a_call_that_is_interrupted(self):
        for command in ("call", "probe"):
            with socket.socket() as deaf:
                deaf.bind(("127.0.0.1", 0))
                deaf.listen()
                calls = self.start(command, f"http://127.0.0.1:{deaf.getsockname()[1]}/voice")
                deaf.settimeout(20)
                with deaf.accept()[0]:
                    self.interrupts(calls)

    def test_a_fault_that_would_do_nothing_is_bad_usage(self):
        hole = self.write("hole.yaml", "caller: [{listen: 1s}]\nfaults: [{do: black_hole, in: 1s}]\n")
        for command in (("call", "http://127.0.0.1:9/voice"), ("twilio",)):
            self.exits(2, *command, "--script", hole, says="hole.yaml:2:10: error: 'black_hole' needs")

    def test_a_server_ends_with_0_when_it_is_asked_to(self):
        for kind in ("openai", "twilio"):
            server = self.start(kind, "--listen", "127.0.0.1:0", "--control", "127.0.0.1:0")
            self.assertIn("ready", server.stdout.readline())
            server.send_signal(signal.SIGTERM)
            server.communicate(timeout=20)
            self.assertEqual(server.returncode, 0, kind)

    def test_no_command_and_help(self):
        self.exits(2)
        self.exits(2, "sing", says="there is no command 'sing'")
        self.exits(2, "lisst", says="did you mean 'list'?")
        self.exits(0, "--help", says="Exit codes")
        self.exits(0, "--version")


class Documented(Case):
    def test_every_code_that_is_asked_for_here_is_in_the_table(self):
        rows = re.findall(r"(?m)^\| (\d+) \|", DOCS.read_text())
        self.assertEqual(rows, ["0", "1", "2", "3", "4", "130"])


if __name__ == "__main__":
    main()
