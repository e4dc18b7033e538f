#!/usr/bin/env python3
"""What helps to write scenarios: new, init, list, explain, completion.
usage: authoring_test.py LINECHECK"""
import json
import os
import pathlib
import pty
import re
import select
import shlex
import shutil
import subprocess
import time
import unittest

from linecheck import FAILS, PASSES, Case, LINECHECK, main

ROOT = pathlib.Path(__file__).resolve().parents[2]
COLUMNS = 80


class New(Case):
    def kinds(self):
        return re.findall(r"(?m)^  ([a-z-]+) {2,}the ", self.run_it("new", "--help").stdout)

    def test_every_template_lints_and_passes(self):
        kinds = self.kinds()
        self.assertGreaterEqual(len(kinds), 6)
        for kind in kinds:
            self.exits(0, "new", f"a-{kind}", "--template", kind, "--tags", "mine,new")
            first = (self.folder / f"a-{kind}.yaml").read_text().splitlines()[0]
            schema = re.fullmatch(r"# yaml-language-server: \$schema=(\S+)", first)[1]
            self.assertTrue((self.folder / schema).exists(), schema)
        count = len(kinds)
        self.exits(0, "lint", ".", says=f"{count} files, {count} scenarios, 0 broken files")
        self.exits(0, "run", ".", "--strict", says=f"{len(kinds)} passed, 0 failed")

    def test_other_keys_are_answered_by_nothing_about_the_old_ones(self):
        self.exits(0, "new", "star", "--template", "keys", "--caller", "*9")
        self.assertNotIn("one zero", (self.folder / "star.yaml").read_text())
        self.exits(0, "run", "star.yaml")

    def test_words_with_everything_that_yaml_trips_over(self):
        said = 'He said: "no" {#1, *9}, it\'s 50% off'
        self.exits(0, "new", "words", "--caller", said, "--bot", "שלום, איך אפשר לעזור?", "--about", "a: b # c")
        self.exits(0, "run", "words.yaml")
        explained = self.exits(0, "explain", "words.yaml").stdout
        self.assertIn(said, " ".join(explained.split()))

    def test_inside_of_the_checkout_the_schema_is_found_by_a_relative_path(self):
        folder = ROOT / "scenarios/library/new-test"
        self.addCleanup(shutil.rmtree, folder, ignore_errors=True)
        self.exits(0, "new", "made-by-a-test", "--dir", folder)
        first = (folder / "made-by-a-test.yaml").read_text().splitlines()[0]
        self.assertEqual(first, "# yaml-language-server: $schema=../../schema/scenario.schema.json")

    def test_it_asks_on_a_terminal(self):
        ours, theirs = pty.openpty()
        asking = subprocess.Popen([LINECHECK, "new"], cwd=self.folder, stdin=theirs, stdout=theirs,
                                  stderr=theirs)
        os.close(theirs)
        os.write(ours, b"My Name\n\nkeys\n12#\nThank you.\n.\n")
        seen = read_terminal(ours, "Next:")
        self.assertEqual(asking.wait(20), 0, seen)
        self.assertIn("[my-name]", seen)
        self.assertIn('press: "12#"', (self.folder / "my-name.yaml").read_text())
        self.exits(0, "run", "my-name.yaml")


def read_terminal(descriptor, until, seconds=20):
    seen, deadline = "", time.monotonic() + seconds
    while until not in seen and time.monotonic() < deadline:
        if select.select([descriptor], [], [], 0.2)[0]:
            try:
                seen += os.read(descriptor, 65536).decode()
            except OSError:
                break
    return seen


class Named(Case):
    def test_a_name_that_yaml_reads_as_a_number(self):
        self.exits(0, "new", "5")
        self.exits(0, "run", "5.yaml", says="1 passed")


