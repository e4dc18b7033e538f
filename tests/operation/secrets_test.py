#!/usr/bin/env python3
"""Every secret that the bridge knows, searched for in all that comes out of a real process that is asked
everything, rightly and wrongly. (`linecheck run` does so for every scenario, and the other tests of processes
with what they see.)
usage: secrets_test.py FOLDER_OF_THE_PROGRAMS"""

import base64
import http.client
import re
import sys
import unittest
import urllib.parse

from bridge_program import LEAST, SECRETS, Bridge, self_signed
from secret_shapes import assert_kept

OF_FUNCTIONS = ["marked-bearer-of-a-function-4711", "marked-query-of-a-function-4711"]
FUNCTIONS = """agent:
  tools:
    hosts: [orders.example.com]
    http:
      look_up:
        description: Says what became of an order.
        url: https://orders.example.com/orders?code=marked-query-of-a-function-4711
        bearer: marked-bearer-of-a-function-4711
"""


class RealProcess(Bridge):
    def ask(self, bridge, port, method, path, headers=None, body=None):
        """All of the reply, headers included."""
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        connection.request(method, path, body=body, headers=headers or {})
        reply = connection.getresponse()
        text = f"{reply.status} {reply.reason}\n{reply.headers}\n{reply.read().decode()}"
        connection.close()
        self.replies.append(text)
        return text

    def converse(self, bridge):
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        call = urllib.parse.urlencode({"CallSid": "CA1", "From": "+14155551212", "To": "+18005551212"})
        for route in ("incoming_call", "outbound_call", "stream_ended", "call_status", "none"):
            for headers in (form, {**form, "X-Twilio-Signature": "wrong"}):
                self.ask(bridge, bridge.public, "POST", f"/webhook/{route}", headers, call)
        document = self.ask(bridge, bridge.public, "POST", "/webhook/incoming_call", form, call)
        redirect = re.search(r"<Redirect[^>]*>http://[^/]+([^<]+)<", document)[1].replace("&amp;", "&")
        self.ask(bridge, bridge.public, "POST", redirect, form, call)
        self.ask(bridge, bridge.public, "POST", redirect + "x", form, call)
        for token in (SECRETS["LINECHECK_API_TOKEN"], "wrong"):
            bearer = {"Authorization": f"Bearer {token}"}
            self.ask(bridge, bridge.public, "GET", "/calls", bearer)
            self.ask(bridge, bridge.public, "POST", "/calls", bearer, '{"to": "+14155551212"}')
            self.ask(bridge, bridge.public, "DELETE", "/calls/CA1", bearer)
        for sid in ("CA1", "CA2"):
            self.stream(bridge, sid, {"CallSid": sid, "LinecheckToken": "v1.inbound.1.wrong"}).close()
        password = base64.b64encode(f"ops:{SECRETS['LINECHECK_ADMIN_PASSWORD']}".encode()).decode()
        for authorization in (f"Basic {password}", "Basic wrong"):
            for path in ("/metrics", "/healthz", "/readyz", "/none"):
                self.ask(bridge, bridge.admin, "GET", path, {"Authorization": authorization})

    def test_nothing_that_it_says_holds_a_secret(self):
        secrets = [secret for name, secret in SECRETS.items() if name != "TWILIO_ACCOUNT_SID"] + OF_FUNCTIONS
        self_signed(self.folder, "unused")
        for log_format in ("human", "json"):
            self.replies = []
            config = LEAST.replace("admin: {port: 0}", "admin: {port: 0, user: ops, protect: all}")
            config = config.replace("twilio: {", 'twilio: {api_base: "http://127.0.0.1:9", ')
            config += 'outbound: {allow: ["+1*"], from: "+18005551212"}\n'
            config += FUNCTIONS
            config += f"log: {{level: debug, format: {log_format}}}\n"
            bridge = self.start(config)
            self.converse(bridge)
            bridge.end()
            printed = self.run_once(config, "--print-config")
            self.assertIn("look_up", printed.stdout)
            said = "\n".join([bridge.ready, bridge.errors, printed.stdout, printed.stderr, *self.replies])
            self.assertIn("CA1", said)
            assert_kept(secrets, said, "what the bridge said")


# What is only borrowed from the other file is not run again here.
del Bridge

if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[2:]])
