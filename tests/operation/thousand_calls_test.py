#!/usr/bin/env python3
"""Memory and descriptors of the bridge come back to where they were, after CALLS calls (default 1000) of
which every third ends badly. Takes minutes. usage: thousand_calls_test.py FOLDER_OF_THE_PROGRAMS [CALLS]"""

import json
import pathlib
import re
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request

BIN = pathlib.Path(sys.argv[1]).resolve()
CALLS = int(sys.argv[2]) if len(sys.argv) > 2 else 1000
AT_ONCE = 50
TOKEN = "12345678901234567890123456789012"
# Growth that is no leak: what the allocator keeps, and the history of calls (limits.remembered_calls).
MEMORY_ALLOWED = 12 << 20


def start(ready, *command):
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    found = re.search(ready, process.stdout.readline())
    if not found:
        raise SystemExit(f"did not start: {command}")
    return process, found.groups()


def ask(url, data=None):
    request = urllib.request.Request(url, data=data.encode() if data is not None else None,
                                     headers={"Content-Type": "application/yaml"})
    with urllib.request.urlopen(request, timeout=20) as response:
        return response.read().decode()


def read(metrics, pattern):
    return sum(float(value) for value in re.findall(rf"^{pattern} (\S+)$", metrics, re.M))


def quiet(admin):
    """The bridge's figures once no call runs any more."""
    end = time.monotonic() + 120
    while True:
        metrics = ask(f"http://{admin}/metrics")
        if read(metrics, "voicebridge_calls_active") == 0:
            time.sleep(3)  # for connections that linger
            return ask(f"http://{admin}/metrics")
        if time.monotonic() > end:
            raise SystemExit("calls are still active")
        time.sleep(0.5)


def round_of(control, voice_url, calls, admin):
    script = "caller: [{wait: 200ms}, {say: {clip: hello-world.wav}}, {wait: 1500ms}, hang_up]"
    calls_url = f"http://{control}/calls?" + urllib.parse.urlencode({"voice_url": voice_url})
    for begin in range(0, calls, AT_ONCE):
        sids = [json.loads(ask(calls_url, script))["sid"] for _ in range(begin, min(begin + AT_ONCE, calls))]
        time.sleep(1)
        for sid in sids[::3]:
            try:
                ask(f"http://{control}/calls/{sid}/faults", '{"do": "drop"}')
            except urllib.error.HTTPError as error:
                if error.code != 409:  # it has ended already
                    raise
        quiet(admin)


def main():
    with tempfile.TemporaryDirectory() as folder:
        processes = []
        try:
            openai, (api,) = start(r"ready listen=http://(\S+)", BIN / "linecheck", "openai", "--quiet", "--keep", "10",
                                   "--journal-size", "1")
            processes.append(openai)
            config = pathlib.Path(folder) / "bridge.yaml"
            config.write_text(f"""
allow_host_header: true
listen: {{host: 127.0.0.1, port: 0}}
admin: {{port: 0}}
twilio: {{auth_token: "{TOKEN}"}}
openai: {{url: "ws://{api}/v1/realtime", api_key: sk-any}}
twiml: {{track: inbound_track}}
stream_token: {{secret: a-secret-of-this-test-0123456789}}
limits: {{remembered_calls: 100}}
drain: {{accept_for: 0s, grace: 1s}}
workers: 2
""")
            bridge, (public, admin) = start(r"ready public=(\S+) admin=(\S+)", BIN / "linecheck-bridge", "--config", config)
            processes.append(bridge)
            twilio, (control,) = start(r"control=http://(\S+)", BIN / "linecheck", "twilio", "--quiet", "--keep", "10",
                                       "--journal-size", "1")
            processes.append(twilio)
            voice_url = f"http://{public}/webhook/incoming_call"
            round_of(control, voice_url, AT_ONCE, admin)  # warms up what is kept for good
            before = quiet(admin)
            round_of(control, voice_url, CALLS, admin)
            after = quiet(admin)
        finally:
            for process in processes:
                process.terminate()
            for process in processes:
                process.wait(20)
    def grown(name):
        family = rf"voicebridge_{name}_total\{{[^}}]*\}}"
        return read(after, family) - read(before, family)

    started, judged = grown("calls_started"), grown("call_verdicts")
    descriptors = [read(metrics, "process_open_fds") for metrics in (before, after)]
    memory = [read(metrics, "process_resident_memory_bytes") for metrics in (before, after)]
    print(f"calls started {started:.0f}, judged {judged:.0f}")
    print(f"descriptors {descriptors[0]:.0f} -> {descriptors[1]:.0f}")
    print(f"memory {memory[0] / 2**20:.1f} -> {memory[1] / 2**20:.1f} MiB")
    back = descriptors[1] <= descriptors[0] and memory[1] <= memory[0] + MEMORY_ALLOWED
    raise SystemExit(0 if back and started == judged == CALLS else 1)


main()
