#!/usr/bin/env python3
"""What only the real linecheck-bridge process can show: signals, exit codes, logs that nobody reads, systemd,
certificates. usage: bridge_process_test.py FOLDER_OF_THE_PROGRAMS [unittest's arguments]"""

import base64
import json
import os
import pathlib
import re
import signal
import socket
import ssl
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

    def __init__(self, folder, config, environment=None, stderr=subprocess.PIPE):
        file = folder / "bridge.yaml"
        file.write_text(config)
        env = {"PATH": os.environ["PATH"], **SECRETS, **(environment or {})}
        if "admin: {port: 0}" in config:
            env.pop("LINECHECK_ADMIN_PASSWORD")
        self.process = subprocess.Popen([BIN / "linecheck-bridge", "--config", file], env=env,
                                        stdout=subprocess.PIPE, stderr=stderr, text=True)
        self.ready = self.process.stdout.readline()
        found = re.search(r"ready public=\S+:(\d+) admin=\S+:(\d+)$", self.ready.strip())
        self.errors, self.reader = "", None
        if stderr == subprocess.PIPE:
            self.reader = threading.Thread(target=self.read_log, daemon=True)
            self.reader.start()
        if not found:
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


class Ends(Bridge):
    def test_a_drained_bridge_ends_with_0_and_is_not_ready_from_the_first_moment(self):
        bridge = self.start(self.silent_openai().replace("accept_for: 0s", "accept_for: 3s"))
        self.assertEqual(bridge.get("/readyz")[0], 200)
        bridge.process.send_signal(signal.SIGTERM)
        bridge.until(lambda: bridge.get("/readyz") == (503, "draining\n"), "not being ready")
        # TwiML that was served a moment ago, or is asked for by a balancer that lags behind, still holds.
        self.assertIn("<Stream", bridge.webhook("CA1")[1])
        self.assertEqual(bridge.end(), 0)

    def test_calls_that_outlast_the_grace_are_ended_politely_and_the_exit_code_says_so(self):
        bridge = self.start(self.silent_openai())
        connection = self.call(bridge, "CA1")
        bridge.until(lambda: bridge.metric("voicebridge_calls_active") == 1, "a call")
        begun = time.monotonic()
        self.assertEqual(bridge.end(), 1)
        self.assertGreater(time.monotonic() - begun, 1)
        received = connection.recv(4096)
        self.assertEqual(received[-2 - len("call over"):-len("call over")], (1000).to_bytes(2, "big"))
        self.assertIn("ended_by=drain", bridge.errors)

    def test_a_second_signal_cuts(self):
        bridge = self.start(self.silent_openai().replace("grace: 1s", "grace: 10min"))
        self.call(bridge, "CA1")
        bridge.until(lambda: bridge.metric("voicebridge_calls_active") == 1, "a call")
        bridge.process.send_signal(signal.SIGTERM)
        bridge.until(lambda: "draining calls=1" in bridge.errors, "draining")
        self.assertEqual(bridge.end(signal.SIGINT), 1)

    def test_wrong_configuration_and_taken_ports_have_codes_of_their_own(self):
        self.assertEqual(self.run_once("workerz: 2\n").returncode, 2)
        self.assertEqual(subprocess.run([BIN / "linecheck-bridge"], capture_output=True, check=False).returncode, 2)
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            for workers in (1, 2):
                config = LEAST.replace("port: 0}\nadmin", f"port: {port}}}\nadmin")
                result = self.run_once(config.replace("workers: 2", f"workers: {workers}"),
                                       environment={"LINECHECK_ADMIN_PASSWORD": ""})
                self.assertEqual(result.returncode, 3, result.stderr)
                self.assertIn(f"cannot listen on 127.0.0.1:{port}", result.stderr)
                self.assertIn(f" starts, public=127.0.0.1:{port} admin=", result.stderr)
        nobody = dict.fromkeys(SECRETS, "")
        printed = self.run_once(LEAST, "--print-config", environment={"LINECHECK_ADMIN_PASSWORD": ""}).stdout
        for arguments in ((), ("--check-config",)):
            served = self.run_once(printed, *arguments, environment=nobody)
            self.assertEqual(served.returncode, 2)
            self.assertIn("is what --print-config writes in place of a secret", served.stderr)

    def test_a_function_takes_its_secret_from_the_variable_that_the_configuration_names(self):
        config = LEAST + """
agent:
  tools:
    hosts: [api.example.com]
    http:
      order_status:
        description: Says where an order is.
        url: https://api.example.com/orders
        bearer_env: ORDERS_TOKEN
"""
        nobody = {"LINECHECK_ADMIN_PASSWORD": ""}
        given = self.run_once(config, "--check-config",
                              environment={**nobody, "ORDERS_TOKEN": "orders-secret-0123456789"})
        self.assertEqual(given.returncode, 0, given.stderr)
        missing = self.run_once(config, "--check-config", environment=nobody)
        self.assertEqual(missing.returncode, 2)
        self.assertIn("names `ORDERS_TOKEN`, which is not set", missing.stderr)


