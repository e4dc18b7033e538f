#!/usr/bin/env python3
"""What only the real linecheck-bridge process can show: signals, exit codes, logs that nobody reads, systemd,
certificates. usage: bridge_process_test.py FOLDER_OF_THE_PROGRAMS [unittest's arguments]"""

import base64
import json
import os
import re
import signal
import socket
import ssl
import subprocess
import sys
import time
import unittest

from bridge_program import BIN, LEAST, SECRETS, Bridge, self_signed


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
    def full_pipe(self):
        """The end to write to, which takes nothing."""
        reading, writing = os.pipe()
        self.addCleanup(os.close, reading)
        os.set_blocking(writing, False)
        try:
            while True:
                os.write(writing, b"x" * 4096)
        except BlockingIOError:
            pass
        os.set_blocking(writing, True)
        return writing

    def test_a_log_that_nobody_reads_stops_neither_a_call_nor_the_end(self):
        writing = self.full_pipe()
        bridge = self.start(LEAST + "log: {queue: 16}\n", stderr=writing)
        os.close(writing)
        for n in range(100):
            self.assertEqual(bridge.webhook(f"CA{n}")[0], 200)
        self.assertGreater(bridge.metric("voicebridge_log_lines_dropped_total"), 100)
        self.assertEqual(bridge.end(), 0)

    def test_a_standard_output_that_nobody_reads_keeps_it_from_nothing(self):
        writing = self.full_pipe()
        path = str(self.folder / "notify")
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.addCleanup(listener.close)
        listener.bind(path)
        listener.settimeout(10)
        bridge = self.start(environment={"NOTIFY_SOCKET": path}, stdout=writing)
        os.close(writing)
        self.assertIn("READY=1", listener.recv(4096).decode())
        bridge.until(lambda: "nobody takes the line on standard output" in bridge.errors, "a line that says so")
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
        # The drain that systemd waits for is the one of the last reload: a minute of it, and the goodbyes.
        (self.folder / "bridge.yaml").write_text(LEAST.replace("grace: 1s", "grace: 60s"))
        bridge.process.send_signal(signal.SIGHUP)
        heard.clear()
        hears("READY=1")
        self.assertEqual(bridge.end(), 0)
        hears("STOPPING=1")
        extended = re.search(r"EXTEND_TIMEOUT_USEC=(\d+)", "\n".join(heard))
        self.assertGreater(int(extended[1]), 60_000_000)


class Reload(Bridge):
    def test_a_pipe_in_place_of_the_file_stops_nothing_and_is_refused(self):
        bridge = self.start()
        file = self.folder / "bridge.yaml"
        file.unlink()
        os.mkfifo(file)
        bridge.process.send_signal(signal.SIGHUP)
        bridge.until(lambda: "is no regular file" in bridge.errors, "a refusal")
        self.assertEqual(bridge.webhook("CA1")[0], 200)
        self.assertEqual(bridge.metric("voicebridge_config_last_reload_successful"), 0)
        file.unlink()
        file.write_text(LEAST)
        bridge.process.send_signal(signal.SIGHUP)
        bridge.until(lambda: bridge.metric("voicebridge_config_last_reload_successful") == 1, "a reload")
        self.assertEqual(bridge.end(), 0)


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

        def refused(reason, listener="public"):
            series = f'voicebridge_connections_refused_total{{listener="{listener}",reason="{reason}"}}'

            def counted():
                try:
                    return bridge.metric(series) >= 1
                except OSError:  # the admin listener is full
                    return False
            return counted

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
        bridge.until(lambda: " connections refused: limits.connections=3 of one worker are open" in bridge.errors, "a line of it")
        for one in many:
            one.close()
        many = [socket.create_connection(("127.0.0.1", bridge.admin), 10) for _ in range(20)]
        bridge.until(lambda: " connections refused: limits.connections=3 of the admin listener are open" in bridge.errors,
                     "a line of the admin listener's")
        for one in many:
            one.close()
        bridge.until(refused("connections", "admin"), "a count of its own")
        self.assertEqual(bridge.end(), 0)


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[2:]])
