#!/usr/bin/env python3
"""Does what docs/tutorial.md and docs/cookbook.md say, word by word. usage: documents_test.py LINECHECK"""
import json
import os
import pathlib
import re
import shlex
import subprocess
import unittest

import yaml

from linecheck import FAILS, PASSES, Case, main

DOCS = pathlib.Path(__file__).resolve().parents[2] / "docs"
BLOCK = re.compile(r"(?:<!-- file: (?P<file>\S+) -->\n)?```(?P<kind>\w+)\n(?P<text>.*?)```", re.S)


def blocks(name):
    return [match.groupdict() for match in BLOCK.finditer((DOCS / name).read_text())]


def file_of(scenario):
    return re.search(r"(?m)^name: (\S+)$", scenario)[1] + ".yaml"


class Tutorial(Case):
    def test_every_command_does_what_is_shown(self):
        commands = 0
        for block in blocks("tutorial.md"):
            if block["kind"] == "yaml":
                self.write(block["file"], block["text"])
                continue
            for one in re.split(r"(?m)^\$ linecheck ", block["text"])[1:]:
                command, *shown = one.splitlines()
                self.follow(command, shown)
                commands += 1
        self.assertGreaterEqual(commands, 10)

    def follow(self, command, shown):
        status = re.search(r"# exit (\d+)$", command)
        arguments = shlex.split(command, comments=True)
        done = self.run_it(*arguments)
        everything = done.stderr + done.stdout
        self.assertEqual(done.returncode, int(status[1]) if status else 0, f"{command}\n{everything}")
        rest = everything
        for line in shown:  # in this order; lines may go on, and others stand between
            self.assertIn(line, rest, f"{command}\n{everything}")
            rest = rest[rest.index(line) + len(line):]


class Cookbook(Case):
    def test_every_recipe_passes(self):
        recipes = [block for block in blocks("cookbook.md") if block["kind"] == "yaml"]
        self.assertGreaterEqual(len(recipes), 9)
        for block in recipes:
            self.write(block["file"] or file_of(block["text"]), block["text"])
        done = self.run_it("run", ".")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_every_recipe_can_fail(self):
        """One whose expectations hold whatever happens would teach nothing: nobody is answered here."""
        for block in blocks("cookbook.md"):
            if "known_failing" in block["text"] or "transcript_only" in block["text"]:
                continue
            if block["file"]:  # what another includes
                self.write(block["file"], block["text"])
                continue
            unlike = re.sub(r"\nopenai: \{faults: .*", "", block["text"])
            deaf = unlike.replace("\ncaller:", "\nopenai: {faults: [{kind: no_deltas}]}\ncaller:")
            self.write(file_of(deaf), deaf)
        self.assertEqual(self.run_it("run", ".").returncode, 1)
        self.assertEqual(set(self.statuses().values()), {"failed"})


class Whole(Case):
    def test_what_says_that_an_answer_is_whole_fails_when_half_of_it_is_lost(self):
        """In the recipes, and in every file of the tutorial whose `about` speaks of all of it."""
        chosen = 0
        for page in ("cookbook.md", "tutorial.md"):
            for block in blocks(page):
                text = block["text"]
                if "name:" not in text:
                    if block["file"]:  # what another includes
                        self.write(block["file"], text)
                    continue
                claims = re.search(r"complete: true|\ninclude:|\nabout: .*(whole|all of it|nothing of it is lost)", text)
                if not claims or "wait_fro" in text:
                    continue
                unlike = re.sub(r"\nopenai: \{faults: .*", "", text)
                halved = unlike.replace("\ncaller:", "\nopenai: {faults: [{kind: incomplete_response}]}\ncaller:")
                self.write(file_of(halved), halved)
                chosen += 1
        self.assertGreaterEqual(chosen, 10)
        done = self.run_it("run", ".")
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertEqual(set(self.statuses().values()), {"failed"}, self.statuses())


def strings_of(value):
    if isinstance(value, str):
        return [value]
    children = value.values() if isinstance(value, dict) else value if isinstance(value, list) else []
    return [text for child in children for text in strings_of(child)]


