#!/usr/bin/env python3
"""What `linecheck call` and `linecheck verify-twiml` say of a bridge that refuses their webhook.
usage: refusal_test.py LINECHECK"""
import http.server
import threading

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


if __name__ == "__main__":
    main()
