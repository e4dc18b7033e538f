#!/usr/bin/env python3
"""A real Prometheus watches two real bridges while the fakes run twenty calls in real time. What it answers
must be what the fakes know to be true, to the frame; no alert may fire; every panel of the dashboard has
data; `linecheck diagnose` says of it what happened.

usage: prometheus_test.py LINECHECK LINECHECK_BRIDGE"""
import json
import pathlib
import re
import subprocess
import sys
import tempfile
import time
import urllib.parse

from processes import Program, ask, free_port, until

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
DASHBOARD = ROOT / "metrics" / "dashboards" / "linecheck.json"
RULES = ROOT / "metrics" / "alerts" / "*.rules.yml"
JOB = "linecheck-bridge"
CALLS = {"a": 12, "b": 8}
CALLER = {"caller": [{"wait_for": "bot_speaking", "for": "800ms"}, {"say": {"clip": "hello-world.wav"}},
                     {"wait_for": "bot_finished"}, "hang_up"]}
MODEL = {"model": [{"when": "greeting", "reply": {"clip": "demo-abouttotry.wav"}},
                   {"when": "caller_finished", "times": "any", "reply": {"clip": "demo-thanks.wav"}}]}
FRAMES, SAMPLES = 50, 8000  # a second


class Bridge(Program):
    def __init__(self, folder, name, program, openai, twilio):
        port, self.admin = free_port(), f"127.0.0.1:{free_port()}"
        self.url = f"http://127.0.0.1:{port}"
        config = {
            "public_url": self.url, "listen": {"host": "127.0.0.1", "port": port},
            "admin": {"host": "127.0.0.1", "port": int(self.admin.split(":")[1])},
            "openai": {"api_key": "sk-test", "url": openai.replace("http", "ws") + "/v1/realtime"},
            "agent": {"greeting": "model"}, "twiml": {"track": "inbound_track"},
            "twilio": {"account_sid": "AC" + "0" * 32, "auth_token": "a-token-of-a-test", "api_base": twilio},
        }
        file = folder / f"{name}.json"
        file.write_text(json.dumps(config))
        super().__init__(folder, name, [program, "--config", file])
        self.ready(r"ready public=(\S+) admin=(\S+)")

    def started(self):
        return metric(f"http://{self.admin}", "voicebridge_calls_started_total")


class Prometheus(Program):
    def __init__(self, folder, targets):
        address = f"127.0.0.1:{free_port()}"
        self.url = f"http://{address}/api/v1"
        config = {
            "global": {"scrape_interval": "1s", "evaluation_interval": "1s"}, "rule_files": [str(RULES)],
            "scrape_configs": [{"job_name": JOB, "static_configs": [
                {"targets": [target], "labels": {"instance": name}} for name, target in targets.items()]}],
        }
        file = folder / "prometheus.yml"
        file.write_text(json.dumps(config))
        super().__init__(folder, "prometheus", ["prometheus", f"--config.file={file}",
                                                f"--storage.tsdb.path={folder / 'tsdb'}",
                                                f"--web.listen-address={address}"])

    def get(self, path, **parameters):
        answer = ask(f"{self.url}/{path}?{urllib.parse.urlencode(parameters)}")
        if answer["status"] != "success":
            raise RuntimeError(answer)
        return answer["data"]

    def query(self, text):
        data = self.get("query", query=text)
        return data["result"] if data["resultType"] == "vector" else [{"metric": {}, "value": data["result"]}]

    def value(self, text):
        """Of a query with one result; 0 without any."""
        result = self.query(text)
        if len(result) > 1:
            raise RuntimeError(f"{text} has {len(result)} results")
        return float(result[0]["value"][1]) if result else 0.0

    def scraped_since(self, moment):
        return self.value(f'count(timestamp(up{{job="{JOB}"}}) > {moment})') == len(CALLS)


def metric(control, name):
    """Of a fake or a bridge: the sum of all its series."""
    lines = re.findall(rf"^{name}(?:\{{.*\}})? (\S+)$", ask(control + "/metrics"), re.MULTILINE)
    return sum(map(float, lines))


