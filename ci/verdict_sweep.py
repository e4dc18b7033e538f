#!/usr/bin/env python3
"""Makes up scenarios at random, runs them in virtual time, and demands that each passes and that its verdict
equals the truth. Not made up is what the fakes cannot see: an OpenAI that reads nothing of what it is asked.

usage: ci/verdict_sweep.py LINECHECK [COUNT [SEED]]      default: 500 scenarios of seed 1; exit status 1 when
       one does not, which is kept in out/verdict_sweep; where linecheck itself fails, all are
"""
import json
import pathlib
import random
import shutil
import subprocess
import sys

FOLDER = pathlib.Path("out/verdict_sweep")
CLIPS = ["demo-thanks.wav", "demo-abouttotry.wav", "demo-echotest.wav", "hello-world.wav"]


# What OpenAI does wrong, with what goes beside it.
KINDS = [
    *["never_created", "no_items", "no_deltas", "transcript_only", "text_only", "silent_audio", "undecodable_audio",
      "burst", "trickle", "empty_deltas", "oversized_deltas", "no_response_done", "response_never_ends",
      "cancelled_at_birth", "done_without_created", "incomplete_response", "cancel_unconfirmed", "cancel_ignored",
      "late_deltas_before_done", "late_deltas_after_done", "beta_names"],
    "failed_response", "failed_response, code: insufficient_quota", "failed_response, code: rate_limit_exceeded",
]
TIMED = ["late_created", "late_first_audio", "stall"]
MOMENTS = ["close", "abort", "error_event", "unknown_event", "malformed_json"]
DIALS = ["http_401", "http_429", "http_503", "error_then_close", "invalid_model", "session_update_refused",
         "no_session_updated", "formats_echoed_as_pcm", "mute, at: 0s", "slow_handshake"]


def between(rng, least, most, step=20):
    return f"{rng.randrange(least, most, step)}ms"


def reply(rng, tool=None):
    length = rng.choice([200, 300, 450, 700, 1200, 3000, 6000])
    return rng.choice([
        f"{{speech: {length}ms}}", f"{{clip: {rng.choice(CLIPS)}}}", f"{{clip: {rng.choice(CLIPS)}}}",
        "{transcript: hello, audio: none}", f"{{speech: {length}ms, ends: failed}}",
        f"{{speech: {length}ms, created_later: {between(rng, 0, 7000, 100)}}}",
        f"{{speech: {length}ms, then: {{tool: {tool}}}}}" if tool else f"{{speech: {length}ms}}",
    ])


def caller(rng, greeted):
    steps = []
    if greeted and rng.random() < 0.6:
        steps.append(f"{{wait_for: bot_speaking, for: {between(rng, 0, 2500)}, at_most: 6s}}")
    else:
        steps.append(f"wait: {between(rng, 0, 1500)}")
    for _ in range(rng.randrange(0, 3)):
        steps.append(rng.choice(["say: {clip: hello.wav}", "say: {clip: hello-world.wav}", 'press: "1"']))
        steps.append(rng.choice([
            f"{{wait_for: bot_speaking, for: {between(rng, 0, 2000)}, at_most: 8s}}",
            f"listen: {between(rng, 0, 12000)}", "{wait_for: bot_finished, at_most: 20s}",
        ]))
    return "\n".join(f"  - {step}" for step in [*steps, "hang_up"])


def faults(rng, calls):
    """On the way between Twilio and the bridge."""
    if rng.random() < 0.6:
        return ""
    lasts = rng.choice(["", f", for: {between(rng, 200, 6000, 100)}"])
    when = rng.choice([f"at: first_bot_frame, in: {between(rng, 0, 3000)}",
                       f"at: stream_started, in: {between(rng, 0, 8000)}"])
    what = rng.choice(["do: stop_reading", "do: stall, towards: peer", "do: stall, towards: bridge"])
    return f"faults: [{{{what}, {when}{lasts}, call: {rng.randrange(calls) + 1}}}]\n"


