#!/usr/bin/env python3
"""Every expectation of the library's that can be turned round is turned round, and must then fail: one that
holds either way proves nothing.

usage: library_can_fail_test.py LINECHECK [First|Rest]     default: both

First: the first one of each scenario, in seconds; Rest: the others, in minutes."""
import collections
import pathlib
import re
import shutil

import yaml

from linecheck import Case, main

LIBRARY = pathlib.Path(__file__).resolve().parents[2] / "scenarios/library"
OPPOSITE = {"==": "!=", "!=": "==", ">": "<=", ">=": "<", "<": ">=", "<=": ">"}
COMPARISON = re.compile(r"^(?P<left>(?:[^<>=!{]|\{[^}]*\})+?) (?P<operator>==|!=|>=|<=|>|<) (?P<right>[\d.]+)$")


def turned(node):
    """The expectation's opposite; None: what has a window, or several conditions, has none that is as plain."""
    if isinstance(node, yaml.ScalarNode):
        return turned_query(node.value)
    values = {key.value: value for key, value in node.value}
    if set(values) == {"verdict"} and isinstance(values["verdict"], yaml.ScalarNode):
        return "verdict: " + ("no_turn" if values["verdict"].value != "no_turn" else "normal")
    if set(values) == {"verdict"}:
        return "verdict: bridge_fault"
    if "recording" in values and set(values) <= {"recording", "call"} and isinstance(values["recording"], yaml.MappingNode):
        return "recording: none"
    if set(values) == {"alert"}:
        return "alert: none" if isinstance(values["alert"], yaml.MappingNode) else "alert: {pages: [VoiceBridgeOpenAiQuota]}"
    if set(values) == {"heard"} and isinstance(values["heard"], yaml.ScalarNode) and values["heard"].value != "nothing":
        return f"not_heard: {values['heard'].value}"
    if set(values) == {"tool_called"} and isinstance(values["tool_called"], yaml.MappingNode):
        name = next(value.value for key, value in values["tool_called"].value if key.value == "name")
        return f"tool_called: {{name: {name}, times: 0}}"
    if set(values) == {"not_heard"} and isinstance(values["not_heard"], yaml.ScalarNode):
        return f"heard: {values['not_heard'].value}"
    return None


def turned_query(text):
    compared = COMPARISON.match(text)
    if not compared:
        return None
    query = f"{compared['left']} {OPPOSITE[compared['operator']]} {compared['right']}"
    return "'" + query.replace("'", "''") + "'"


def variants(text):
    """The scenario with one expectation turned round, for each that can be."""
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    for key, value in root.value:
        if key.value != "expect":
            continue
        for node in value.value:
            opposite = turned(node)
            if opposite:
                begin = node.start_mark.index
                end = text.find("\n", begin)  # each stands on one line
                yield node.start_mark.line + 1, text[:begin] + opposite + (text[end:] if end >= 0 else "\n")


class Library(Case):
    def setUp(self):
        super().setUp()
        # What others include is no scenario, and is run through them.
        files = sorted(file for file in LIBRARY.rglob("*.yaml") if "linecheck: 1" in file.read_text())
        self.turned_round = {file: list(variants(file.read_text())) for file in files}

    def run_variant(self, number):
        """The number-th expectation of each scenario turned round: each must then fail, in its own time."""
        shutil.rmtree(self.folder / "library", ignore_errors=True)
        shutil.copytree(LIBRARY, self.folder / "library")
        chosen = {}
        for file, found in self.turned_round.items():
            if number < len(found):
                line, text = found[number]
                path = self.folder / "library" / file.relative_to(LIBRARY)
                path.write_text(text)
                chosen[file.stem] = (path, line)
        held, judged = collections.defaultdict(list), set()
        for time in ("virtual", "real"):
            paths = sorted(path for path, _ in chosen.values() if self.is_of(path, time))
            if not paths:
                continue
            done = self.run_it("run", "--time", time, *paths, "--out", "out", timeout=300)
            self.assertEqual(done.returncode, 1, done.stderr[-3000:])
            for name, status in self.statuses().items():
                judged.add(name.split("[")[0])
                if status == "passed":
                    held[name.split("[")[0]].append(name)
        self.assertEqual([f"{names[0]}: line {chosen[stem][1]}" for stem, names in held.items()], [])
        self.assertEqual(judged, set(chosen), "each was run, in one kind of time or the other")

    @staticmethod
    def is_of(path, time):
        """In virtual time runs what can, which is sooner over; in real time what makes sense there alone."""
        only = (yaml.safe_load(path.read_text()).get("time") or {}).get("only", "virtual")
        return only == time


class First(Library):
    def test_every_scenario_has_an_expectation_that_fails_when_it_is_turned_round(self):
        # Fragments are no scenarios.
        barren = [str(file) for file, found in self.turned_round.items()
                  if not found and "expect:" in file.read_text()]
        self.assertEqual(barren, [])
        self.run_variant(0)


class Rest(Library):
    def test_so_does_every_other_expectation(self):
        for number in range(1, max(map(len, self.turned_round.values()))):
            self.run_variant(number)


if __name__ == "__main__":
    main()
