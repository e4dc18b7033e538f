#!/usr/bin/env python3
"""The recording of a real call against the one who heard it. usage: recording_test.py LINECHECK BRIDGE"""

import pathlib
import re
import stat
import struct
import subprocess
import sys
import tempfile
import unittest

from processes import Program, ask, free_port, until

LINECHECK, BRIDGE = sys.argv[1:3]
TOKEN = "12345678901234567890123456789012"  # the fake Twilio's own
SILENCE = 0xFF


def chunks(wav):
    at = 12
    while at + 8 <= len(wav):
        name, size = wav[at:at + 4], struct.unpack("<I", wav[at + 4:at + 8])[0]
        yield name, wav[at + 8:at + 8 + size]
        at += 8 + size + size % 2


def read(file):
    """Format tag, channels, rate and samples of a WAV file, by the book of RIFF."""
    parts = dict(chunks(file.read_bytes()))
    tag, channels, rate = struct.unpack("<HHI", parts[b"fmt "][:8])
    return tag, channels, rate, parts[b"data"]


def mulaw(pcm):
    """G.711, for samples that came from it."""
    table = {}
    for code in range(256):
        inverted = ~code & 0xFF
        magnitude = ((((inverted & 0x0F) << 3) + 0x84) << ((inverted & 0x70) >> 4)) - 0x84
        table[-magnitude if inverted & 0x80 else magnitude] = code
    table[0] = SILENCE
    return bytes(table[sample] for sample, in struct.iter_unpack("<h", pcm))


class Recording(unittest.TestCase):
    def test_has_the_caller_left_and_what_the_caller_heard_right(self):
        with tempfile.TemporaryDirectory() as holder:
            self.call(pathlib.Path(holder))

    def call(self, folder):
        (folder / "calls").mkdir()
        port = free_port()
        with Program(folder, "openai", [LINECHECK, "openai", "--quiet"]) as openai:
            listening, = openai.ready(r"ready listen=http://(\S+)")
            config = folder / "bridge.yaml"
            config.write_text(f"""
public_url: http://127.0.0.1:{port}
listen: {{host: 127.0.0.1, port: {port}}}
admin: {{port: 0}}
twilio: {{auth_token: "{TOKEN}"}}
openai: {{url: "ws://{listening}/v1/realtime", api_key: sk-of-this-test}}
twiml: {{track: inbound_track}}
stream_token: {{secret: a-secret-of-this-test-0123456789}}
recording: {{folder: calls}}
drain: {{accept_for: 0s, grace: 0s}}
""")
            with Program(folder, "bridge", [BRIDGE, "--config", config], secrets=[TOKEN, "sk-of-this-test"]) as bridge:
                admin, = bridge.ready(r"ready public=\S+ admin=(\S+)")
                subprocess.run([LINECHECK, "call", f"http://127.0.0.1:{port}/webhook/incoming_call", "--say",
                                "hello-world.wav", "--record", folder / "heard.wav"], check=True, timeout=60,
                               stdout=subprocess.DEVNULL)
                counted = r'^voicebridge_recordings_total\{outcome="written"\} 1$'
                until("the recording", lambda: re.search(counted, ask(f"http://{admin}/metrics"), re.M), 10)
        self.check(folder)

    def check(self, folder):
        file, = (folder / "calls").iterdir()
        self.assertRegex(file.name, r"^CA[0-9a-f]{32}\.wav$")
        self.assertEqual(stat.S_IMODE(file.stat().st_mode), 0o600)
        tag, channels, rate, samples = read(file)
        self.assertEqual((tag, channels, rate), (7, 2, 8000))
        samples = samples.replace(b"\x7f", b"\xff")  # minus nothing is nothing, in linear samples
        caller, bot = samples[0::2], samples[1::2]
        self.assertGreater(len(caller) - caller.count(SILENCE), 8000, "the caller's speech")

        tag, channels, rate, heard = read(folder / "heard.wav")
        heard = (mulaw(heard) if tag == 1 else heard).replace(b"\x7f", b"\xff")
        begin = next(at for at, code in enumerate(heard) if code != SILENCE)
        spoken = heard[begin:begin + 8000]
        self.assertTrue(spoken in bot, "the first second that the caller heard is not there to the sample")
        self.assertFalse(spoken in caller, "the caller's side holds the bot")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