class Init(Case):
    def test_what_it_writes_is_read(self):
        command = "echo \"it's\"; exit 7"
        self.exits(0, "init", "--bridge-command", command, "--webhook", "/calls/new", "--scenarios", "mine")
        text = (self.folder / "linecheck.yaml").read_text()
        self.assertRegex(text.splitlines()[0],
                         r"^# yaml-language-server: \$schema=\S*linecheck\.schema\.json$")
        self.write("mine/passes.yaml", PASSES)
        done = self.exits(3, "run", says="exit status 7")
        self.assertIn("it's", done.stdout)
        self.assertIn('bridge under test: echo "it\'s"; exit 7 (not linecheck\'s', done.stdout.splitlines()[0])
        self.exits(0, "list", says="1 of 1 scenarios")

    def test_it_is_found_from_a_folder_below(self):
        self.exits(0, "init", "--scenarios", "mine")
        self.write("mine/passes.yaml", PASSES)
        below = self.folder / "mine/deeper/still"
        below.mkdir(parents=True)
        done = self.run_it("run", cwd=below)
        self.assertIn("1 passed, 0 failed", done.stdout, done.stderr)

    def test_from_a_folder_below_the_same_bridge_is_tested(self):
        self.exits(0, "init", "--bridge-command", "exit 7")
        self.write("passes.yaml", PASSES)
        (self.folder / "sub").mkdir()
        done = self.run_it("run", "../passes.yaml", cwd=self.folder / "sub")
        self.assertEqual(done.returncode, 3, done.stdout)
        self.assertIn("bridge under test: exit 7", done.stdout)

    def test_after_init_ones_own_file_runs_and_without_a_word_the_library_which_is_said(self):
        self.exits(0, "list", says="no PATH and no `scenarios:` in linecheck.yaml: the built-in library")
        self.exits(0, "init")
        self.exits(0, "new", "mine")
        for command in ("run", "lint", "list"):
            self.assertNotIn("built-in", self.exits(0, command).stderr)
        self.assertEqual(self.statuses(), {"mine": "passed"})
        self.assertIn("normal[twilio_docs]", self.exits(0, "list", "--library").stdout)
        self.exits(0, "run", "--library", "--filter", "answer-from-a-part", says="1 passed")

    def test_without_answers_it_changes_nothing(self):
        self.exits(0, "init")
        self.write("passes.yaml", PASSES)
        self.exits(0, "run", "passes.yaml", says="bridge under test: linecheck-bridge")

    def test_what_would_be_wrong_is_not_written(self):
        self.exits(2, "init", "--bridge-command", "node b.js", "--webhook", "voice", says="nothing was written")
        self.exits(2, "init", "--metrics", "/metrics", says="--bridge-command or --bridge-url")
        self.exits(0, "init", "--bridge-command", "node b.js", "--webhook", "/voice", "--metrics", "/metrics")

    def test_what_it_says_comes_next_runs(self):
        for options in ([], ["--scenarios", "my calls"]):
            told = self.exits(0, "init", "--force", *options).stdout
            for command in re.findall(r"(?m)^  linecheck (.*)$", told):
                self.exits(0, *shlex.split(command))
            self.assertEqual(self.statuses(), {"my-first-scenario": "passed"})

    def test_mistakes_are_shown_with_their_place(self):
        self.write("linecheck.yaml", "metric_names: {voicebridge_calls_actve: mine}\n")
        self.exits(2, "run", says="linecheck.yaml:1:16: error: linecheck-bridge has no metric")


