#!/usr/bin/env python3
"""`linecheck probe` against the real bridge and the fake OpenAI. usage: probe_test.py FOLDER_OF_THE_PROGRAMS"""

import os
import pathlib
import re
import socket
import subprocess
import sys
import tempfile
import unittest
import urllib.error
import urllib.parse
import urllib.request

BIN = pathlib.Path(sys.argv[1]).resolve()
TOKEN = "12345678901234567890123456789012"  # the fake Twilio's own
KEY = "sk-of-this-test"


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


class Probe(unittest.TestCase):
    def setUp(self):
        holder = tempfile.TemporaryDirectory()
        self.addCleanup(holder.cleanup)
        self.folder = pathlib.Path(holder.name)

    def start(self, ready, *command):
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.addCleanup(process.wait)
        self.addCleanup(process.terminate)
        self.addCleanup(process.stdout.close)
        found = re.search(ready, process.stdout.readline())
        self.assertTrue(found, command)
        return found[1]

    def bridge(self, openai):
        port = free_port()
        config = self.folder / "bridge.yaml"
        config.write_text(f"""
public_url: http://127.0.0.1:{port}
listen: {{host: 127.0.0.1, port: {port}}}
admin: {{port: 0}}
twilio: {{auth_token: "{TOKEN}"}}
openai: {{url: "{openai}", api_key: {KEY}}}
twiml: {{track: inbound_track}}
stream_token: {{secret: a-secret-of-this-test-0123456789}}
drain: {{accept_for: 0s, grace: 0s}}
""")
        self.start(r"ready public=(\S+)", BIN / "linecheck-bridge", "--config", config)
        return f"http://127.0.0.1:{port}/webhook/incoming_call"

    def openai(self, *options):
        url = self.start(r"ready listen=http://(\S+)", BIN / "linecheck", "openai", "--quiet", *options)
        return f"ws://{url}/v1/realtime"

    def probe(self, *arguments):
        return subprocess.run([BIN / "linecheck", "probe", "--say", "hello-world.wav", *arguments], text=True,
                              capture_output=True, timeout=60, check=False)

    @staticmethod
    def value(metrics, name):
        return float(re.search(rf"^{name} (\S+)$", metrics, re.M)[1])

    def test_a_bridge_that_answers_is_a_success_measured_in_both_directions(self):
        target = self.bridge(self.openai())
        probed = self.probe(target)
        self.assertEqual(probed.returncode, 0, probed.stdout + probed.stderr)
        self.assertEqual(self.value(probed.stdout, "probe_success"), 1)
        self.assertEqual(self.value(probed.stdout, "probe_webhook_status_code"), 200)
        self.assertEqual(self.value(probed.stdout, "probe_stream_started"), 1)
        self.assertGreater(self.value(probed.stdout, "probe_audio_sent_seconds"), 1)
        self.assertGreater(self.value(probed.stdout, "probe_heard_speech_seconds"), 0.5)
        self.assertGreater(self.value(probed.stdout, "probe_answer_latency_seconds"), 0)

    def test_a_silent_bridge_and_one_that_is_not_there_are_failures_that_tell_themselves_apart(self):
        with socket.create_server(("127.0.0.1", 0)) as silent:
            target = self.bridge(f"ws://127.0.0.1:{silent.getsockname()[1]}/v1/realtime")
            file = self.folder / "probe.prom"
            probed = self.probe(target, "--limit", "4s", "--textfile", file)
            self.assertEqual(probed.returncode, 1)
            self.assertEqual(probed.stdout, "")
            metrics = file.read_text()
            self.assertEqual(self.value(metrics, "probe_success"), 0)
            self.assertEqual(self.value(metrics, "probe_stream_started"), 1)
            self.assertEqual(self.value(metrics, "probe_heard_speech_seconds"), 0,
                             "the tones of a bridge that waits for OpenAI are heard, and are not the bot's")
        gone = self.probe(f"http://127.0.0.1:{free_port()}/voice", "--limit", "2s")
        self.assertEqual(gone.returncode, 1)
        self.assertEqual(self.value(gone.stdout, "probe_webhook_status_code"), 0)
        self.assertEqual(self.value(gone.stdout, "probe_stream_started"), 0)
        self.assertEqual(self.value(gone.stdout, "probe_heard_speech_seconds"), 0, "Twilio's own announcement")
        self.assertEqual(self.value(gone.stdout, "probe_first_audio_seconds"), 0)

    def test_an_apology_is_no_answer(self):
        """The key is refused: TwiML says so to the caller, who has heard something, and no bot."""
        probed = self.probe(self.bridge(self.openai("--api-key", "sk-another")))
        self.assertEqual(probed.returncode, 1, probed.stdout + probed.stderr)
        self.assertEqual(self.value(probed.stdout, "probe_success"), 0)
        self.assertEqual(self.value(probed.stdout, "probe_heard_speech_seconds"), 0)
        self.assertEqual(self.value(probed.stdout, "probe_audio_received_seconds"), 0)

    def test_what_is_no_file_is_not_replaced_by_one(self):
        pipe, link = self.folder / "pipe", self.folder / "link"
        os.mkfifo(pipe)
        link.symlink_to("/dev/stdout")
        for name in (pipe, link, self.folder):
            probed = self.probe("http://127.0.0.1:9/voice", "--limit", "1s", "--textfile", name)
            self.assertEqual(probed.returncode, 2)
            self.assertIn(f"--textfile {name} is no regular file", probed.stderr)
        self.assertTrue(pipe.is_fifo() and link.is_symlink())

    def test_a_wrong_auth_token_shows_as_403(self):
        probed = self.probe(self.bridge(self.openai()), "--auth-token", "wrong", "--limit", "3s")
        self.assertEqual(probed.returncode, 1)
        self.assertEqual(self.value(probed.stdout, "probe_webhook_status_code"), 403)

    def test_prometheus_asks_for_a_target_and_is_answered_within_its_time(self):
        target = self.bridge(self.openai())
        host = self.start(r"ready listen=http://(\S+)", BIN / "linecheck", "probe", "--listen", "127.0.0.1:0", "--quiet",
                          "--target", target, "--say", "hello-world.wav")

        def ask(path, timeout="30"):
            request = urllib.request.Request(f"http://{host}{path}",
                                             headers={"X-Prometheus-Scrape-Timeout-Seconds": timeout})
            try:
                with urllib.request.urlopen(request, timeout=40) as response:
                    return response.status, response.read().decode()
            except urllib.error.HTTPError as error:
                return error.code, error.read().decode()

        path = "/probe?" + urllib.parse.urlencode({"target": target})
        status, metrics = ask(path)
        self.assertEqual((status, self.value(metrics, "probe_success")), (200, 1), metrics)
        status, metrics = ask(path, "1.5")
        self.assertEqual((status, self.value(metrics, "probe_success")), (200, 0))
        self.assertEqual(self.value(metrics, "probe_timed_out"), 1)
        self.assertLess(self.value(metrics, "probe_duration_seconds"), 1.5)
        self.assertEqual(ask("/probe?target=http%3A%2F%2F127.0.0.1%2Fother")[0], 403)
        self.assertEqual(ask("/probe")[0], 400)
        self.assertEqual(ask("/-/healthy")[0], 200)


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[2:]])
