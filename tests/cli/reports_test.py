#!/usr/bin/env python3
"""What a report shows first, and what nobody is shown. usage: reports_test.py LINECHECK"""
import json
import re
import wave

from linecheck import PASSES, Case, main

MANY = """linecheck: 1
name: many
about: Twelve callers ask, and the eleventh hears nothing.
calls: {count: 12, over: 6s}
openai: {faults: [{kind: transcript_only, session: 11}]}
bridge: {config: {fallback: none}}
caller:
  - wait: 500ms
  - say: {clip: hello.wav}
  - {wait_for: {clip: goodbye.wav}, at_most: 8s}
  - hang_up
model:
  - when: caller_finished
    times: any
    reply: {clip: demo-thanks.wav}
    as: answer
expect:
  - heard: answer
"""


class Quiet(Case):
    def test_the_log_of_a_call_without_fault_holds_no_warning(self):
        self.write("passes.yaml", PASSES)
        self.exits(0, "run", "--keep", "all", "passes.yaml")
        log = (self.folder / "out/passes/bridge.log").read_text()
        self.assertIn(" info ", log)
        self.assertEqual([line for line in log.splitlines() if " info " not in line], [])


class WhatBroke(Case):
    def setUp(self):
        super().setUp()
        self.write("many.yaml", MANY)

    def story(self):
        page = (self.folder / "out/report.html").read_text()
        return json.loads(re.search(r'id="story-0">(.*?)</script>', page, re.S)[1])

    def test_the_call_that_broke_it_comes_first(self):
        done = self.exits(1, "run", "many.yaml", says="call 11: 'answer' was not heard")
        self.assertRegex(done.stdout, r"(?m)^FAIL +many +openai_not_generating ")
        self.assertEqual([call["number"] for call in self.story()["calls"]], [11, 1, 2, 3, 4, 5, 6, 7])
        with wave.open(str(self.folder / "out/many/heard.wav")) as heard:
            self.assertLessEqual(set(heard.readframes(heard.getnframes())), {0})

    def test_without_one_they_come_in_their_order(self):
        self.write("many.yaml", MANY.replace("heard: answer", "caller_heard_seconds > 1000"))
        done = self.exits(1, "run", "many.yaml")
        self.assertRegex(done.stdout, r"(?m)^FAIL +many +normal ")
        self.assertEqual([call["number"] for call in self.story()["calls"]], list(range(1, 9)))

    def test_a_query_names_its_call_by_the_label_of_the_series_that_broke_it(self):
        self.write("many.yaml", MANY.replace("heard: answer", "caller_heard_speech_seconds > 0.1"))
        done = self.exits(1, "run", "many.yaml", says='caller_heard_speech_seconds{call="11"} is 0')
        self.assertRegex(done.stdout, r"(?m)^FAIL +many +openai_not_generating ")
        self.assertEqual([call["number"] for call in self.story()["calls"]], [11, 1, 2, 3, 4, 5, 6, 7])

    def test_a_query_of_all_calls_is_shown_at_one_that_did_not_go_well(self):
        self.write("many.yaml", MANY.replace("heard: answer", "sum(caller_heard_seconds) > 1000"))
        done = self.exits(1, "run", "many.yaml")
        self.assertRegex(done.stdout, r"(?m)^FAIL +many +openai_not_generating ")
        self.assertEqual([call["number"] for call in self.story()["calls"]], [11, 1, 2, 3, 4, 5, 6, 7])

    def test_what_many_callers_did_alike_is_told_once(self):
        done = self.exits(1, "run", "many.yaml")
        notes = re.findall(r"note: .*waited in vain.*", done.stdout)
        self.assertEqual(len(notes), 1, notes)
        self.assertIn("after 8.00 s (12 times)", notes[0])


class Secrets(Case):
    def test_no_command_shows_them_on_the_terminal(self):
        tool = PASSES.replace("demo-thanks.wav}", "demo-thanks.wav, then: {tool: look_up, with: {api_key: sk-abc123456789xyz}}}")
        self.write("passes.yaml", tool)
        self.assertNotIn("abc123456789xyz", self.exits(0, "explain", "passes.yaml", says="[redacted]").stdout)


if __name__ == "__main__":
    main()