class Lint(Case):
    BROKEN = PASSES.replace("wait: 500ms", "wait: 500").replace(
        "expect:\n", "bridge:\n  config: {agent: {greting: none}}\nexpect:\n  - voicebridge_calls_actve == 0\n")

    def test_all_errors_at_once_whoever_finds_them(self):
        """The schema a duration, the query's reader a metric, the bridge a key of its own."""
        self.write("passes.yaml", self.BROKEN)
        told = self.exits(2, "lint", ".").stderr
        for place, words in (("6:11", "duration"), ("15:20", "greting"), ("17:5", "voicebridge_calls_actve")):
            self.assertRegex(told, rf"(?m)^\S*passes\.yaml:{place}: error: .*{words}")

    def test_a_folder_may_hold_what_scenarios_include_and_other_yaml(self):
        self.write("parts/common.yaml", "fragments:\n  heard: [{heard: answer, complete: true}]\n")
        self.write("docker-compose.yaml", "services: {}\n")
        self.write("passes.yml", PASSES.replace("expect:", "include: parts/common.yaml\nexpect:\n  - use: heard"))
        self.exits(0, "init", "--scenarios", ".")
        done = self.exits(0, "lint", ".", says="1 file, 1 scenario, 0 broken files")
        self.assertIn("passed over: 3 YAML files", done.stdout)
        self.exits(0, "run")

    def test_what_another_file_includes_is_passed_over_and_expected_as_well(self):
        self.write("parts/normal.yaml", "expect:\n  - verdict: too_short\n")
        self.write("passes.yaml", PASSES.replace("expect:\n  - verdict: normal\n",
                                                 "include: parts/normal.yaml\nexpect:\n"))
        self.exits(0, "lint", ".", says="1 file, 1 scenario, 0 broken files")
        self.exits(0, "lint", "parts/normal.yaml", "passes.yaml", says="1 file, 1 scenario")
        told = self.exits(1, "run", ".").stdout
        self.assertIn("parts/normal.yaml:2: verdict: too_short\n", told)
        self.exits(2, "lint", "parts", says="a file that others include is run through them alone")

    def test_the_projects_own_file_is_no_scenario(self):
        self.exits(0, "init")
        self.write("passes.yaml", PASSES)
        self.exits(0, "run", "linecheck.yaml", "passes.yaml", says="1 passed")

    def test_a_scenario_without_its_first_line_is_not_passed_over(self):
        self.write("passes.yaml", PASSES.replace("linecheck: 1\n", ""))
        self.exits(2, "lint", ".", says="'linecheck' is missing")

    def test_nothing_to_check_is_no_success(self):
        self.exits(2, "lint", ".", says="nothing to check")
        self.exits(2, "run", "away.yaml", says="1 of 1 files are broken")

    def test_a_wrong_clip_hides_no_wrong_configuration(self):
        self.write("passes.yaml", self.BROKEN.replace("wait: 500", "wait: 500ms").replace("hello.wav", "helo.wav"))
        told = self.exits(2, "lint", ".").stderr
        for word in ("helo.wav", "greting", "voicebridge_calls_actve"):
            self.assertRegex(told, rf"(?m): error: .*{word}")


class Listed(Case):
    def test_names_tags_about_and_file(self):
        self.write("passes.yaml", PASSES)
        self.write("other.yaml", PASSES.replace("passes", "other").replace("[first]", "[second]"))
        done = self.exits(0, "list", "--tags", "first", ".", says="1 of 2 scenarios, in 2 files")
        self.assertIn("passes  [first]\n    A caller asks and is answered.\n", done.stdout)
        one, = json.loads(self.exits(0, "list", "--filter", "oth", "--json", ".").stdout)
        self.assertEqual((one["name"], one["tags"], one["file"]), ("other", ["second"], "./other.yaml"))

    def test_the_library_fits_a_terminal(self):
        for line in self.exits(0, "list").stdout.splitlines():
            if not line.endswith(".yaml") and "[" not in line:
                self.assertLessEqual(len(line), COLUMNS, line)


