#!/usr/bin/env python3
"""What `linecheck call` and `verify-twiml` say of a bridge that refuses their webhook, or has another.
usage: refusal_test.py LINECHECK"""
import http.server
import threading
import urllib.parse

from linecheck import Case, main

WORDS = b"X-Twilio-Signature does not fit this request"


class Refuses(http.server.BaseHTTPRequestHandler):
    signed = []

    def do_POST(self):
        self.signed.append("X-Twilio-Signature" in self.headers)
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(403)
        self.send_header("Content-Length", str(len(WORDS)))
        self.end_headers()
        self.wfile.write(WORDS)

    def log_message(self, *_):
        pass


class Refused(Case):
    def setUp(self):
        super().setUp()
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Refuses)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        self.url = f"http://127.0.0.1:{server.server_port}"
        Refuses.signed.clear()

    def told(self, *arguments, **environment):
        kept = self.environment(**environment)
        if not environment:
            kept.pop("TWILIO_AUTH_TOKEN", None)
        done = self.run_it(*arguments, env=kept)
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        self.assertIn(f"the bridge answered 403: {WORDS.decode()}", done.stdout)
        return done.stdout

    def test_without_a_token_it_is_asked_for(self):
        for arguments in (("verify-twiml", self.url), ("call", self.url + "/webhook/incoming_call")):
            self.assertIn("No --auth-token was given, nor TWILIO_AUTH_TOKEN", self.told(*arguments))

    def test_the_token_of_the_environment_signs_and_may_be_another_bridges(self):
        for arguments in (("verify-twiml", self.url), ("call", self.url + "/webhook/incoming_call")):
            Refuses.signed.clear()
            told = self.told(*arguments, TWILIO_AUTH_TOKEN="another")
            self.assertIn("Is --auth-token (or TWILIO_AUTH_TOKEN) the bridge's own", told)
            self.assertTrue(all(Refuses.signed))


class Answers(http.server.BaseHTTPRequestHandler):
    asked, forms = [], []
    scheme = "wss"

    def do_POST(self):
        Answers.asked.append(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        Answers.forms.append({name: values[0] for name, values in urllib.parse.parse_qs(body).items()})
        known = self.path.startswith("/voice") or self.path.split("?")[0].endswith("/webhook/outbound_call")
        self.send_response(200 if known else 404)
        self.send_header("Content-Type", "text/xml")
        self.end_headers()
        url = f"{Answers.scheme}://127.0.0.1/media"
        self.wfile.write(f'<Response><Connect><Stream url="{url}"/></Connect></Response>'.encode())

    def log_message(self, *_):
        pass


class AnotherBridgesTwiml(Case):
    def setUp(self):
        super().setUp()
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answers)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        self.url = f"http://127.0.0.1:{server.server_port}"
        Answers.asked.clear()
        Answers.forms.clear()
        Answers.scheme = "wss"

    def test_a_url_with_a_path_is_the_webhook_and_is_asked_alone(self):
        self.exits(0, "verify-twiml", "--rules", "twilio_docs", self.url + "/voice?line=1",
                   says="/voice?line=1 under twilio_docs: carries sound")
        self.assertEqual(Answers.asked, ["/voice?line=1"])

    def test_an_outbound_calls_url_is_asked_as_of_a_call_that_was_placed(self):
        ours, theirs = "+18005551212", "+14158675310"
        for arguments, direction, sender, to in (
                ((self.url + "/voice",), "inbound", theirs, ours),
                ((self.url + "/voice", "--outbound"), "outbound-api", ours, theirs),
                ((self.url + "/of/webhook/outbound_call?line=1",), "outbound-api", ours, theirs),
                ((self.url, "--outbound"), "outbound-api", ours, theirs)):
            Answers.forms.clear()
            self.exits(0, "verify-twiml", "--rules", "twilio_docs", *arguments, says="carries sound")
            form, = Answers.forms
            self.assertEqual((form["Direction"], form["From"], form["To"]), (direction, sender, to), arguments)

    def test_without_one_it_is_said_that_another_bridge_needs_it(self):
        self.exits(1, "verify-twiml", self.url, says="Of another bridge than linecheck's, give the webhook")

    def test_plain_ws_is_why_there_is_silence_and_can_be_taken_for_wss(self):
        Answers.scheme = "ws"
        webhook = ("verify-twiml", "--rules", "twilio_docs", self.url + "/voice")
        self.exits(1, *webhook, says="Twilio dials wss:// alone: that is why")
        done = self.exits(0, *webhook, "--plain-ws", says="carries sound")
        self.assertNotIn("that is why", done.stdout)


if __name__ == "__main__":
    main()
