#!/usr/bin/env python3
"""Holds alerts, runbooks, dashboards and the catalogue of metrics together.

usage: links_test.py

Every alert has a runbook, and every runbook an alert; each runbook has its parts, its links lead somewhere,
and its commands find lines that the bridge writes. Every metric, label and label value that a rule, a panel
or a runbook names is in docs/metrics.md (which another test holds equal to the catalogue), or recorded by a
rule. promtool takes every rule and every panel's query."""
import json
import pathlib
import re
import subprocess
import sys
import tempfile

import yaml

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
RULES = sorted((ROOT / "metrics" / "alerts").glob("*.rules.yml"))
BOOKS = ROOT / "docs" / "runbooks"
PARTS = ["Callers hear", "First", "Then", "Back"]
LABELS = {"severity": {"page", "ticket"}, "rank": {"cause", "leg", "symptom", "warning"},
          "leg": {"openai", "bridge", "twilio", "any"}}
# What Prometheus adds to what it scrapes.
TARGET_LABELS = {"job", "instance", "le"}
NAME = r"(?:voicebridge|process|probe)_[a-z0-9_]+"


def catalogue():
    """name -> label -> values (None: any), from the page that is generated from the catalogue."""
    families, name = {}, None
    for line in (ROOT / "docs" / "metrics.md").read_text().splitlines():
        if line.startswith("### "):
            name = line[4:].strip()
            families[name] = {}
        elif name and line.startswith("- label `"):
            label, values = re.match(r"- label `(\w+)`: (.*)", line).groups()
            families[name][label] = None if "any" == values else set(re.findall(r"`([^`]+)`", values))
        elif name and line.startswith("histogram."):
            for suffix in ("_bucket", "_sum", "_count"):
                families[name + suffix] = families[name]
    return families


def recorded(documents):
    return {rule["record"] for document in documents for group in document["groups"] for rule in group["rules"]
            if "record" in rule}


def check_matchers(where, name, matchers, labels):
    for label, operator, value in re.findall(r'(\w+)\s*(=~|!~|!=|=)\s*"([^"]*)"', matchers):
        if label in TARGET_LABELS or value.startswith("$"):
            continue
        if label not in labels:
            yield f"{where}: {name} has no label {label}"
        elif labels[label] is not None:
            for one in value.split("|"):
                if one not in labels[label]:
                    yield f"{where}: {name} never has {label}=\"{one}\""


def check_query(where, query, families, records):
    for name in re.findall(r"\b\w+:\w+:\w+", query):
        if name not in records:
            yield f"{where}: no rule records {name}"
    for name, matchers in re.findall(rf"(?<![:\w])({NAME})(?:\{{([^}}]*)\}})?", query):
        if name not in families:
            yield f"{where}: there is no metric {name}"
        else:
            yield from check_matchers(where, name, matchers, families[name])
    grouping = set(re.findall(r"\w+", " ".join(re.findall(r"\b(?:by|on)\s*\(([^)]*)\)", query))))
    known = TARGET_LABELS.union(*(families.get(name, {}).keys() for name in re.findall(NAME, query)))
    for label in sorted(grouping - known):
        yield f"{where}: no metric of this query has the label {label}"


def check_rule(rule, families, records):
    where = rule.get("alert") or rule["record"]
    yield from check_query(where, rule["expr"], families, records)
    if "alert" not in rule:
        return
    if not where.startswith("VoiceBridge"):
        yield f"{where}: its name does not begin with VoiceBridge"
    for label, values in LABELS.items():
        if rule["labels"].get(label) not in values:
            yield f"{where}: {label} is one of {', '.join(sorted(values))}"
    notes = rule["annotations"]
    for note in ("summary", "description"):
        if not notes.get(note):
            yield f"{where}: no {note}"
        yield from check_query(f"{where}, {note}", re.sub(r"\{\{.*?\}\}", "", notes.get(note, "")), families, records)
    if notes.get("runbook_url") != f"docs/runbooks/{where}.md":
        yield f"{where}: runbook_url is {notes.get('runbook_url')}, its runbook docs/runbooks/{where}.md"
    elif not (BOOKS / f"{where}.md").exists():
        yield f"{where}: there is no docs/runbooks/{where}.md"


def check_book(file, alerts, families, records):
    where = f"docs/runbooks/{file.name}"
    text = file.read_text()
    if file.stem != "README" and file.stem not in alerts:
        yield f"{where}: there is no alert {file.stem}"
    if file.stem != "README":
        if not text.startswith(f"# {file.stem}\n"):
            yield f"{where}: its title is not {file.stem}"
        parts = re.findall(r"^## (.+)$", text, re.MULTILINE)
        if parts != PARTS:
            yield f"{where}: its parts are {parts}, and should be {PARTS}"
    for link in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", text):
        if "://" not in link and not (file.parent / link).exists():
            yield f"{where}: {link} leads nowhere"
    for name in re.findall(r"\bVoiceBridge\w+", text):
        if name not in alerts:
            yield f"{where}: there is no alert {name}"
    for name in re.findall(rf"\b{NAME}", text):
        if name not in families and not any(one.startswith(name) for one in families):
            yield f"{where}: there is no metric {name}"
    yield from check_query(where, " ".join(re.findall(rf"{NAME}\{{[^}}]*\}}", text)), families, records)


