#!/usr/bin/env python3
"""record and replay: a call through the fakes, and one through the recording proxy, in real time.
usage: recording_test.py LINECHECK"""
import re
import signal
import socket
import subprocess
import sys
import unittest
import urllib.request

from linecheck import LINECHECK, PASSES, Case, main
from other_bridge_test import BRIDGE

TOKEN = "12345678901234567890123456789012"  # the fake Twilio's own

BRIEF = """linecheck: 1
name: brief
about: A short call.
call: {from: "+14158675310"}
caller:
  - wait: 300ms
  - say: {clip: hello.wav}
  - wait_for: bot_finished
  - hang_up
model:
  - when: caller_finished
    reply: {clip: queue-thankyou.wav, transcript: "Thank you. Your number is +1 415 867 5310."}
expect:
  - verdict: normal
"""

SILENT = """linecheck: 1
name: silent
about: The model writes, and never makes a sound.
bridge: {config: {fallback: none}}
caller:
  - wait: 500ms
  - say: {clip: hello.wav}
  - wait: 8s
  - hang_up
model:
  - when: caller_finished
    times: any
    reply: {transcript: hello, audio: none}
expect:
  - verdict: openai_not_generating
"""


class Record(Case):
    def test_a_real_call_of_the_real_bridge_becomes_a_scenario_that_passes(self):
        self.write("brief.yaml", BRIEF)
        self.exits(0, "run", "--time", "real", "--keep", "all", "brief.yaml")
        self.exits(0, "record", "--from", "out/brief", "-o", "again.yaml", says="linecheck replay again.yaml")
        text = (self.folder / "again.yaml").read_text()
        for words in ("# Redacted", "say: {clip: again-caller-1.wav}", "wait_for: bot_finished", "hang_up",
                      "clip: again-reply-1.wav", "verdict: normal", "{heard: reply_1, complete: true}"):
            self.assertIn(words, text)
        for secret in ("4158675310", "867 5310", "line check.", "CA0", "MZ"):
            self.assertNotIn(secret, text)
        self.assertTrue((self.folder / "clips/again-heard.wav").exists())
        self.exits(0, "lint", "again.yaml")
        self.exits(0, "run", "again.yaml", says="1 passed")
        self.exits(0, "replay", "again.yaml", says="the same verdict, and the same was heard")
        self.exits(0, "replay", "--time", "real", "again.yaml", says="the same verdict, and the same was heard")

    def test_the_first_difference_is_named(self):
        self.write("passes.yaml", PASSES)
        self.exits(0, "run", "--keep", "all", "passes.yaml")
        self.exits(0, "replay", "out/passes", says="the same verdict, and the same was heard")
        self.exits(0, "record", "--from", "out/passes/wires.jsonl", "-o", "mine.yaml")
        text = (self.folder / "mine.yaml").read_text()
        self.write("mine.yaml", re.sub(r"clip: mine-reply-1.wav", "clip: hello-world.wav", text))
        done = self.exits(1, "replay", "mine.yaml", says="the first difference: sound 1 of")
        self.assertIn("another sound", done.stdout)
        self.assertLess(len(done.stdout.splitlines()), 24)

    def test_a_call_in_which_nothing_was_heard_is_one_too(self):
        self.write("silent.yaml", SILENT)
        self.exits(0, "run", "--keep", "all", "silent.yaml")
        self.exits(0, "record", "--from", "out/silent", "-o", "again.yaml")
        self.exits(0, "replay", "again.yaml", says="the same verdict, and the same was heard")
        (self.folder / "clips/again-heard.wav").write_bytes(b"RIFF, and no more")
        self.exits(2, "replay", "again.yaml", says="clips/again-heard.wav: cannot be opened as a sound file")

    def test_mistakes_are_named(self):
        self.exits(2, "record", "--from", "out/nothing", "-o", "a.yaml", says="is not there")
        self.exits(2, "record", "--from", ".", "-o", "Wrong Name.yaml", says="lower-case letters")
        self.exits(2, "record", "-o", "a.yaml", says="--from PATH")
        self.write("wires.jsonl", '{"t":0}\n')
        self.exits(2, "record", "--from", "wires.jsonl", "-o", "a.yaml", says="line 1")
        self.write("passes.yaml", PASSES)
        self.exits(2, "replay", "passes.yaml", says="passes-heard.wav is not there")

    def test_the_command_to_see_it_names_the_same_bridge(self):
        self.write("passes.yaml", PASSES)
        self.exits(0, "run", "--keep", "all", "passes.yaml")
        self.exits(0, "record", "--from", "out/passes", "-o", "again.yaml")
        hangs_up = f"exec {sys.executable} bridge.py"
        self.write("bridge.py", BRIDGE)
        self.exits(1, "replay", "--bridge-command", hangs_up, "again.yaml",
                   says=f"linecheck run --bridge-command '{hangs_up}' --keep all again.yaml")
        self.exits(2, "record", "--from", "wires.jsonl", "-o", "passes.yaml", says="is there already")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Proxy(Case):
    """The real bridge between the fakes, the proxy on both its sides."""

    def ready(self, process):
        line = process.stdout.readline()
        self.assertIn(" ready ", line, process.stderr.read() if process.poll() is not None else "")
        return dict(word.split("=", 1) for word in line.split() if "=" in word)

    def begin(self, *arguments):
        process = self.start(*arguments)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.stderr.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        return process

    def recorder(self, bridge, upstream, *more):
        return self.begin("record", "--twilio", "127.0.0.1:0", "--openai", "127.0.0.1:0", "--bridge", bridge,
                          "--upstream", upstream, "-o", "live.yaml", *more)

    def test_ctrl_c_before_a_call(self):
        recorder = self.recorder("http://127.0.0.1:9", "ws://127.0.0.1:9")
        self.ready(recorder)
        recorder.send_signal(signal.SIGINT)
        self.assertEqual(recorder.wait(10), 130)
        self.assertFalse((self.folder / "live.yaml").exists())

    def start_bridge(self, port, places):
        public = places["twilio"]
        openai = places["openai"].replace("http", "ws")
        config = self.write("bridge.yaml", f"""
public_url: {public}
listen: {{host: 127.0.0.1, port: {port}}}
admin: {{port: 0}}
twilio: {{auth_token: "{TOKEN}"}}
openai: {{url: "{openai}/v1/realtime", api_key: sk-of-this-test-and-no-other}}
twiml: {{track: inbound_track}}
stream_token: {{secret: a-secret-of-this-test-0123456789}}
drain: {{accept_for: 0s, grace: 0s}}
""")
        bridge = subprocess.Popen([LINECHECK.parent / "linecheck-bridge", "--config", config], cwd=self.folder,
                                  stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(bridge.wait)
        self.addCleanup(bridge.kill)

        def listens():
            with socket.socket() as probe:
                return probe.connect_ex(("127.0.0.1", port)) == 0

        self.wait_for(listens, "the bridge does not listen")

    def test_ctrl_c_in_a_call_writes_what_there_is(self):
        fake = self.ready(self.begin("openai", "--quiet", "--control", "127.0.0.1:0"))
        openai = fake["listen"].replace("http", "ws")
        port = free_port()
        recorder = self.recorder(f"http://127.0.0.1:{port}", openai)
        places = self.ready(recorder)
        self.start_bridge(port, places)
        self.begin("call", places["twilio"] + "/webhook/incoming_call", "--say", "hello-world.wav", "--for", "20s")
        self.assertIn("the call has begun", recorder.stdout.readline())

        def answered():
            with urllib.request.urlopen(fake["control"] + "/metrics", timeout=10) as metrics:
                return re.search(rb"(?m)^fake_openai_audio_bytes_sent_total(\{[^}]*\})? [1-9]", metrics.read())

        self.wait_for(answered, "the model never answered")
        recorder.send_signal(signal.SIGINT)
        self.assertEqual(recorder.wait(20), 130, recorder.stderr.read())
        self.exits(0, "lint", "live.yaml")
        self.exits(0, "run", "live.yaml")

    def test_a_call_through_it(self):
        openai = self.ready(self.begin("openai", "--quiet"))["listen"].replace("http", "ws")
        port = free_port()
        recorder = self.recorder(f"http://127.0.0.1:{port}", openai, "--wires", "live.jsonl")
        places = self.ready(recorder)
        self.start_bridge(port, places)
        self.exits(0, "call", places["twilio"] + "/webhook/incoming_call", "--say", "hello-world.wav")
        self.assertEqual(recorder.wait(20), 0, recorder.stdout.read() + recorder.stderr.read())
        wires = (self.folder / "live.jsonl").read_text()
        self.assertIn("response.done", wires)
        self.assertNotIn("sk-of", wires)
        self.exits(0, "lint", "live.yaml")
        self.assertIn("verdict: normal", (self.folder / "live.yaml").read_text())
        self.exits(0, "replay", "live.yaml", says="the same verdict, and the same was heard")


if __name__ == "__main__":
    main()
