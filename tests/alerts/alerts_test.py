#!/usr/bin/env python3
"""Proves the alerts of metrics/alerts with Prometheus' own promtool and Alertmanager.

usage: alerts_test.py LINECHECK

1. `linecheck run` writes the scrapes of each scenario in scenarios/traffic as promtool's input, together with
   the alerts that the scenario says will fire; some are put side by side, as replicas of a job (REPLICAS),
   and one is put a week before a day without calls.
2. promtool runs those, what a real bridge says of its certificates, and the tests of this folder: guards,
   edges, and what no scenario can show.
3. Of each case's alerts Alertmanager, with the example's inhibitions, leaves the one that is said to page,
   and of failures of several replicas (INHIBITIONS) one of each.
4. No alert is left without a case in which it fires."""
import json
import os
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

import yaml

import real_certificates

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
RULES = ROOT / "metrics" / "alerts"
TRAFFIC = ROOT / "scenarios" / "traffic"
HERE = pathlib.Path(__file__).resolve().parent
SETTLED_WITHIN = 30  # s, on a busy machine
FIRED = 'group by (alertname) (present_over_time(ALERTS{alertstate="firing"'

# Name, the scenarios whose bridges stand side by side (each as often as it is named), the alerts that fire,
# the one of them that pages.
REPLICAS = [
    ("one bad replica of two", ["normal-traffic", "openai-silent"],
     {"OpenAiNotGenerating", "CallersHearSilence", "NoFirstAudio", "WatchdogFiring", "FewCallsNormal"},
     "OpenAiNotGenerating"),
    ("five replicas, each with too few calls to tell", ["two-silent-calls"] * 5,
     {"CallersHearSilence", "WatchdogFiring"}, "CallersHearSilence"),
    ("two good replicas", ["normal-traffic"] * 2, set(), None),
]

# What no case shows: failures of several replicas at once. Name, the alerts with the replica of each (None:
# of all), the ones that page.
INHIBITIONS = [
    ("a replica is down, another one blocks", [("TargetDown", "a"), ("PipelineBlockage", "b")],
     {"TargetDown", "PipelineBlockage"}),
    ("a replica is down, callers of others hear silence", [("TargetDown", "a"), ("CallersHearSilence", None)],
     {"TargetDown", "CallersHearSilence"}),
    ("a replica is blocked, and its own callers tell", [("TransportBlocked", "a"), ("PipelineBlockage", "a"),
                                                        ("CallsSilent", "a"), ("CallersHearSilence", None)],
     {"TransportBlocked"}),
    ("OpenAI's quota is every replica's",
     [("OpenAiQuota", None), ("OpenAiNotGenerating", "a"), ("CallsSilent", "b")], {"OpenAiQuota"}),
    ("a certificate ends tomorrow, callers hear silence today",
     [("CertificateEnding", "a"), ("PipelineBlockage", "a"), ("CallersHearSilence", None)],
     {"CertificateEnding", "PipelineBlockage"}),
    ("a certificate ends tomorrow, callers of all replicas hear silence",
     [("CertificateEnding", "a"), ("CallersHearSilence", None)], {"CertificateEnding", "CallersHearSilence"}),
    ("no bridge is known any more", [("TargetDown", None), ("CallersHearSilence", None)], {"TargetDown"}),
]


def run(command, where):
    done = subprocess.run(command, cwd=where, capture_output=True, text=True, timeout=600, check=False,
                          env=os.environ | {"GOGC": "1000"})  # promtool collects its garbage less often
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))[:200]}: exit {done.returncode}\n"
                 f"{done.stdout[-6000:]}\n{done.stderr[-6000:]}")
    return done.stdout


def load(file):
    return yaml.load(file.read_text(), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))


def of_a_replica(expression):
    """Whether the alert keeps the label `instance`: it adds up nothing, or by instance."""
    return " by (" not in expression or re.search(r" by \([^)]*\binstance\b", expression) is not None