LITERAL = r'"((?:[^"\\]|\\.)*)"'
# What is written to the log, or to standard output, which journald keeps too. Literals may hold semicolons.
WRITES = re.compile(r'(?:\blog_?\.(?:error|warn|info)\(|say_at_once\(|std::cout <<)((?:[^;"]|"(?:[^"\\]|\\.)*")*);')


def lines_of_the_bridge():
    """What its sources can log, with {} for what is filled in."""
    for file in sorted((ROOT / "bridge").rglob("*.cpp")):
        for written in WRITES.findall(file.read_text()):
            yield "".join(re.findall(LITERAL, written))


def check_commands(file, lines):
    """A runbook's commands find what they look for, and are let in."""
    where = f"docs/runbooks/{file.name}"
    text = file.read_text()
    for command in re.findall(r"linecheck call \$BRIDGE[^`\n]*", text):
        if "--auth-token $TWILIO_AUTH_TOKEN" not in command:
            yield f"{where}: without --auth-token the bridge answers 403 to: {command}"
    for command in re.findall(r"^.*--check-config$", text, re.MULTILINE):
        if "-p EnvironmentFile=/etc/linecheck-bridge/environment" not in command:
            yield f"{where}: without the service's environment, as systemd reads it, nothing is checked by: {command}"
    if re.search(r"(?:\.|source) /etc/linecheck-bridge/environment", text):
        yield f"{where}: a shell reads the environment file by other rules than systemd, and runs parts of it"
    for command in re.findall(r"curl [^\n]*\$ADMIN/metrics[^\n]*", text):
        if not re.match(r"curl -sSf \$ADMIN/metrics \| grep -E '\^", command):
            yield f"{where}: a 401 or the metrics' HELP would hide the answer of: {command}"
    greps = r"journalctl [^|\n]*\| grep ((?:-\w+ )*)['\"]?([^'\"|\n]+(?:\|[^'\"\n]+)?)"
    for options, pattern in re.findall(greps, text):
        found = re.compile(pattern.strip(), re.IGNORECASE if "i" in options else 0)
        if not any(found.search(line) for line in lines):
            yield f"{where}: the bridge logs no line that holds {pattern.strip()}"


def panels(dashboard):
    for panel in dashboard["panels"]:
        yield panel
        yield from panel.get("panels", [])


def queries(dashboard):
    for panel in panels(dashboard):
        for target in panel.get("targets", []):
            yield panel["title"], target["expr"]


def check_dashboard(file, families, records):
    """promtool reads no dashboards: its queries go to it as rules."""
    found = list(queries(json.loads(file.read_text())))
    if not found:
        yield f"{file.name}: no query"
    for title, query in found:
        yield from check_query(f"{file.name}: {title}", query, families, records)
    plain = [re.sub(r"\$__rate_interval", "1m", query) for _, query in found]
    rules = [{"record": f"panel:{number}", "expr": query} for number, query in enumerate(plain)]
    with tempfile.NamedTemporaryFile("w", suffix=".yml") as scratch:
        json.dump({"groups": [{"name": "panels", "rules": rules}]}, scratch)
        scratch.flush()
        yield from promtool(["check", "rules", "--lint=none", scratch.name], file.name)


def promtool(arguments, where):
    done = subprocess.run(["promtool", *arguments], capture_output=True, text=True, timeout=60, check=False)
    if done.returncode != 0:
        yield f"{where}: promtool says {done.stdout[-2000:]} {done.stderr[-2000:]}"


def main():
    families = catalogue()
    documents = [yaml.safe_load(file.read_text()) for file in RULES]
    records = recorded(documents)
    rules = [rule for document in documents for group in document["groups"] for rule in group["rules"]]
    alerts = {rule["alert"] for rule in rules if "alert" in rule}
    books = sorted(BOOKS.glob("*.md"))
    dashboards = sorted((ROOT / "metrics" / "dashboards").glob("*.json"))
    wrong = [fault for rule in rules for fault in check_rule(rule, families, records)]
    wrong += [fault for file in books for fault in check_book(file, alerts, families, records)]
    lines = list(lines_of_the_bridge())
    wrong += [fault for file in books for fault in check_commands(file, lines)]
    wrong += [fault for file in dashboards for fault in check_dashboard(file, families, records)]
    for arguments in (["check", "rules", *map(str, RULES)],
                      ["check", "config", str(ROOT / "metrics" / "alerts" / "prometheus.example.yml")]):
        wrong += promtool(arguments, " ".join(arguments[:2]))
    print("\n".join(wrong) if wrong else f"{len(alerts)} alerts, {len(books)} runbooks, {len(dashboards)} dashboards")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