def run_calls(twilio, bridges):
    """Places all calls and waits for their ends: what the fake Twilio knows of each, by bridge."""
    placed = {name: [] for name in bridges}
    for number in range(max(CALLS.values())):
        for name, bridge in bridges.items():
            if number < CALLS[name]:
                query = urllib.parse.urlencode({"voice_url": bridge.url + "/webhook/incoming_call",
                                                "status_callback": bridge.url + "/webhook/call_status"})
                placed[name].append(ask(f"{twilio}/calls?{query}", CALLER)["sid"])
        # Callers come one after the other, and each lasts longer than it takes until the next scrape.
        until(f"the start of the calls {number + 1}", lambda: all(
            bridge.started() == len(placed[name]) for name, bridge in bridges.items()), 20)
    return {name: [ask(f"{twilio}/calls/{sid}?wait=60", timeout=70) for sid in sids]
            for name, sids in placed.items()}


def truths_of_a_bridge(name, calls):
    """(query, what the fake Twilio knows)"""
    streams = [stream for call in calls for stream in call["streams"]]
    marks = [mark for stream in streams for mark in stream["marks"]]
    here = f'job="{JOB}",instance="{name}"'
    echoed = sum(mark["echoed"] is not None for mark in marks)
    return [
        (f"voicebridge_calls_started_total{{{here},call_direction='inbound'}}", CALLS[name]),
        (f"voicebridge_calls_ended_total{{{here},call_direction='inbound',outcome='completed'}}", CALLS[name]),
        (f"voicebridge_streams_started_total{{{here}}}", CALLS[name]),
        (f"voicebridge_call_verdicts_total{{{here},verdict='normal'}}", CALLS[name]),
        (f"voicebridge_first_audio_seconds_count{{{here}}}", CALLS[name]),
        (f"voicebridge_twilio_frames_received_total{{{here}}}",
         sum(round(stream["sent_seconds"] * FRAMES) for stream in streams)),
        (f"sum(voicebridge_twilio_audio_bytes_sent_total{{{here}}})",
         sum(round(stream["received_seconds"] * SAMPLES) for stream in streams)),
        (f"voicebridge_twilio_marks_sent_total{{{here}}}", len(marks)),
        (f"sum(voicebridge_twilio_marks_echoed_total{{{here}}})", echoed),
        (f"voicebridge_clears_sent_total{{{here}}}", sum(len(stream["clears"]) for stream in streams)),
        (f"voicebridge_calls_active{{{here}}}", 0),
        (f"voicebridge_caller_audio_samples_total{{{here}}} + voicebridge_silence_inserted_samples_total{{{here}}}"
         f" - voicebridge_appended_audio_samples_total{{{here}}}"
         f" - on (job, instance) sum by (job, instance)"
         f" (voicebridge_audio_dropped_samples_total{{{here},path='to_model'}})"
         f" - on (job, instance) sum by (job, instance) (voicebridge_queued_audio_samples{{{here},path='to_model'}})",
         0),
    ]


def truths_of_all(twilio, openai):
    return [(f"sum({ours})", metric(control, theirs)) for control, ours, theirs in [
        (twilio, "voicebridge_twilio_frames_received_total", "fake_twilio_media_sent_total"),
        (twilio, "voicebridge_twilio_frames_sent_total", "fake_twilio_media_received_total"),
        (twilio, "voicebridge_twilio_audio_bytes_sent_total", "fake_twilio_audio_bytes_received_total"),
        (twilio, "voicebridge_twilio_marks_sent_total", "fake_twilio_marks_received_total"),
        (twilio, "voicebridge_clears_sent_total", "fake_twilio_clears_received_total"),
        (openai, "voicebridge_openai_sessions_opened_total", "fake_openai_sessions_total"),
        (openai, "voicebridge_openai_audio_deltas_received_total", "fake_openai_audio_deltas_sent_total"),
        (openai, "voicebridge_openai_audio_bytes_received_total", "fake_openai_audio_bytes_sent_total"),
        (openai, "voicebridge_openai_appends_sent_total", "fake_openai_appends_received_total"),
        (openai, "voicebridge_openai_audio_bytes_sent_total", "fake_openai_audio_bytes_received_total"),
        (openai, "voicebridge_truncations_sent_total", "fake_openai_truncates_received_total"),
    ]]


