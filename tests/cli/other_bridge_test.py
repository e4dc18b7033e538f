#!/usr/bin/env python3
"""Bridges of somebody else's: how the fakes' addresses reach them, and what is not asked of them.
usage: other_bridge_test.py LINECHECK

The bridges in Node that hold real conversations are in tests/conformance/bridges; those here answer the
webhook and hang up, which is enough to be a bridge that fails."""
import json
import socket
import subprocess
import sys

from linecheck import PASSES, Case, main

BRIDGE = """
import http.server, json, os, sys, urllib.request
class Answer(http.server.BaseHTTPRequestHandler):
    def answer(self, type, text):
        self.send_response(200)
        self.send_header("Content-Type", type)
        self.end_headers()
        self.wfile.write(text.encode())
    def do_GET(self):
        self.answer("text/plain", "# TYPE my_calls counter\\nmy_calls{voicebridge=\\"no\\"} %d\\n" % calls)
    def do_POST(self):
        global calls
        calls += self.path == "/hello"
        if "OPENAI" in os.environ:
            asked = urllib.request.Request(os.environ["OPENAI"], b"{}", {"Authorization": "Bearer sk-of-mine"})
            print("OpenAI answered", urllib.request.urlopen(asked).status, flush=True)
        print("a line of its own", flush=True)
        self.answer("text/xml", "<Response><Hangup/></Response>")
    def log_message(self, *_):
        pass
calls = 0
json.dump(dict(os.environ), open("environment.json", "w"))
print("ready", flush=True)
http.server.HTTPServer(("127.0.0.1", int(os.environ.get("PORT") or sys.argv[1])), Answer).serve_forever()
"""
HANGS_UP = """linecheck: 1
name: hangs-up
about: The bridge hangs up at once.
caller: [{wait: 1s}]
expect:
  - verdict: stream_never_started
  - voicebridge_calls_started_total > 0
  - log: a line of its own
  - call: {status: completed}
"""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class ByCommand(Case):
    def setUp(self):
        super().setUp()
        self.write("bridge.py", BRIDGE)
        self.write("hangs-up.yaml", HANGS_UP)
        self.command = f"exec {sys.executable} bridge.py"

    def project(self, more=""):
        self.write("linecheck.yaml", f"bridge:\n  command: {self.command}\n  webhook: /hello\n{more}")

    def test_the_first_line_names_it_and_what_it_does_not_publish_is_not_applicable(self):
        self.project()
        done = self.exits(0, "run", "hangs-up.yaml", says="2 of 4 expectations are not applicable")
        self.assertEqual(done.stdout.splitlines()[0],
                         f"bridge under test: {self.command} (not linecheck's, in real time)")
        one, = self.results()["scenarios"]
        self.assertEqual([e["status"] for e in one["expectations"]],
                         ["passed", "not_applicable", "not_applicable", "passed"])

    def test_a_scenario_of_which_nothing_can_be_asked_has_not_passed(self):
        self.project()
        self.write("hangs-up.yaml", HANGS_UP.split("expect:")[0] + "expect: [voicebridge_calls_active == 0]\n")
        done = self.exits(3, "run", "hangs-up.yaml", says="0 passed, 0 failed, 0 could not be run, 1 not applicable")
        self.assertIn("nothing was judged", done.stdout)
        self.assertRegex(done.stdout, r"(?m)^n/a +hangs-up ")
        self.assertEqual(self.statuses(), {"hangs-up": "not_applicable"})
        junit = (self.folder / "out/junit.xml").read_text()
        self.assertIn('skipped="1"', junit)
        self.assertIn('<skipped message="the bridge publishes no voicebridge_calls_active"', junit)
        self.exits(1, "run", "--strict", "hangs-up.yaml", says="not applicable is not good enough")

    def test_strict_fails_it(self):
        self.project()
        self.exits(1, "run", "--strict", "hangs-up.yaml",
                   says="--strict: 2 of 4 expectations are not applicable")

    def test_names_that_are_mapped_and_a_log_that_is_like_ours_are_judged(self):
        names = "metric_names: {voicebridge_calls_started_total: my_calls}\n"
        self.project("  metrics: /metrics\n  log_markers: true\n" + names)
        self.exits(0, "run", "--strict", "hangs-up.yaml", says="1 passed")

    def test_the_environment_says_where_the_fakes_are(self):
        self.project()
        self.exits(0, "run", "hangs-up.yaml")
        environment = json.loads((self.folder / "environment.json").read_text())
        port = environment["PORT"]
        self.assertEqual(environment["PUBLIC_URL"], f"http://127.0.0.1:{port}")
        self.assertRegex(environment["OPENAI_URL"],
                         r"^ws://127\.0\.0\.1:\d+/v1/realtime\?model=gpt-realtime$")
        self.assertRegex(environment["OPENAI_BASE_URL"], r"^http://127\.0\.0\.1:\d+/v1$")
        self.assertRegex(environment["TWILIO_API_BASE"], r"^http://127\.0\.0\.1:\d+$")
        for name in ("OPENAI_API_KEY", "TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN"):
            self.assertTrue(environment[name])
        self.assertEqual(environment["GREETING"], "0")

    def test_with_tls_it_is_told_what_to_trust(self):
        self.project("  openai_tls: true\n")
        self.exits(0, "run", "hangs-up.yaml")
        environment = json.loads((self.folder / "environment.json").read_text())
        self.assertTrue(environment["OPENAI_URL"].startswith("wss://localhost:"))
        self.assertTrue(environment["OPENAI_BASE_URL"].startswith("https://localhost:"))
        self.assertTrue(environment["NODE_EXTRA_CA_CERTS"].endswith(".pem"))

    def test_what_only_linecheck_bridge_can_do_is_not_applicable_as_a_whole(self):
        self.project()
        two = PASSES.replace("name: passes", "name: two")
        self.write("two.yaml", two.replace("caller:", "bridge: {replicas: 2}\ncaller:"))
        self.exits(3, "run", "two.yaml", says="1 not applicable")
        self.assertEqual(self.statuses(), {"two": "not_applicable"})
        self.exits(1, "run", "--strict", "two.yaml")

    def test_a_scenario_that_rests_on_a_configuration_is_not_asked_of_a_bridge_that_has_none(self):
        self.project()
        limit = "bridge: {config: {limits: {calls: 1}}}\ncaller:"
        self.write("hangs-up.yaml", HANGS_UP.replace("caller:", limit))
        done = self.exits(3, "run", "hangs-up.yaml", says="1 not applicable")
        self.assertIn("only linecheck-bridge can be configured so (bridge: config: limits.calls)", done.stdout)
        self.write("hangs-up.yaml", HANGS_UP.replace("caller:", limit.replace("{config", "{any_bridge: true, config")))
        self.exits(0, "run", "hangs-up.yaml", says="its bridge: config was not applied")

    def test_a_failing_bridge_fails(self):
        self.project()
        self.write("passes.yaml", PASSES)
        self.exits(1, "run", "passes.yaml", says="the truth is stream_never_started")
        self.exits(1, "run", "passes.yaml", says="The TwiML opened no stream: it ran Hangup.")

    def test_scenarios_about_other_rules_than_the_projects_are_not_applicable(self):
        self.project("track_rules: twilio_docs\n")
        for rules, status, code in (("twilio_docs", "passed", 0), ("incident_report", "not_applicable", 3)):
            self.write("hangs-up.yaml", HANGS_UP.replace("caller:", f"track_rules: {rules}\ncaller:"))
            self.exits(code, "run", "hangs-up.yaml")
            self.assertEqual(self.statuses(), {"hangs-up": status})

    def test_a_project_that_lies_beside_the_scenarios_alone_is_noted(self):
        self.write("there/linecheck.yaml", "bridge: {command: 'false'}\n")
        self.write("there/passes.yaml", PASSES)
        self.exits(0, "run", "there/passes.yaml", says="there/linecheck.yaml is not used")
        self.assertNotIn("is not used", self.exits(0, "run", "--project", "", "there/passes.yaml").stderr)

    def test_a_port_that_is_taken_is_named_with_its_key(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            port = taken.getsockname()[1]
            self.project(f"fakes: {{openai: {port}}}\n")
            self.exits(3, "run", "hangs-up.yaml", says=f"the fake OpenAI cannot listen on port {port}")

    def test_one_that_crashes_when_its_call_is_over_fails(self):
        """Twilio has its answer by then, and nothing else of the scenario fails."""
        self.write("bridge.py", "import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n" + BRIDGE.replace(
            '<Response><Hangup/></Response>")', '<Response><Hangup/></Response>"); os.abort()'))
        for self.command in (f"{sys.executable} bridge.py", f"exec {sys.executable} bridge.py"):
            self.project()
            done = self.exits(1, "run", "hangs-up.yaml")
            self.assertRegex(done.stdout,
                             r"(?m)^      the bridge's process ended by SIGABRT at \d+\.\d s.*$")
            self.assertIn("a line of its own", done.stdout)
            one, = self.results()["scenarios"]
            self.assertIn("SIGABRT", one["other_failures"][0])
            self.assertEqual([e["status"] for e in one["expectations"]].count("failed"), 0)

    def test_its_odd_exit_status_is_noted(self):
        """Not every runner of programs hands on that it was asked to end."""
        self.write("bridge.py", "import signal, sys\nsignal.signal(signal.SIGTERM, lambda *_: sys.exit(7))\n" + BRIDGE)
        for self.command in (f"{sys.executable} bridge.py", f"exec {sys.executable} bridge.py"):
            self.project()
            done = self.exits(0, "run", "hangs-up.yaml")
            self.assertRegex(done.stdout, r"note: the bridge's process ended with exit status 7 at .*, after SIGTERM")

    def test_virtual_time_is_refused(self):
        self.project()
        self.exits(2, "run", "--time", "virtual", "hangs-up.yaml", says="another bridge runs in real time")
        self.write("passes.yaml", PASSES)
        self.exits(0, "run", "--project", "", "passes.yaml", says="in virtual time")

    def test_nothing_of_it_is_left_running(self):
        self.project()
        self.exits(0, "run", "hangs-up.yaml")
        left = subprocess.run(["pgrep", "-f", str(self.folder)], capture_output=True, text=True, check=False)
        self.assertEqual(left.stdout, "")


class ByUrl(Case):
    def test_one_that_runs_already(self):
        port = free_port()
        self.write("bridge.py", BRIDGE)
        self.write("hangs-up.yaml", HANGS_UP)
        command = [sys.executable, "bridge.py", str(port)]
        openai = free_port()
        address = f"http://127.0.0.1:{openai}/v1/realtime/client_secrets"
        with subprocess.Popen(command, cwd=self.folder, stdout=subprocess.PIPE,
                              env=self.environment(PORT="", OPENAI=address)) as bridge:
            try:
                bridge.stdout.readline()
                self.write("linecheck.yaml", f"bridge: {{url: 'http://127.0.0.1:{port}', webhook: /hello}}\n"
                                             f"fakes: {{openai: {openai}, twilio: {free_port()}}}\n")
                done = self.exits(0, "run", "hangs-up.yaml", says=f"bridge under test: http://127.0.0.1:{port}")
                self.assertNotIn("SIGTERM", done.stdout, "nobody sent it one")
                self.assertEqual(bridge.stdout.readline(), b"OpenAI answered 200\n", "any key will do")
                self.assertIsNone(bridge.poll(), "it was stopped, and it is not linecheck's to stop")
            finally:
                bridge.kill()

    def test_where_nobody_listens_is_told_at_once(self):
        self.write("hangs-up.yaml", HANGS_UP)
        url = f"http://127.0.0.1:{free_port()}"
        self.write("linecheck.yaml", f"bridge: {{url: '{url}', webhook: /hello}}\n"
                                     f"fakes: {{openai: {free_port()}, twilio: {free_port()}}}\n")
        done = self.exits(3, "run", "hangs-up.yaml", says=f"no bridge answers at {url} (")
        self.assertIn("Connection refused): start yours there first", done.stdout)
        self.assertLess(self.results()["scenarios"][0]["wall_seconds"], 20, "it was waited for")

    def test_what_is_no_url_is_refused(self):
        self.write("hangs-up.yaml", HANGS_UP)
        self.exits(2, "run", "--bridge-url", "nonsense", "hangs-up.yaml", says="expected http://HOST:PORT")


if __name__ == "__main__":
    main()