class Templates(Case):
    def test_they_are_yaml_and_every_command_of_ours_in_them_is_one(self):
        for file in sorted((DOCS.parent / "ci/templates").glob("*.yml")):
            self.assertTrue(yaml.safe_load(file.read_text()))
            used = set(re.findall(r"\blinecheck (lint|run)((?: --[a-z]+)*)", file.read_text()))
            self.assertEqual({command for command, _ in used}, {"lint", "run"})
            for command, _ in used:
                known = self.run_it(command, "--help").stdout
                line = re.search(rf"linecheck {command} .*", file.read_text())[0]
                for option in re.findall(r" (--[a-z]+)", line):
                    self.assertIn(option, known, file.name)

    def comment(self, file, results):
        """What the template's own script writes, as the artifacts of all shards lie before it."""
        for number, text in results.items():
            self.write(f"reports/linecheck-report-{number}/results.json", text)
            self.write(f"out/{number}/results.json", text)
        script, = (text for text in strings_of(yaml.safe_load(file.read_text())) if "jq -r" in text)
        self.write("bin/gh", "#!/bin/sh\n").chmod(0o755)
        path = f"{self.folder / 'bin'}:{os.environ['PATH']}"
        urls = {name: "https://ci.example/1" for name in ("RUN", "CI_PIPELINE_URL", "PULL_REQUEST")}
        subprocess.run(["bash", "-eo", "pipefail", "-c", script], check=True, cwd=self.folder,
                       env=self.environment(PATH=path, **urls))
        return (self.folder / "comment.md").read_text()

    def test_the_comment_names_what_failed_in_each_shard_and_nothing_that_is_tolerated(self):
        self.write("passes.yaml", PASSES)
        known = FAILS.replace("fails", "known").replace("tags:", "known_failing: {ticket: T-1, until: 2999-01-01}\ntags:")
        self.write("known.yaml", known)
        self.write("fails.yaml", FAILS)
        results = {}
        for number in (1, 2, 3):
            self.run_it("run", "--shard", f"{number}/3", ".")
            results[number] = (self.folder / "out/results.json").read_text()
        (self.folder / "out/results.json").unlink()
        for file in (DOCS.parent / "ci/templates").glob("*.yml"):
            said = self.comment(file, results)
            self.assertRegex(said, r"^\*\*1 failed\.\*\*\n- `fails`, normal: `verdict: no_turn: the truth is normal.*`\n"
                                   r"  `linecheck run .*fails.yaml`\nReports .*\n$", file.name)
            self.assertEqual(said.count("- `"), 1, said)

    def test_the_comment_says_of_nothing_that_it_failed_but_of_what_did(self):
        def one(status, **more):
            return {"name": status, "status": status, "verdict": "", "replay": "again", "expectations": [],
                    "other_failures": ["the `bridge`\nlog"]} | more
        late = [{"status": "inconclusive", "text": "x < 1", "why": "12 ms late"}]
        judged = {"scenarios": [one("inconclusive", expectations=late, other_failures=[]), one("broken"),
                                one("not_deterministic")]}
        many = {"scenarios": [one("failed", replay="r" * 2000)] * 1000}
        for file in (DOCS.parent / "ci/templates").glob("*.yml"):
            said = self.comment(file, {1: json.dumps(judged), 2: json.dumps({"scenarios": []})})
            self.assertTrue(said.startswith("**2 could not be judged, which says nothing about the bridge.**\n"), said)
            self.assertIn("- `inconclusive`, no verdict: `x < 1: 12 ms late`\n  `again`\n", said)
            self.assertIn("- `broken`, no verdict: `the 'bridge'`\n", said)
            self.assertIn("**1 gave two runs for one seed, which is a bug of linecheck.**", said)
            self.assertNotIn("failed", said)
            said = self.comment(file, {1: json.dumps(many)})
            self.assertIn("**1000 failed.**", said)
            self.assertIn("- and 985 more\n", said)
            self.assertLess(len(said), 60_000)

    def test_the_jobs_of_gitlab_are_in_the_same_pipelines(self):
        jobs = yaml.safe_load((DOCS.parent / "ci/templates/gitlab-ci.yml").read_text())
        rules = [rule["if"] for rule in jobs[".linecheck-rules"]["rules"]]
        self.assertIn('$CI_PIPELINE_SOURCE == "merge_request_event"', rules)
        for name in ("linecheck-build", "linecheck"):
            self.assertEqual(jobs[name]["extends"], ".linecheck-rules")

    def test_the_revision_is_of_exactly_the_branch_that_is_named(self):
        """A repository with two branches that end in the same name, and none at all."""
        git = ["git", "-c", "user.name=a", "-c", "user.email=a@b", "-C", str(self.folder / "linecheck")]
        subprocess.run(["git", "init", "-q", "-b", "main", str(self.folder / "linecheck")], check=True)
        commit = ["commit", "-q", "--allow-empty", "-m"]
        for words in ([*commit, "a"], ["checkout", "-q", "-b", "feature/main"], [*commit, "b"], ["tag", "v1/main"],
                      ["checkout", "-q", "main"]):
            subprocess.run([*git, *words], check=True)
        revision = subprocess.run([*git, "rev-parse", "main"], check=True, capture_output=True, text=True).stdout.strip()
        for file in (DOCS.parent / "ci/templates").glob("*.yml"):
            script, = (text for text in strings_of(yaml.safe_load(file.read_text())) if "ls-remote" in text)
            script = script.split("if [ ! -f")[0].replace("https://github.com/$LINECHECK_REPOSITORY", "$LINECHECK_URL")
            for ref, status in (("main", 0), (revision, 0), ("nobody", 1)):
                done = subprocess.run(
                    ["bash", "-eo", "pipefail", "-c", script + "\necho \"is $revision\""], check=False,
                    capture_output=True, text=True, env=self.environment(
                        LINECHECK_REF=ref, LINECHECK_URL=str(self.folder / "linecheck"), GITHUB_OUTPUT="/dev/null"))
                self.assertEqual(done.returncode, status, done.stderr)
                if status == 0:
                    self.assertEqual(done.stdout, f"is {revision}\n")
                else:
                    self.assertIn("called nobody", done.stdout)

    def test_a_job_stops_without_a_bridge_or_scenarios_of_its_own(self):
        whole = "bridge:\n  command: node bridge.js\nscenarios: [.]\n"
        for file in (DOCS.parent / "ci/templates").glob("*.yml"):
            script, = (text for text in strings_of(yaml.safe_load(file.read_text())) if "for key in" in text)
            self.assertNotIn("SCENARIOS", file.read_text())
            for text, status in ((whole, 0), (whole.replace("bridge:", "# bridge:"), 1), (whole.replace("scen", "#"), 1)):
                self.write("linecheck.yaml", text)
                done = subprocess.run(["bash", "-eo", "pipefail", "-c", script], check=False, cwd=self.folder,
                                      capture_output=True, text=True)
                self.assertEqual(done.returncode, status, done.stdout)
                self.assertEqual("linecheck.yaml has no '" in done.stdout, status == 1)

    def test_the_comment_says_when_nothing_was_run(self):
        for file in (DOCS.parent / "ci/templates").glob("*.yml"):
            self.assertIn("No scenario failed", self.comment(file, {}), file.name)

    def test_the_comment_says_when_of_all_that_ran_nothing_failed(self):
        self.write("passes.yaml", PASSES)
        self.run_it("run", "passes.yaml")
        results = (self.folder / "out/results.json").read_text()
        (self.folder / "out/results.json").unlink()
        for file in (DOCS.parent / "ci/templates").glob("*.yml"):
            said = self.comment(file, {1: results})
            self.assertIn("No scenario failed", said, file.name)
            self.assertNotIn("as it should", said, file.name)

    def test_every_shard_of_gitlab_has_a_folder_of_its_own(self):
        job = yaml.safe_load((DOCS.parent / "ci/templates/gitlab-ci.yml").read_text())["linecheck"]
        self.assertIn('--out "out/$CI_NODE_INDEX"', " ".join(job["script"]))
        self.assertEqual(job["artifacts"]["reports"]["junit"], "out/*/junit.xml")


class Pages(unittest.TestCase):
    def test_they_name_pages_that_exist(self):
        for name in ("tutorial.md", "cookbook.md", "gate.md"):
            for page in re.findall(r"\]\(([\w./-]+)\)", (DOCS / name).read_text()):
                self.assertTrue((DOCS / page).exists(), f"{name}: {page}")


if __name__ == "__main__":
    main()
