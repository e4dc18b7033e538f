#!/usr/bin/env python3
"""Memory and descriptors of the bridge come back to where they were, after CALLS calls (default 1000) of
which every third ends badly. Takes minutes. usage: thousand_calls_test.py FOLDER_OF_THE_PROGRAMS [CALLS]"""

import json
import pathlib
import re
import sys
import tempfile
import urllib.error
import urllib.parse
import urllib.request

from processes import Program, ask, until
from secret_shapes import assert_kept

BIN = pathlib.Path(sys.argv[1]).resolve()
CALLS = int(sys.argv[2]) if len(sys.argv) > 2 else 1000
AT_ONCE = 50
TOKEN = "12345678901234567890123456789012"
KEY = "sk-of-a-thousand-calls"
STREAM_SECRET = "a-secret-of-this-test-0123456789"
SECRETS = [TOKEN, KEY, STREAM_SECRET]
# Growth that is no leak: what the allocator keeps, and the history of calls (limits.remembered_calls).
MEMORY_ALLOWED = 12 << 20
# Connections that may live from one request to the next.
KEPT_OPEN = 4


def read(metrics, pattern):
    return sum(float(value) for value in re.findall(rf"^{pattern} (\S+)$", metrics, re.M))


def counted(metrics, name):
    return read(metrics, rf"voicebridge_{name}_total\{{[^}}]*\}}")


def quiet(admin, descriptors):
    """The bridge's figures once every call has its verdict and all connections are closed."""
    def figures():
        metrics = ask(f"http://{admin}/metrics")
        over = counted(metrics, "calls_started") == counted(metrics, "call_verdicts")
        return metrics if over and read(metrics, "process_open_fds") <= descriptors else None
    return until(f"the end of all calls, with {descriptors:.0f} descriptors or fewer", figures, 120)


def place(url, script):
    request = urllib.request.Request(url, script.encode(), {"Content-Type": "application/yaml"})
    with urllib.request.urlopen(request, timeout=20) as response:
        return json.loads(response.read())["sid"]


def drop(control, sid):
    """False: it had ended already."""
    try:
        ask(f"http://{control}/calls/{sid}/faults", {"do": "drop"})
    except urllib.error.HTTPError as error:
        if error.code != 409:
            raise
        return False
    return True


def round_of(control, voice_url, calls, admin, descriptors):
    """How many of the calls ended badly."""
    dropped = 0
    script = "caller: [{wait: 200ms}, {say: {clip: hello-world.wav}}, {wait: 1500ms}, hang_up]"
    calls_url = f"http://{control}/calls?" + urllib.parse.urlencode({"voice_url": voice_url})
    for begin in range(0, calls, AT_ONCE):
        sids = [place(calls_url, script) for _ in range(begin, min(begin + AT_ONCE, calls))]
        until("a stream of the last call", lambda: ask(f"http://{control}/calls/{sids[-1]}")["streams"], 20)
        dropped += sum(drop(control, sid) for sid in sids[::3])
        quiet(admin, descriptors)
    return dropped


def two_rounds(control, voice_url, admin):
    """The bridge's figures once it has warmed up, which takes what is kept for good, and at the end; and how
    many calls ended badly in between."""
    idle = read(ask(f"http://{admin}/metrics"), "process_open_fds")
    round_of(control, voice_url, AT_ONCE, admin, idle + KEPT_OPEN)
    before = quiet(admin, idle + KEPT_OPEN)
    descriptors = read(before, "process_open_fds")
    dropped = round_of(control, voice_url, CALLS, admin, descriptors + KEPT_OPEN)
    return before, quiet(admin, descriptors), dropped


def main():
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        fake = ["--quiet", "--keep", str(AT_ONCE), "--journal-size", "1"]
        with Program(folder, "openai", [BIN / "linecheck", "openai", *fake]) as openai:
            (api,) = openai.ready(r"ready listen=http://(\S+)")
            config = folder / "bridge.yaml"
            config.write_text(f"""
allow_host_header: true
listen: {{host: 127.0.0.1, port: 0}}
admin: {{port: 0}}
twilio: {{auth_token: "{TOKEN}"}}
openai: {{url: "ws://{api}/v1/realtime", api_key: {KEY}}}
twiml: {{track: inbound_track}}
stream_token: {{secret: {STREAM_SECRET}}}
limits: {{remembered_calls: 100}}
drain: {{accept_for: 0s, grace: 1s}}
workers: 2
""")
            with Program(folder, "bridge", [BIN / "linecheck-bridge", "--config", config], secrets=SECRETS) as bridge, \
                 Program(folder, "twilio", [BIN / "linecheck", "twilio", *fake]) as twilio:
                public, admin = bridge.ready(r"ready public=(\S+) admin=(\S+)")
                (control,) = twilio.ready(r"control=http://(\S+)")
                before, after, dropped = two_rounds(control, f"http://{public}/webhook/incoming_call", admin)

    for metrics in (before, after):
        assert_kept(SECRETS, metrics, "/metrics")
    started, judged = (counted(after, name) - counted(before, name) for name in ("calls_started", "call_verdicts"))
    descriptors = [read(metrics, "process_open_fds") for metrics in (before, after)]
    memory = [read(metrics, "process_resident_memory_bytes") for metrics in (before, after)]
    print(f"calls started {started:.0f}, judged {judged:.0f}, dropped {dropped}")
    print(f"descriptors {descriptors[0]:.0f} -> {descriptors[1]:.0f}")
    print(f"memory {memory[0] / 2**20:.1f} -> {memory[1] / 2**20:.1f} MiB")
    back = descriptors[1] <= descriptors[0] and memory[1] <= memory[0] + MEMORY_ALLOWED
    # On a slow machine some of them end well before their turn comes to be dropped; most must not.
    bad_enough = dropped >= CALLS // 6
    raise SystemExit(0 if back and bad_enough and started == judged == CALLS else 1)


main()