def rules():
    """The labels of each alert, by its name; those of one replica with an instance."""
    found = {}
    for file in sorted(RULES.glob("*.rules.yml")):
        for group in load(file)["groups"]:
            for rule in group["rules"]:
                if "alert" in rule:
                    one = {"instance": "a"} if of_a_replica(rule["expr"]) else {}
                    found[rule["alert"]] = rule["labels"] | one
    return found


def fired_test(alerts, end):
    samples = [{"labels": f'{{alertname="{name}"}}', "value": 1} for name in sorted(alerts)]
    return {"expr": FIRED + "}[" + end + "]))", "eval_time": end, "exp_samples": samples}


def side_by_side(folder):
    """Writes a test file for each of REPLICAS; the cases as (name, alerts, who pages)."""
    cases = []
    for number, (name, scenarios, alerts, pages) in enumerate(REPLICAS):
        alerts = {"VoiceBridge" + alert for alert in alerts}
        series, ends = [], []
        for index, scenario in enumerate(scenarios):
            written = load(folder / f"{scenario}.test.yml")["tests"][0]
            ends.append(written["promql_expr_test"][-1]["eval_time"])
            for one in written["input_series"]:
                own = one["series"].replace(f'instance="{scenario}"', f'instance="{scenario}-{index}"')
                series.append({"series": own, "values": one["values"]})
        document = {"rule_files": ["*.rules.yml"], "evaluation_interval": "15s",
                    "tests": [{"interval": "15s", "input_series": series,
                               "promql_expr_test": [fired_test(alerts, min(ends))]}]}
        (folder / f"replicas-{number}.test.yml").write_text(json.dumps(document))
        cases.append((name, alerts, pages and "VoiceBridge" + pages))
    return cases


def a_week_later(folder):
    """Calls as in normal-traffic, and a week later none: what the alert reads of them, nothing else."""
    read = ("up{", "voicebridge_calls_started_total{", "voicebridge_streams_started_total{",
            "voicebridge_first_audio_seconds_count{")
    written = load(folder / "normal-traffic.test.yml")["tests"][0]
    series = [{"series": one["series"], "values": f"{one['values']} {last_value(one['values'])}x40500"}
              for one in written["input_series"] if one["series"].startswith(read)]
    test = {"interval": "15s", "input_series": series,
            "promql_expr_test": [fired_test(set(), "168h"), fired_test({"VoiceBridgeNoCalls"}, "168h45m")]}
    document = {"rule_files": ["*.rules.yml"], "evaluation_interval": "5m", "tests": [test]}
    (folder / "a-week-later.test.yml").write_text(json.dumps(document))
    return [("a week after normal-traffic no call comes", {"VoiceBridgeNoCalls"}, "VoiceBridgeNoCalls")]


def last_value(values):
    """Of `0 1 2x7`: 2."""
    return values.split()[-1].split("x")[0]


def certificate_cases(folder, bridge):
    """Writes a test file for what a real bridge says of certificates."""
    scratch = folder / "certificates"
    scratch.mkdir()
    cases, tests = [], []
    for name, series, alerts, pages in real_certificates.cases(bridge, scratch):
        alerts = {"VoiceBridge" + alert for alert in alerts}
        tests.append({"interval": "15s", "input_series": series, "promql_expr_test": [fired_test(alerts, "15m")]})
        cases.append((name, alerts, pages and "VoiceBridge" + pages))
    document = {"rule_files": ["*.rules.yml"], "evaluation_interval": "15s", "tests": tests}
    (folder / "real-certificates.test.yml").write_text(json.dumps(document))
    return cases


def scenario_cases():
    cases = []
    for file in sorted(TRAFFIC.glob("*.yaml")):
        alerts = load(file)["alerts"]
        pages = [one["alert"] for one in alerts if one.get("pages")]
        cases.append((file.stem, {one["alert"] for one in alerts}, pages[0] if pages else None))
    return cases


def written_cases():
    """Of the tests in this folder: each says the whole set of its alerts, and in its name who pages."""
    cases = []
    for file in sorted(HERE.glob("*.test.yml")):
        for test in load(file)["tests"]:
            where = f"{file.name}: {test.get('name', 'a test without a name')}"
            whole = [one for one in test["promql_expr_test"] if one["expr"].startswith(FIRED + "}")]
            if not whole:
                sys.exit(f"{where} does not say which alerts have fired in all: {FIRED}}}[...]))")
            alerts = {one["labels"].split('"')[1] for one in whole[-1]["exp_samples"]}
            words = test["name"].split(", pages ")
            cases.append((where, alerts, words[1] if len(words) == 2 else None))
    return cases