def wrongs(rng):
    """Of OpenAI."""
    if rng.random() < 0.5:
        return ""
    place = f"response: {rng.choice(['any', '1', '2'])}"
    within = f"response: {rng.choice(['1', '2'])}, after_deltas: {rng.randrange(0, 12)}"
    wrong = rng.choice([
        f"{rng.choice(KINDS)}, {place}", f"{rng.choice(KINDS)}, {place}",
        f"{rng.choice(TIMED)}, {place}, for: {between(rng, 200, 7000, 100)}", f"{rng.choice(['stall', 'half_open'])}, {within}",
        f"{rng.choice(MOMENTS)}, {rng.choice([within, f'at: {between(rng, 100, 9000)}'])}",
        f"{rng.choice(DIALS)}{rng.choice(['', ', first: 1', ', first: 3'])}",
    ])
    return f"openai: {{faults: [{{kind: {wrong}}}]}}\n"


def bridge(rng, greeted):
    agent = ["greeting: model"] if greeted else []
    if rng.random() < 0.1:
        agent.append("audio: pcm24k")
    if rng.random() < 0.15:
        agent.append("turn_detection: {responses: bridge}")
    elif rng.random() < 0.1:
        agent.append("turn_detection: {interrupt_response: false}")
    return ["fallback: none"] + ([f"agent: {{{', '.join(agent)}}}"] if agent else [])


def scenario(number, rng):
    greeted = rng.random() < 0.5
    config = bridge(rng, greeted)
    incident = rng.random() < 0.1
    if incident:
        config.append("twiml: {track: inbound_track}")
    line = rng.choice(["", "", "line: lan\n", "line: tunnel\n", "line: mobile\n", "line: {window: 8KiB}\n"])
    rules = "track_rules: incident_report\n" if incident else ""
    # Which call a session served is known by the caller's line, bit for bit: where that is silent or
    # converted, one that heard little else could be that of either.
    alike = "mobile" in line or any("pcm24k" in key for key in config)
    calls = 2 if rng.random() < 0.1 and not alike else 1
    two = f"calls: {{count: 2, over: {between(rng, 0, 4000)}}}\n" if calls == 2 else ""
    return (f"linecheck: 1\nname: sweep-{number:04}\nabout: Made up at random.\n{rules}{line}{two}{wrongs(rng)}"
            f"bridge: {{config: {{{', '.join(config)}}}}}\ncaller:\n{caller(rng, greeted)}\nmodel:\n"
            f"  - {{when: greeting, times: any, reply: {reply(rng, 'no_such')}}}\n"
            f"  - {{when: caller_finished, reply: {reply(rng, rng.choice(['end_call', 'no_such']))}}}\n"
            f"  - {{when: anything, times: any, reply: {reply(rng)}}}\n"
            f"{faults(rng, calls)}expect:\n  - voicebridge_calls_active == 0\n")


def findings(one):
    """Of a scenario that passed there is none."""
    if one["status"] == "passed":
        return []
    unmet = [f"{each['text']}: {each.get('why', each['status'])}" for each in one["expectations"]
             if each["status"] != "passed"]
    return [*one["other_failures"], *unmet] or [one["status"]]


def main():
    linecheck = pathlib.Path(sys.argv[1]).resolve()
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 500
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else 1
    rng = random.Random(seed)
    shutil.rmtree(FOLDER, ignore_errors=True)
    (FOLDER / "all").mkdir(parents=True)
    for number in range(count):
        (FOLDER / f"all/sweep-{number:04}.yaml").write_text(scenario(number, rng))
    run = subprocess.run([linecheck, "run", "--project", "", "--out", FOLDER / "report", FOLDER / "all"],
                         capture_output=True, text=True, check=False)
    if run.returncode not in (0, 1):
        print(run.stderr, file=sys.stderr)
        sys.exit(f"verdict_sweep: linecheck ended with {run.returncode}; {count} scenarios of seed {seed} are in "
                 f"{FOLDER}/all")
    wrong = 0
    for one in json.loads((FOLDER / "report/results.json").read_text())["scenarios"]:
        found = findings(one)
        wrong += bool(found)
        for finding in found:
            print(f"{FOLDER / pathlib.Path(one['file']).name}: {finding}")
        if found:
            shutil.copy(one["file"], FOLDER)
    shutil.rmtree(FOLDER / "all")
    print(f"{count} scenarios of seed {seed}, {wrong} of them with findings")
    return wrong > 0


if __name__ == "__main__":
    sys.exit(main())
