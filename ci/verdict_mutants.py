#!/usr/bin/env python3
"""Disables each call verdict in turn, in a copy of the tree, and demands that the scenario library turns red.

usage: ci/verdict_mutants.py [VERDICT...]      default: all; exit status 1 when one survives
"""
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
JUDGES = ["bridge/call/machine.cpp", "bridge/app/call_registry.cpp"]
HEADER = "bridge/call/verdict.hpp"
BUILD = ["cmake", "--build", "--preset", "release", "--target", "linecheck"]


def verdicts():
    enum = re.search(r"enum class CallVerdict \{(.*?)\}", (ROOT / HEADER).read_text(), re.S).group(1)
    return re.findall(r"\w+", enum)


def disable(tree, verdict):
    """Wherever `verdict` would be given, another one is. Returns in how many places."""
    other = "normal" if verdict == "too_short" else "too_short"
    places = 0
    for name in JUDGES:
        text = (ROOT / name).read_text()
        changed, count = re.subn(rf"(?<!case )\bCallVerdict::{verdict}\b", f"CallVerdict::{other}", text)
        (tree / name).write_text(changed)
        places += count
    return places


def red_scenarios(tree):
    run = subprocess.run([tree / "build/release/bin/linecheck", "run", tree / "scenarios/library"],
                         capture_output=True, text=True, check=False)
    return re.findall(r"^FAIL +(\S+)", run.stdout, re.M)


def main():
    chosen = sys.argv[1:] or verdicts()
    survivors = []
    with tempfile.TemporaryDirectory(prefix="linecheck-mutants-") as folder:
        tree = pathlib.Path(folder) / "tree"
        shutil.copytree(ROOT, tree, ignore=shutil.ignore_patterns("build", "out", ".git", "node_modules"))
        subprocess.run(["cmake", "--preset", "release"], cwd=tree, check=True, stdout=subprocess.DEVNULL)
        for verdict in chosen:
            places = disable(tree, verdict)
            if places == 0:
                sys.exit(f"verdict_mutants: nothing gives the verdict {verdict}; is it spelt as in {HEADER}?")
            subprocess.run(BUILD, cwd=tree, check=True, stdout=subprocess.DEVNULL)
            red = red_scenarios(tree)
            print(f"{'red' if red else 'SURVIVED':<9}{verdict}: {', '.join(red) or 'every scenario passed'}", flush=True)
            if not red:
                survivors.append(verdict)
    print(f"{len(chosen) - len(survivors)} passed, {len(survivors)} failed")
    return bool(survivors)


if __name__ == "__main__":
    sys.exit(main())
