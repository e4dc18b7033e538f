#!/usr/bin/env python3
"""Every --help of every program and script fits a terminal of 80 columns.

    help_width_test.py PROGRAM...

A program's sub-commands are asked too: whatever stands under "Subcommands:" in its help."""
import re
import subprocess
import sys

COLUMNS = 80


def help_of(command):
    done = subprocess.run([*command, "--help"], capture_output=True, text=True, timeout=60, check=False)
    if done.returncode != 0 or not done.stdout.strip():
        return None
    return done.stdout


def subcommands(text):
    block = re.search(r"^Subcommands:\n((?:  .*\n?)*)", text, re.MULTILINE)
    return re.findall(r"^  ([a-z][a-z-]*)", block.group(1), re.MULTILINE) if block else []


def main(programs):
    wrong = []
    asked = 0
    for program in programs:
        waiting = [[program]]
        while waiting:
            command = waiting.pop(0)
            name = " ".join([command[0].rsplit("/", 1)[-1], *command[1:]])
            text = help_of(command)
            if text is None:
                wrong.append(f"{name} --help: no help, or a failure")
                continue
            asked += 1
            waiting += [[*command, sub] for sub in subcommands(text)]
            wrong += [
                f"{name} --help, line {number}: {len(line)} columns, at most {COLUMNS} fit: {line}"
                for number, line in enumerate(text.splitlines(), 1)
                if len(line) > COLUMNS
            ]
    print("\n".join(wrong) if wrong else f"{asked} helps fit {COLUMNS} columns")
    return 1 if wrong or asked < len(programs) else 0


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1:]))
