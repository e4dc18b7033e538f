"""A linecheck-bridge that tests run as a process. The folder of the programs is the test's first argument."""

import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest
import urllib.error
import urllib.parse
import urllib.request

from secret_shapes import assert_kept

BIN = pathlib.Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else None
SECRETS = {
    "OPENAI_API_KEY": "sk-marked-openai-key-4711",
    "TWILIO_ACCOUNT_SID": "AC00000000000000000000000000000001",
    "TWILIO_AUTH_TOKEN": "marked-twilio-auth-token-4711",
    "LINECHECK_TOKEN_SECRET": "marked-stream-token-secret-4711",
    "LINECHECK_API_TOKEN": "marked-api-token-4711",
    "LINECHECK_ADMIN_PASSWORD": "marked-admin-password-4711",
}
KEPT = [secret for name, secret in SECRETS.items() if name != "TWILIO_ACCOUNT_SID"]
LEAST = """
public_url: http://127.0.0.1
listen: {host: 127.0.0.1, port: 0}
admin: {port: 0}
twilio: {validate_signatures: false}
openai: {url: "ws://127.0.0.1:9/v1/realtime"}
drain: {accept_for: 0s, grace: 1s}
workers: 2
"""


def self_signed(folder, name):
    """A certificate and its key, as files."""
    certificate, key = folder / f"{name}.pem", folder / f"{name}.key"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                    "-days", "30", "-subj", f"/CN={name}", "-addext", "subjectAltName=IP:127.0.0.1",
                    "-keyout", key, "-out", certificate], check=True, capture_output=True)
    return certificate, key


class Process:
    """A running bridge. `errors`: what it logged so far. No secret is to be in that, nor in what it answers."""

    def __init__(self, folder, config, environment=None, stderr=subprocess.PIPE, stdout=subprocess.PIPE):
        file = folder / "bridge.yaml"
        file.write_text(config)
        env = {"PATH": os.environ["PATH"], **SECRETS, **(environment or {})}
        if "admin: {port: 0}" in config:
            env.pop("LINECHECK_ADMIN_PASSWORD")
        self.process = subprocess.Popen([BIN / "linecheck-bridge", "--config", file], env=env,
                                        stdout=stdout, stderr=stderr, text=True)
        self.ready = self.process.stdout.readline() if stdout == subprocess.PIPE else ""
        found = re.search(r"ready public=\S+:(\d+) admin=\S+:(\d+)$", self.ready.strip())
        self.errors, self.reader = "", None
        if stderr == subprocess.PIPE:
            self.reader = threading.Thread(target=self.read_log, daemon=True)
            self.reader.start()
        if not found:
            if stdout == subprocess.PIPE:
                self.process.wait()
            return
        self.public, self.admin = int(found[1]), int(found[2])

    def read_log(self):
        for line in self.process.stderr:
            self.errors += line

    def get(self, path, port=None, headers=None, data=None, scheme="http", context=None):
        url = f"{scheme}://127.0.0.1:{port or self.admin}{path}"
        request = urllib.request.Request(url, headers=headers or {}, data=data)
        try:
            with urllib.request.urlopen(request, timeout=10, context=context) as response:
                status, text = response.status, response.read().decode()
        except urllib.error.HTTPError as error:
            status, text = error.code, error.read().decode()
        assert_kept(KEPT, text, url)
        return status, text

    def webhook(self, sid, **fields):
        body = urllib.parse.urlencode({"CallSid": sid, "From": "+14155551212", "To": "+18005551212", **fields})
        return self.get("/webhook/incoming_call", self.public, data=body.encode())

    def metric(self, series):
        for line in self.get("/metrics")[1].splitlines():
            if line.startswith(series + " "):
                return float(line.rsplit(" ", 1)[1])
        return None

    def until(self, condition, what):
        end = time.monotonic() + 15
        while not condition():
            if time.monotonic() > end:
                raise AssertionError(f"{what} did not come about; the log:\n{self.errors}")
            time.sleep(0.02)

    def discard(self):
        """After a test that ended before its bridge."""
        if self.process.returncode is None:
            self.process.kill()
            self.end()

    def end(self, how=signal.SIGTERM):
        if self.process.poll() is None:
            self.process.send_signal(how)
        try:
            code = self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise
        if self.reader:
            self.reader.join()
            self.process.stderr.close()
        if self.process.stdout:
            self.process.stdout.close()
        assert_kept(KEPT, self.ready + self.errors, "the bridge's log")
        return code


class Bridge(unittest.TestCase):
    def setUp(self):
        holder = tempfile.TemporaryDirectory()
        self.addCleanup(holder.cleanup)
        self.folder = pathlib.Path(holder.name)

    def start(self, config=LEAST, **options):
        bridge = Process(self.folder, config, **options)
        self.addCleanup(bridge.discard)
        return bridge

    def run_once(self, config, *arguments, environment=None):
        file = self.folder / "once.yaml"
        file.write_text(config)
        env = {"PATH": os.environ["PATH"], **SECRETS, **(environment or {})}
        return subprocess.run([BIN / "linecheck-bridge", "--config", file, *arguments], env=env, text=True,
                              capture_output=True, timeout=20, check=False)

    def stream(self, bridge, sid, parameters):
        """Opens a call's media stream by hand; the socket stays open."""
        connection = socket.create_connection(("127.0.0.1", bridge.public), 10)
        self.addCleanup(connection.close)
        connection.sendall(b"GET /ws/twilio-media HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                           b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
        answer = connection.recv(1000)
        self.assertIn(b" 101 ", answer)
        start = {"event": "start", "sequenceNumber": "1", "streamSid": "MZ1", "start": {
            "accountSid": "AC1", "streamSid": "MZ1", "callSid": sid, "tracks": ["inbound"],
            "customParameters": parameters,
            "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1}}}
        for message in ({"event": "connected", "protocol": "Call", "version": "1.0.0"}, start):
            text = json.dumps(message).encode()
            short = len(text) < 126
            size = bytes([0x80 | len(text)]) if short else bytes([0x80 | 126]) + len(text).to_bytes(2, "big")
            connection.sendall(b"\x81" + size + b"\0\0\0\0" + text)
        return connection

    def call(self, bridge, sid):
        """A call that runs: its stream is open, and OpenAI is silent."""
        status, document = bridge.webhook(sid)
        self.assertEqual(status, 200)
        names = re.findall(r'<Parameter name="([^"]+)" value="([^"]*)"', document)
        return self.stream(bridge, sid, dict(names))

    def silent_openai(self):
        listener = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(listener.close)
        url = f"ws://127.0.0.1:{listener.getsockname()[1]}/v1/realtime"
        return LEAST.replace('openai: {url: "ws://127.0.0.1:9/v1/realtime"}',
                             f'openai: {{url: "{url}", handshake_timeout: 60s, ready_within: 60s}}')