class Alertmanager:
    """Debian's, with our example."""

    def __init__(self, folder):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}/api/v2/alerts"
        self.log = open(folder / "alertmanager.log", "w+")
        self.process = subprocess.Popen(
            ["prometheus-alertmanager", f"--config.file={RULES / 'alertmanager.example.yml'}",
             f"--storage.path={folder / 'alertmanager'}", f"--web.listen-address=127.0.0.1:{port}",
             "--cluster.listen-address="], stdout=self.log, stderr=self.log)

    def __enter__(self):
        for _ in range(100):
            try:
                self.ask()
                return self
            except urllib.error.URLError:
                time.sleep(0.1)
        self.log.seek(0)
        sys.exit("Alertmanager did not start:\n" + self.log.read())

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(20)
        self.log.close()

    def ask(self, body=None):
        request = urllib.request.Request(self.url, body and json.dumps(body).encode(),
                                         {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.loads(answer.read() or "null")


def pages_left(manager):
    """The alerts that page and that no other inhibits, by the case."""
    left = {}
    for alert in manager.ask():
        if alert["labels"]["severity"] == "page" and not alert["status"]["inhibitedBy"]:
            left.setdefault(alert["labels"]["job"], set()).add(alert["labels"]["alertname"])
    return left


def check_pages(cases, labels, folder):
    """Each case is a job of its own: the inhibitions of one do not reach another. Alertmanager inhibits a
    moment after it has heard of an alert."""
    expected = {name: {pages} for name, _, pages in cases if pages}
    posted = [{"alertname": alert, "job": name, **labels[alert]} for name, alerts, _ in cases for alert in alerts]
    for name, alerts, pages in INHIBITIONS:
        expected[name] = {"VoiceBridge" + alert for alert in pages}
        for alert, instance in alerts:
            ours = labels["VoiceBridge" + alert] | {"instance": instance or ""}
            posted.append({"alertname": "VoiceBridge" + alert, "job": name, **ours})
    with Alertmanager(folder) as manager:
        manager.ask([{"labels": one} for one in posted])
        deadline = time.monotonic() + SETTLED_WITHIN
        while (left := pages_left(manager)) != expected and time.monotonic() < deadline:
            time.sleep(0.2)
    return [f"{name}: pages {expected.get(name) or 'nobody'}, and Alertmanager leaves {left.get(name) or 'none'}"
            for name in sorted(expected.keys() | left.keys()) if left.get(name) != expected.get(name)]


def main(linecheck):
    labels = rules()
    with tempfile.TemporaryDirectory() as scratch:
        folder = pathlib.Path(scratch)
        for file in [*RULES.glob("*.rules.yml"), *HERE.glob("*.test.yml")]:
            shutil.copy(file, folder)
        run([linecheck, "run", "--prometheus-input", scratch, TRAFFIC, HERE / "one-scrape.yaml"], scratch)
        bridge = pathlib.Path(linecheck).resolve().parent / "linecheck-bridge"
        cases = scenario_cases() + side_by_side(folder) + a_week_later(folder)
        cases += certificate_cases(folder, bridge) + written_cases()
        unknown = {alert for _, alerts, _ in cases for alert in alerts} - labels.keys()
        if unknown:
            sys.exit(f"no such alerts: {', '.join(sorted(unknown))}")
        run(["promtool", "test", "rules", *sorted(file.name for file in folder.glob("*.test.yml"))], scratch)
        wrong = check_pages(cases, labels, folder)
    shown = set().union(*(alerts for _, alerts, _ in cases))
    wrong += [f"{alert}: no case shows it firing" for alert in sorted(labels.keys() - shown)]
    print("\n".join(wrong) if wrong else f"{len(labels)} alerts proved in {len(cases)} cases")
    return 1 if wrong else 0


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1]))