def check_values(prometheus, truths):
    for query, truth in truths:
        value = prometheus.value(query)
        if value != truth:
            yield f"{query}\n    is {value:g}, and the fakes say {truth:g}"


def check_rules(prometheus):
    for group in prometheus.get("rules")["groups"]:
        for rule in group["rules"]:
            if rule["health"] != "ok":
                yield f"rule {rule['name']}: {rule['health']}, {rule.get('lastError')}"
    for alert in prometheus.get("alerts")["alerts"]:
        yield f"{alert['labels']['alertname']} is {alert['state']}"


def check_dashboard(prometheus):
    """Every panel has data; but for those that show only what went wrong."""
    for panel in json.loads(DASHBOARD.read_text())["panels"]:
        for target in panel.get("targets", []):
            query = target["expr"].replace("$__rate_interval", "1m").replace("$job", ".*").replace("$instance", ".*")
            numbers = [one for one in prometheus.query(query) if one["value"][1] != "NaN"]  # of no observation
            if not numbers and not query.endswith("> 0"):
                yield f"the panel '{panel['title']}' is empty: {query}"


def check_diagnosis(linecheck, prometheus, twilio):
    """What `diagnose --prometheus` counts is what happened: no more calls, and no fewer frames."""
    def diagnose(*options):
        return subprocess.run([linecheck, "diagnose", "--prometheus", prometheus.url.removesuffix("/api/v1"), *options],
                              capture_output=True, text=True, timeout=60, check=False)

    frames = metric(twilio, "fake_twilio_media_received_total")
    told = diagnose("--last", "10m", "--selector", f'{{job="{JOB}"}}')
    for part in (f"verdicts on calls: {sum(CALLS.values())} x normal\n", f"bridge to Twilio: {frames:.0f} frames",
                 *(f"\n  {name:36} normal" for name in CALLS)):
        if told.returncode != 0 or part not in told.stdout:
            yield f"diagnose ends with {told.returncode} and does not say '{part}':\n{told.stdout}{told.stderr}"
    for option, value in (("--last", "5 minutes"), ("--selector", "job=bridge"), ("--until", "yesterday")):
        told = diagnose(option, value)
        if told.returncode != 2 or option not in told.stderr:
            yield f"diagnose {option} '{value}' ends with {told.returncode}: {told.stderr}"


def main(linecheck, bridge):
    ready = r"ready listen=(\S+) control=(\S+)"
    wrong = []
    with tempfile.TemporaryDirectory() as scratch:
        folder = pathlib.Path(scratch)
        with Program(folder, "openai", [linecheck, "openai", "--quiet"]) as openai, \
                Program(folder, "twilio", [linecheck, "twilio", "--quiet", "--account-sid", "AC" + "0" * 32,
                                           "--auth-token", "a-token-of-a-test"]) as twilio:
            realtime, model = openai.ready(ready)
            rest, phones = twilio.ready(ready)
            ask(model + "/script", MODEL, method="PUT")
            with Bridge(folder, "a", bridge, realtime, rest) as a, \
                    Bridge(folder, "b", bridge, realtime, rest) as b:
                bridges = {"a": a, "b": b}
                with Prometheus(folder, {name: one.admin for name, one in bridges.items()}) as prometheus:
                    until("the first scrapes", lambda: prometheus.scraped_since(0), 30)
                    calls = run_calls(phones, bridges)
                    until("all verdicts", lambda: prometheus.value(
                        "sum(voicebridge_call_verdicts_total)") == sum(CALLS.values()), 20)
                    now = time.time()
                    until("a scrape after the end", lambda: prometheus.scraped_since(now), 20)
                    for name, facts in calls.items():
                        wrong += check_values(prometheus, truths_of_a_bridge(name, facts))
                    wrong += check_values(prometheus, truths_of_all(phones, model))
                    wrong += check_rules(prometheus)
                    wrong += check_dashboard(prometheus)
                    wrong += check_diagnosis(linecheck, prometheus, phones)
    print("\n".join(wrong) if wrong else f"{sum(CALLS.values())} calls on 2 bridges: Prometheus says what is true")
    return 1 if wrong else 0


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:]))