class Logs(Bridge):
    def test_a_log_that_nobody_reads_stops_neither_a_call_nor_the_end(self):
        reading, writing = os.pipe()
        self.addCleanup(os.close, reading)
        os.set_blocking(writing, False)
        try:
            while True:
                os.write(writing, b"x" * 4096)
        except BlockingIOError:
            pass
        os.set_blocking(writing, True)
        bridge = self.start(LEAST + "log: {queue: 16}\n", stderr=writing)
        os.close(writing)
        for n in range(100):
            self.assertEqual(bridge.webhook(f"CA{n}")[0], 200)
        self.assertGreater(bridge.metric("voicebridge_log_lines_dropped_total"), 100)
        self.assertEqual(bridge.end(), 0)

    def test_json_lines_bear_the_call_and_keep_the_markers_whole(self):
        bridge = self.start(self.silent_openai() + "log: {format: json, levels: {bridge: warning}}\n")
        self.call(bridge, "CA77").close()
        bridge.until(lambda: "verdict=" in bridge.errors, "a verdict")
        self.assertEqual(bridge.end(), 0)
        lines = [json.loads(line) for line in bridge.errors.splitlines()]
        for line in lines:
            self.assertEqual(list(line)[:3], ["time", "level", "component"])
        self.assertTrue(all(line["level"] != "info" for line in lines if line["component"] == "bridge"))
        calls = [line for line in lines if line["component"] == "call"]
        self.assertTrue(calls and all(line["call"] == "CA77" for line in calls), calls)
        self.assertIn("MZ1", [line.get("stream") for line in calls])


class Operator(Bridge):
    def test_the_effective_configuration_parses_back_to_itself_and_holds_no_secret(self):
        printed = self.run_once(LEAST.replace("admin: {port: 0}", "admin: {port: 0, user: ops}"), "--print-config")
        self.assertEqual(printed.returncode, 0, printed.stderr)
        for secret in SECRETS.values():
            self.assertNotIn(secret, printed.stdout.replace(SECRETS["TWILIO_ACCOUNT_SID"], ""))
        self.assertIn("remembered_calls: 20000", printed.stdout)
        self.assertIn("grace: 1s", printed.stdout)
        again = self.run_once(printed.stdout, "--print-config", environment=dict.fromkeys(SECRETS, ""))
        self.assertEqual(again.stdout, printed.stdout, again.stderr)

    def test_the_metrics_ask_for_a_password_where_one_is_set(self):
        bridge = self.start(LEAST.replace("admin: {port: 0}", "admin: {port: 0, user: ops }"))
        right = base64.b64encode(b"ops:" + SECRETS["LINECHECK_ADMIN_PASSWORD"].encode()).decode()
        self.assertEqual(bridge.get("/metrics")[0], 401)
        self.assertEqual(bridge.get("/metrics", headers={"Authorization": "Basic b3BzOm9wcw=="})[0], 401)
        self.assertEqual(bridge.get("/metrics", headers={"Authorization": f"Basic {right}"})[0], 200)
        self.assertEqual(bridge.get("/healthz")[0], 200)
        self.assertEqual(bridge.end(), 0)

    def test_systemd_hears_of_readiness_life_reload_and_end(self):
        path = str(self.folder / "notify")
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.addCleanup(listener.close)
        listener.bind(path)
        listener.settimeout(10)
        bridge = self.start(environment={"NOTIFY_SOCKET": path, "WATCHDOG_USEC": "200000"})
        heard = []

        def hears(word):
            while not any(word in message for message in heard):
                heard.append(listener.recv(4096).decode())

        hears("READY=1")
        hears("WATCHDOG=1")
        heard.clear()
        hears("WATCHDOG=1")
        bridge.process.send_signal(signal.SIGHUP)
        hears("RELOADING=1")
        heard.clear()
        hears("READY=1")
        self.assertEqual(bridge.end(), 0)
        hears("STOPPING=1")


