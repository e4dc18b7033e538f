#!/usr/bin/env python3
"""Makes up scenarios at random, runs them in virtual time, and demands that each passes and that its verdict
equals the truth.

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


def reply(rng):
    length = rng.choice([200, 300, 450, 700, 1200, 3000, 6000])
    return rng.choice([
        f"{{speech: {length}ms}}", f"{{clip: {rng.choice(CLIPS)}}}", f"{{clip: {rng.choice(CLIPS)}}}",
        "{transcript: hello, audio: none}", f"{{speech: {length}ms, ends: failed}}",
        f"{{speech: {length}ms, created_later: {rng.randrange(0, 7000, 100)}ms}}",
    ])


def caller(rng, greeted):
    steps = []
    if greeted and rng.random() < 0.6:
        steps.append(f"{{wait_for: bot_speaking, for: {rng.randrange(0, 2500, 20)}ms, at_most: 6s}}")
    else:
        steps.append(f"wait: {rng.randrange(0, 1500, 20)}ms")
    for _ in range(rng.randrange(0, 3)):
        steps.append(rng.choice(["say: {clip: hello.wav}", "say: {clip: hello-world.wav}", 'press: "1"']))
        steps.append(rng.choice([
            f"{{wait_for: bot_speaking, for: {rng.randrange(0, 2000, 20)}ms, at_most: 8s}}",
            f"listen: {rng.randrange(0, 12000, 20)}ms", "{wait_for: bot_finished, at_most: 20s}",
        ]))
    return "\n".join(f"  - {step}" for step in [*steps, "hang_up"])


def faults(rng):
    if rng.random() < 0.6:
        return ""
    lasts = rng.choice(["", f", for: {rng.randrange(200, 6000, 100)}ms"])
    when = rng.choice([f"at: first_bot_frame, in: {rng.randrange(0, 3000, 20)}ms",
                       f"at: stream_started, in: {rng.randrange(0, 8000, 20)}ms"])
    what = rng.choice(["do: stop_reading", "do: stall, towards: peer", "do: stall, towards: bridge"])
    return f"faults: [{{{what}, {when}{lasts}}}]\n"


def scenario(number, rng):
    greeted = rng.random() < 0.5
    agent = ["greeting: model"] if greeted else []
    if rng.random() < 0.1:
        agent.append("audio: pcm24k")
    config = ["fallback: none"] + ([f"agent: {{{', '.join(agent)}}}"] if agent else [])
    incident = rng.random() < 0.1
    if incident:
        config.append("twiml: {track: inbound_track}")
    line = rng.choice(["", "", "line: lan\n", "line: tunnel\n", "line: mobile\n", "line: {window: 8KiB}\n"])
    rules = "track_rules: incident_report\n" if incident else ""
    return (f"linecheck: 1\nname: sweep-{number:04}\nabout: Made up at random.\n{rules}{line}"
            f"bridge: {{config: {{{', '.join(config)}}}}}\ncaller:\n{caller(rng, greeted)}\nmodel:\n"
            f"  - {{when: greeting, times: any, reply: {reply(rng)}}}\n"
            f"  - {{when: caller_finished, reply: {reply(rng)}}}\n"
            f"  - {{when: anything, times: any, reply: {reply(rng)}}}\n"
            f"{faults(rng)}expect:\n  - voicebridge_calls_active == 0\n")


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