class Explained(Case):
    def test_who_says_what_when_and_what_is_expected(self):
        text = " ".join(self.exits(0, "explain", self.write("passes.yaml", PASSES)).stdout.split())
        for words in ("waits 500 ms", 'says "hello.wav"', "hangs up", "(called 'answer' below)",
                      "When the caller has finished speaking, it says", "the caller was answered, and heard it",
                      "'answer' comes out of the caller's phone, all of it, without a gap"):
            self.assertIn(words, text)

    def test_what_is_unusual_and_what_is_expected_of_it_in_words(self):
        self.write("passes.yaml", PASSES.replace("expect:", """bridge:
  config: {agent: {voice: ash, tools: {hosts: [x.example], http: {ask: {
    description: Asks., url: "https://x.example/", bearer: a-plain-secret}}}}}
faults: [{on: twilio, do: stop_reading, after_bot_audio: 1s, for: 100ms}]
expect:""") + """  - log: {contains: panic, count: 0}
  - call: {ended_by: caller, streams: 1, twilio_errors: []}
  - bridge: {running: true}
  - {not_heard: hello.wav}
""")
        text = " ".join(self.exits(0, "explain", "passes.yaml").stdout.split())
        for words in ('no line of the bridge\'s log holds "panic"', "the caller ends the call",
                      "Twilio's errors are none", "exactly one media stream is opened", "process 1: it runs", "bridge.config.agent.voice: ash",
                      "faults: {on: twilio, do: stop_reading, after_bot_audio: 1s, for: 100ms}",
                      "or less than 200 ms in one go"):
            self.assertIn(words, text)
        self.assertNotIn("reset:", text)  # what other faults do
        self.assertNotIn("a-plain-secret", text)

    def test_when_calls_come_how_they_are_taken_and_how_fast_the_model_is(self):
        webhooks = "call: {from: '+14155550123', voice_url: /other, parameters: {CallerName: Dana}}\n"
        slow = PASSES.replace("reply: {clip: demo-thanks.wav}",
                              "reply: {clip: demo-thanks.wav, pace: {created: 2s, speed: 0.5}}")
        self.write("passes.yaml", slow.replace("caller:", webhooks + "calls: {count: 2, over: 3s}\ncaller:"))
        text = " ".join(self.exits(0, "explain", "passes.yaml").stdout.split())
        for words in ("call.voice_url: /other", "call.parameters.CallerName: Dana", "calls.over: 3s",
                      "it begins 2 s after it is due, sends 0.5 s of audio in a second"):
            self.assertIn(words, text)
        self.assertNotIn("call.from", text)
        calls = "calls: [{}, {at: 4s, from: '+14155550124'}]\n"
        self.write("passes.yaml", PASSES.replace("caller:", calls + "caller:"))
        text = " ".join(self.exits(0, "explain", "passes.yaml").stdout.split())
        for words in ("call 2, at: 4s When it begins.", "call 2, from: +14155550124"):
            self.assertIn(words, text)

    def test_the_cases_of_a_matrix_with_their_values_and_all_callers(self):
        self.write("passes.yaml", PASSES.replace(
            "caller:", "matrix: {place: [lan, mobile]}\nline: {preset: $place}\ncalls: {count: 2}\ncaller:"))
        text = self.exits(0, "explain", "passes.yaml").stdout
        for words in ("line.preset: lan", "line.preset: mobile", "There are 2 calls.", "\nEvery caller\n"):
            self.assertIn(words, text)
        self.assertNotIn("$place", text)

    def test_every_scenario_of_the_library_in_80_columns(self):
        text = self.exits(0, "explain", ROOT / "scenarios/library", ROOT / "scenarios/traffic").stdout
        wide = [line for line in text.splitlines()
                if len(line) > COLUMNS and " " in line.strip().lstrip("- ")]
        self.assertEqual(wide, [])


class Completed(Case):
    def complete(self, *words):
        script = self.run_it("completion", "bash").stdout
        asked = "\n".join([script, f"COMP_WORDS=(linecheck {' '.join(words)})", f"COMP_CWORD={len(words)}",
                           "_linecheck", "printf '%s\\n' \"${COMPREPLY[@]}\""])
        return subprocess.run(["bash", "-c", asked], capture_output=True, text=True, check=True).stdout.split()

    def test_commands_options_and_their_values(self):
        self.assertEqual(self.complete("exp"), ["explain"])
        self.assertIn("--shard", self.complete("run", "--sh"))
        self.assertEqual(self.complete("run", "--time", "r"), ["real"])
        self.assertEqual(self.complete("run", "scen"), [])

    @unittest.skipUnless(shutil.which("zsh"), "zsh is not installed")
    def test_zsh_reads_its_script(self):
        script = self.write("_linecheck", self.run_it("completion", "zsh").stdout)
        subprocess.run(["zsh", "-n", script], check=True)


