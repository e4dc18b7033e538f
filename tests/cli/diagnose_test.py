#!/usr/bin/env python3
"""`linecheck diagnose` asks what a password guards, and says what was typed wrongly.
usage: diagnose_test.py LINECHECK"""
import base64
import gzip
import http.server
import threading

from linecheck import Case, main

PASSWORD = "p+w@&="
METRICS = b'voicebridge_call_verdicts_total{verdict="normal",reason="none"} 1\n'


class Page(http.server.BaseHTTPRequestHandler):
    """A Prometheus server's front page, and what it has scraped of others."""

    def do_GET(self):
        federated = self.path == "/federate?match%5B%5D=%7Bjob=%22bridge%22%7D"
        body = METRICS if federated else b"<html>Prometheus</html>"
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


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
        self.host = self.served(Guarded)

    def served(self, handler):
        server = http.server.HTTPServer(("127.0.0.1", 0), handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        return f"127.0.0.1:{server.server_port}"

    def test_two_scrapes_of_one_bridge_lie_apart(self):
        url = f"http://watch:p+w%40&=@{self.host}/metrics"
        done = self.exits(3, "diagnose", "--for", "50ms", url, says="between the two scrapes: no_evidence")
        self.assertIn("the second scrape follows in 50ms", done.stderr)
        self.exits(2, "diagnose", "--for", "soon", url, says="right would be 30s or 5m")
        self.write("saved.prom", METRICS.decode())
        self.exits(2, "diagnose", "--for", "1s", "saved.prom", says="nothing to wait for in a file")

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
        for option in ("--last=5m", "--until=2026-03-05T09:00:00Z", "--selector=job='a'"):
            self.exits(2, "diagnose", first, option, says="requires --prometheus")

    def test_an_address_that_answers_with_a_page(self):
        host = self.served(Page)
        self.exits(3, "diagnose", f"http://{host}", says=f"is asked by --prometheus http://{host}")
        self.exits(0, "diagnose", f'http://{host}/federate?match[]={{job="bridge"}}', says="normal")

    def test_a_scrape_is_known_however_it_came(self):
        scrape = METRICS.decode()
        for text in (scrape, "\n# by hand\n" + scrape, "HTTP/1.1 200 OK\r\nServer: x\r\n\r\n" + scrape):
            self.exits(0, "diagnose", "-", input=text, says="standard input, since the bridge started: normal")
        wide = self.write("wide.prom", "")
        with open(wide, "wb") as file:
            file.write(scrape.encode("utf-16"))
        self.exits(0, "diagnose", wide, says="normal")
        self.exits(3, "diagnose", wide, wide, says="no_evidence")

    def test_what_cannot_be_read_as_it_is(self):
        packed = self.write("log.gz", "")
        with open(packed, "wb") as file:
            file.write(gzip.compress(b"a log"))
        self.exits(3, "diagnose", packed, says=f"zcat {packed} | linecheck diagnose -")
        self.exits(3, "diagnose", "/tmp", says="/tmp is a directory; expected a log")


if __name__ == "__main__":
    main()
