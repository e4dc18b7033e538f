#!/usr/bin/env python3
"""`linecheck diagnose` asks what a password guards, and says what was typed wrongly.
usage: diagnose_test.py LINECHECK"""
import base64
import http.server
import threading

from linecheck import Case, main

PASSWORD = "p+w@&="
METRICS = b'voicebridge_call_verdicts_total{verdict="normal",reason="none"} 1\n'


class Guarded(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        expected = "Basic " + base64.b64encode(f"watch:{PASSWORD}".encode()).decode()
        status, body = (200, METRICS) if self.headers.get("Authorization") == expected else (401, b"who are you?")
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class Diagnose(Case):
    def setUp(self):
        super().setUp()
        server = http.server.HTTPServer(("127.0.0.1", 0), Guarded)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        self.host = f"127.0.0.1:{server.server_port}"

    def test_a_password_opens_the_metrics_and_is_never_shown(self):
        done = self.exits(0, "diagnose", f"http://watch:p+w%40&=@{self.host}/metrics",
                          says=f"http://{self.host}/metrics, since the bridge started: normal")
        self.assertNotIn("p+w", done.stdout + done.stderr)
        for source in (f"http://watch:secret@{self.host}/metrics", "http://watch:secret@127.0.0.1:9/metrics",
                       "http://watch:secret@not a host/metrics"):
            self.assertNotIn("secret", self.exits(3, "diagnose", source).stderr)
        done = self.exits(3, "diagnose", "--prometheus", f"http://watch:secret@{self.host}", says="answered 401")
        self.assertNotIn("secret", done.stdout + done.stderr)

    def test_what_is_no_prometheus(self):
        self.exits(3, "diagnose", "--prometheus", f"http://watch:p+w%40&=@{self.host}",
                   says="does not answer as Prometheus' API does")

    def test_what_was_typed_wrongly(self):
        self.exits(2, "diagnose", "--prometheus", f"http://{self.host}", "--last", "5 minutes", says="is no duration")
        process = "process_start_time_seconds 100\nprocess_cpu_seconds_total %d\n"
        first, second = self.write("first.prom", process % 1), self.write("second.prom", process % 2)
        self.exits(2, "diagnose", second, first, says="give the earlier one first")


if __name__ == "__main__":
    main()