class NeverStruck(Case):
    """What a scenario has and its run never comes to is said; without it the scenario shows nothing."""
    def check(self, part, note, strict=1):
        self.write("passes.yaml", PASSES.replace("expect:", part + "\nexpect:"))
        self.exits(0, "run", "passes.yaml", says="note: " + note)
        self.exits(strict, "run", "--strict", "passes.yaml", says="--strict: " + note if strict else "1 passed")

    def test_faults(self):
        self.check("faults: [{on: twilio, do: drop, after_bot_audio: 100s}]", "fault 1 (drop, line 14) never struck")
        self.check("faults: [{on: openai, do: reset, in: 100s}]", "fault 1 (reset, line 14) never struck")

    def test_events_of_the_bridge(self):
        self.check("bridge: {events: [{at: 100s, do: kill}]}", "event 1 of the bridge (kill, line 14) never happened")

    def test_servers_and_others_may_be_there_for_nothing(self):
        self.check("http: {crm: [{on: GET /x, answer: {status: 200}}]}", "http crm: 'GET /x' was never asked", 0)
        self.check("others: {anna: {number: '+972311'}}".replace("11'", "1112222'"),
                   "'anna' of others was never dialled", 0)

    def test_servers_of_tools_that_the_session_does_not_name(self):
        self.check("openai: {mcp: {files: {tools: [read]}}}", "openai.mcp: no session named 'files'", 0)
        self.write("passes.yaml", PASSES.replace("thanks.wav", "thanks.wav, then: [{tool: a, server: files}]"))
        self.exits(0, "run", "passes.yaml", says="note: the model called a tool of the MCP server 'files', which")

    def test_what_struck_is_not_mentioned(self):
        self.write("passes.yaml", PASSES.replace("expect:", """line: {window: 4KiB}
faults:
  - {on: twilio, do: stop_reading, after_bot_audio: 1s, for: 100ms}
  - {do: inject, message: bad_json, before_start: true}
expect:"""))
        self.assertNotIn("never", self.run_it("run", "passes.yaml").stdout)

    def test_what_struck_in_a_call_that_stands_before_an_earlier_one(self):
        self.write("passes.yaml", PASSES.replace("model:", """calls: [{at: 9s}, {at: 0s}]
faults: [{do: inject, message: bad_json, call: 1}]
model:"""))
        self.assertNotIn("never", self.run_it("run", "passes.yaml").stdout)

    def test_a_time_that_has_passed(self):
        self.write("passes.yaml", PASSES.replace("  - hang_up", "  - wait_until: 1s\n  - hang_up"))
        self.assertRegex(self.exits(0, "run", "passes.yaml").stdout,
                         r'note: caller step "wait_until 1000ms" came \d\.\d\d s too late, and waited for nothing')

    def test_what_no_rule_is_there_for(self):
        self.write("fails.yaml", FAILS.replace("  - when: caller_finished\n", "  - when: {text: 'never said'}\n"))
        told = self.exits(1, "run", "fails.yaml").stdout
        self.assertRegex(told, r"note: at \d\.\d\d s the model had heard the caller, and no rule fits: it made small talk")
        self.assertRegex(told, r"'answer' was not heard; there came small talk at \d\.\d\d s")

    def test_the_line_of_the_log_that_was_not_to_come(self):
        self.write("fails.yaml", FAILS + "  - log: {contains: TX_FRAME_FIRST, count: 0}\n")
        self.assertRegex(self.exits(1, "run", "fails.yaml").stdout,
                         r"the first came at \d\.\d\d s: .*TX_FRAME_FIRST\] bytes=160")


class Progress(Case):
    def seen(self, **more):
        ours, theirs = pty.openpty()
        environment = self.environment(**{"TERM": "xterm", "NO_COLOR": "", **more})
        run = subprocess.Popen([LINECHECK, "run", "passes.yaml"], cwd=self.folder, env=environment,
                               stdin=theirs, stdout=theirs, stderr=theirs)
        os.close(theirs)
        text = read_terminal(ours, "report:")
        self.assertEqual(run.wait(20), 0)
        return text

    def test_a_line_on_a_terminal_and_none_in_a_pipe(self):
        self.write("passes.yaml", PASSES)
        self.assertIn("\r\x1b[K0 of 1 done, now passes", self.seen())
        self.assertIn("\x1b[32mpass", self.seen())
        self.assertNotIn("\x1b[32m", self.seen(NO_COLOR="1"))
        self.assertNotIn("\x1b", self.seen(TERM="dumb"))
        self.assertNotIn("\x1b", self.exits(0, "run", "passes.yaml").stdout)


if __name__ == "__main__":
    main()