class Certificates(Bridge):
    def shown(self, bridge):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        with socket.create_connection(("127.0.0.1", bridge.public), 10) as plain:
            with context.wrap_socket(plain) as secure:
                return ssl.DER_cert_to_PEM_cert(secure.getpeercert(True))

    def test_a_renewed_certificate_is_shown_without_dropping_a_connection(self):
        certificate, key = self_signed(self.folder, "first")
        config = LEAST.replace("listen: {host: 127.0.0.1, port: 0}",
                               f"listen: {{host: 127.0.0.1, port: 0, tls: {{certificate: {certificate}, key: {key}}}}}")
        bridge = self.start(config)
        first = certificate.read_text()
        self.assertEqual(self.shown(bridge), first)
        expiry = bridge.metric("voicebridge_certificate_expiry_timestamp_seconds")
        self.assertAlmostEqual(expiry, time.time() + 30 * 86400, delta=3600)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.load_verify_locations(certificate)
        kept = context.wrap_socket(socket.create_connection(("127.0.0.1", bridge.public), 10), server_hostname="127.0.0.1")
        self.addCleanup(kept.close)

        second, second_key = self_signed(self.folder, "second")
        certificate.write_text(second.read_text())  # halfway: the key does not fit
        bridge.process.send_signal(signal.SIGHUP)
        bridge.until(lambda: bridge.metric('voicebridge_certificate_reloads_total{outcome="failed"}') == 1, "a refusal")
        self.assertEqual(self.shown(bridge), first)
        key.write_text(second_key.read_text())
        bridge.process.send_signal(signal.SIGHUP)
        bridge.until(lambda: bridge.metric('voicebridge_certificate_reloads_total{outcome="loaded"}') == 1, "a reload")

        bridge.until(lambda: {self.shown(bridge) for _ in range(8)} == {second.read_text()}, "the new one, everywhere")
        kept.sendall(b"GET /none HTTP/1.1\r\nHost: h\r\n\r\n")
        self.assertIn(b"404", kept.recv(1000))
        self.assertEqual(bridge.end(), 0)

    def test_a_renewal_needs_no_signal(self):
        certificate, key = self_signed(self.folder, "first")
        config = LEAST.replace("listen: {host: 127.0.0.1, port: 0}",
                               f"listen: {{host: 127.0.0.1, port: 0, tls: {{certificate: {certificate}, key: {key}}}}}")
        bridge = self.start(config)
        second, second_key = self_signed(self.folder, "second")
        key.write_text(second_key.read_text())
        certificate.write_text(second.read_text())
        bridge.until(lambda: self.shown(bridge) == second.read_text(), "the new certificate")
        self.assertEqual(bridge.end(), 0)


class Limits(Bridge):
    def test_a_slow_request_and_an_idle_connection_are_ended_and_counted(self):
        bridge = self.start(LEAST + "limits: {request: 300ms, idle: 1s, header_size: 2KiB, connections: 3}\n")

        def refused(reason):
            return lambda: bridge.metric(f'voicebridge_connections_refused_total{{reason="{reason}"}}') >= 1

        slow = socket.create_connection(("127.0.0.1", bridge.public), 10)
        self.addCleanup(slow.close)
        slow.sendall(b"POST /webhook/incoming_call HTTP/1.1\r\nHost: h\r\n")
        self.assertEqual(slow.recv(100), b"")
        bridge.until(refused("slow_request"), "the end of a slow request")
        with socket.create_connection(("127.0.0.1", bridge.public), 10) as idle:
            self.assertEqual(idle.recv(100), b"")
        bridge.until(refused("idle"), "the end of an idle connection")
        self.assertEqual(bridge.get("/x", bridge.public, headers={"X-Long": "x" * 3000})[0], 431)
        bridge.until(refused("header_size"), "a count of it")
        many = [socket.create_connection(("127.0.0.1", bridge.public), 10) for _ in range(20)]
        bridge.until(refused("connections"), "the end of one too many")
        for one in many:
            one.close()
        self.assertEqual(bridge.end(), 0)


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[2:]])
