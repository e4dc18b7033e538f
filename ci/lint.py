#!/usr/bin/env python3
"""Rules that no compiler checks: who may include whom, where time, sockets and randomness may come from, the
coroutine spellings that gcc 12 compiles wrongly, sizes and names.

usage: ci/lint.py [FILE...]     without FILE: every file of the checkout; exit status 1 when a rule is broken
"""
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
CODE = (".cpp", ".hpp")
SIZED = (".cpp", ".hpp", ".py", ".sh", ".cmake")

MAX_LINES, MAX_COLUMNS, MAX_FUNCTION, MAX_TEST = 400, 110, 70, 50

# folder -> folders that it may include from or link to; the longest matching folder decides, tests may all.
ARROWS = {
    "runtime/core": ["runtime/core"],
    "runtime/audio": ["runtime/core", "runtime/audio"],
    "runtime/async": ["runtime/core", "runtime/async"],
    "runtime/net": ["runtime/core", "runtime/async", "runtime/net"],
    "runtime/sim": ["runtime/core", "runtime/async", "runtime/net", "runtime/sim"],
    "metrics": ["runtime/core", "metrics"],
    "bridge/json": ["runtime/core", "bridge/json"],
    "bridge/twilio": ["runtime/core", "bridge/json", "bridge/twilio"],
    "bridge/openai": ["runtime/core", "bridge/json", "bridge/openai"],
    "bridge/call": ["runtime/core", "runtime/audio", "runtime/async", "runtime/net", "metrics", "bridge/json",
                    "bridge/twilio", "bridge/openai", "bridge/call"],
    "bridge/app": ["runtime/core", "runtime/audio", "runtime/async", "runtime/net", "metrics", "bridge"],
    "simulators/control": ["runtime/core", "runtime/async", "runtime/net", "metrics", "simulators/control"],
    "simulators/twilio": ["runtime/core", "runtime/audio", "runtime/async", "runtime/net", "metrics",
                          "simulators/control", "simulators/twilio"],
    "simulators/openai": ["runtime/core", "runtime/audio", "runtime/async", "runtime/net", "metrics",
                          "simulators/control", "simulators/openai"],
    "scenarios/engine/promql": ["runtime/core", "metrics", "scenarios/engine/promql"],
    "scenarios/text": ["runtime/core", "scenarios/text"],
    "scenarios/diagnosis": ["scenarios/engine/promql", "scenarios/text", "scenarios/diagnosis"],
    "scenarios/engine": ["runtime", "metrics", "bridge", "simulators", "scenarios/text", "scenarios/engine"],
    "scenarios/report": ["runtime", "simulators", "scenarios/engine", "scenarios/diagnosis", "scenarios/report"],
    "scenarios/recording": ["runtime", "simulators", "scenarios/engine", "scenarios/report", "scenarios/recording"],
    "scenarios/words": ["runtime", "metrics", "simulators", "scenarios/engine", "scenarios/text", "scenarios/words"],
    "scenarios/cli": ["runtime", "metrics", "bridge", "simulators", "scenarios"],
}
OURS = ("runtime", "metrics", "bridge", "simulators", "scenarios", "tests")

# (pattern, why, files that may); a pattern with "/" or "<" is looked for in the text, others in code alone.
REAL_TIME = ["runtime/async/system_clock.cpp", "tests/bench/"]
PROCESSES = ["scenarios/engine/process_", "scenarios/engine/real_", "tests/bench/"]
SOCKETS = ["runtime/net/", "tests/bench/", "tests/loopback/", "tests/support/"] + PROCESSES
BANNED = [
    (r"\b(?:steady|system|high_resolution)_clock::now\b", "take the time from a Clock", REAL_TIME),
    (r"\b(?:clock_gettime|gettimeofday|timerfd_create)\s*\(|\btime\s*\(\s*(?:nullptr|NULL|0)\s*\)",
     "take the time from a Clock", REAL_TIME),
    (r"\bsleep_for\s*\(|\bthis_thread::sleep|\bu?sleep\s*\(\s*\d", "wait on a Clock", []),
    (r"\b(?:steady|system|high_resolution|waitable|deadline)_timer\b", "wait on a Clock",
     REAL_TIME + PROCESSES),
    (r"<boost/asio/experimental/awaitable_operators\.hpp>", "each use takes seconds to compile: first_of(), both()",
     ["runtime/async/first_of.cpp", "tests/"]),
    (r"\bdetached\b", "give the coroutine an owner that awaits its end: TaskGroup", ["tests/bench/"]),
    (r"<boost/beast[/.]", "only runtime/net may name Beast", ["runtime/net/"]),
    (r"\bbeast::", "only runtime/net may name Beast", ["runtime/net/"]),
    (r"<boost/asio/(?:ip/(?!address)|ssl|local/)|<sys/socket\.h>|<netinet/",
     "sockets come from a Network", SOCKETS),
    (r"\basio::(?:ip::(?!make_address|address)|local::|ssl::)|(?<!\w)::socket\s*\(",
     "sockets come from a Network", SOCKETS),
    (r"\brandom_device\b|\bs?rand\s*\(|\bRAND_bytes\b|\bgetrandom\s*\(", "take randomness from a Random",
     ["runtime/core/random.cpp"]),
    (r"\bstd::\w+_distribution\b", "the standard distributions differ between libraries: ask a Random",
     ["tests/bench/"]),
    (r"\bgetenv\s*\(", "main reads the environment and hands it in",
     ["bridge/app/main.cpp", "scenarios/cli/main.cpp", "tests/"]),
    (r"<boost/(?:asio|beast)\.hpp>", "include what is used, not all of the library", []),
    (r"<nlohmann/json\.hpp>|<simdjson", "the runtime and the metrics know no JSON",
     ["bridge/", "simulators/", "scenarios/", "tests/"]),
]
# Stepped in tests with bytes and the time; they hold no socket, timer or coroutine.
SANS_IO = ["runtime/core/", "runtime/audio/", "bridge/json/", "bridge/twilio/", "bridge/openai/",
           "bridge/call/", "scenarios/engine/promql/", "scenarios/diagnosis/", "metrics/"]
GLUE = ["bridge/call/call.cpp", "bridge/call/call.hpp", "bridge/call/call_control.hpp",
        "bridge/call/model_link.cpp", "bridge/call/model_link.hpp",
        "bridge/call/tool_runner.cpp", "bridge/call/tool_runner.hpp"]


def blank(match):
    return re.sub(r"[^\n]", " ", match.group(0))


def code_of(text):
    """`text` with comments and strings blanked, positions kept."""
    comment, raw = r"//[^\n]*|/\*.*?\*/", r'R"(\w*)\(.*?\)\1"'
    string, character = r'"(?:\\.|[^"\\\n])*"', r"(?<![0-9a-fA-F])'(?:\\.|[^'\\\n])+'"
    return re.sub(f"{comment}|{raw}|{string}|{character}", blank, text, flags=re.S)


def starts(name, prefixes):
    return any(name.startswith(prefix) for prefix in prefixes)


def matches(pattern, text, why):
    for match in re.finditer(pattern, text):
        yield match.start(), f"{match.group(0).strip()}: {why}"


# ---- architecture --------------------------------------------------------------------------------


def may_use(name, folder):
    """Whether the file `name` may use what `folder` (or a file in it) holds."""
    homes = [home for home in ARROWS if name.startswith(home + "/")]
    if not homes:
        return True
    allowed = ARROWS[max(homes, key=len)]
    return any(folder == a or folder.startswith(a + "/") for a in allowed)


def includes(name, text):
    for match in re.finditer(r'(?m)^#include "([^"]*)"', text):
        path = match.group(1)
        if not starts(path, [top + "/" for top in OURS]):
            yield match.start(), f'"{path}": include from the root of the repository'
        elif path.startswith("tests/") and not name.startswith("tests/"):
            yield match.start(), f'"{path}": only tests include from tests'
        elif not may_use(name, path):
            yield match.start(), f'"{path}" is above or beside this layer'
    if starts(name, SANS_IO) and name not in GLUE:
        yield from matches(r"<boost/asio[/.][^>]*>", text, "a sans-IO folder takes bytes and the time")


def links(name, text):
    for match in re.finditer(r"\b(?:runtime|metrics|bridge|simulators|scenarios)_[a-z_]+\b(?!\.)", text):
        if not may_use(name, match.group(0).replace("_", "/")):
            yield match.start(), f"{match.group(0)} is above or beside this layer"


def expected_namespace(name):
    folder = str(pathlib.PurePosixPath(name).parent)
    return "runtime" if folder in ("runtime/core", "runtime/async") else folder.replace("/", "::")


def namespaces(name, code):
    if name.startswith("tests/") or re.search(r"\bint main\s*\(", code):
        return
    found = re.findall(r"(?m)^(?:inline )?namespace ([\w:]+)\s*\{", code)
    expected = expected_namespace(name)
    if found and not any(f == expected or f.startswith(expected + "::") for f in found):
        yield 0, f"namespace {found[0]}: this folder's is {expected}"


def banned(name, text, code):
    for pattern, why, allowed in BANNED:
        if not starts(name, allowed):
            yield from matches(pattern, text if pattern.startswith("<") else code, why)


# ---- what gcc 12 compiles wrongly ----------------------------------------------------------------


TWICE = "gcc 12 destroys twice"


def operand(code, start):
    """What a co_await governs: up to the end of its full expression."""
    depth = 0
    for i in range(start, len(code)):
        if code[i] in "([{":
            depth += 1
        elif code[i] in ")]}":
            depth -= 1
            if depth < 0:
                return code[start:i]
        elif code[i] == ";" and depth == 0:
            return code[start:i]
    return code[start:]


def coroutines(code):
    for match in re.finditer(r"\bco_await\b", code):
        tail = operand(code, match.end())
        head = re.split(r"[;{}]", code[max(0, match.start() - 200):match.start()])[-1].rstrip()
        if re.search(r"(?:^|[(,=\s])\[[^\]]+\]\s*[({]", tail):
            yield match.start(), f"{TWICE} a capturing lambda in a co_await statement: name it first"
        elif "{" in tail:
            yield match.start(), f"{TWICE} a braced temporary in a co_await statement: name it first"
        if head.endswith("?") or (head.endswith(":") and "?" in head):
            yield match.start(), f"{TWICE} the result of co_await in ?: choose the awaitable, then await it"
    # `if (const bool ok = co_await f(); !ok)` and `while (co_await f())` are compiled correctly.
    for match in re.finditer(r"\bif\s*\((?:!\s*|[^;{}]*(?:&&|\|\|)\s*!?\s*)?co_await\b", code):
        yield match.start(), f"{TWICE} what a co_await in a condition holds: if (const bool ok = co_await f(); ok)"
    for match in re.finditer(r"\bco_spawn\s*\(", code):
        capturing = r"(?:^|,)\s*\[([^\]]*)\]\s*\([^)]*\)\s*(?:mutable\s*)?->"
        for captures in re.findall(capturing, operand(code, match.end())):
            if any(not re.match(r"&|this$|$", c.strip()) for c in captures.split(",")):
                yield match.start(), f"{TWICE} a lambda with owning captures in co_spawn: name it first"


# ---- sizes and names -----------------------------------------------------------------------------


def functions(code):
    """(first line, last line, is a test) of every function body, found by its braces."""
    code = re.sub(r"(?m)^[ \t]*#(?:[^\n]*\\\n)*[^\n]*", blank, code)
    scopes, head, before, line, head_line = [], "", None, 1, None
    for c in code:
        if c == "{":
            continued = before is not None and (not head.strip() or head.lstrip().startswith(","))
            kind, first = "other", head_line or line
            if not any(scope[0] == "function" for scope in scopes):
                if re.search(r"\bnamespace\b|\bextern\s*$", head):
                    kind = "namespace"
                elif re.search(r"\b(?:class|struct|union|enum)\b[^()]*$", head):
                    kind = "class"
                elif continued:  # after a braced member initializer
                    kind, first = "function", before[1]
                elif "(" in head and not head.rstrip().endswith("="):
                    kind = "function"
            scopes.append((kind, first, head.lstrip().startswith("TEST") or bool(continued and before[2])))
            head, before, head_line = "", None, None
        elif c == "}":
            before = scopes.pop() if scopes else None
            if before and before[0] == "function":
                yield before[1], line, before[2]
            else:
                before = None
            head, head_line = "", None
        elif c == ";":
            head, before, head_line = "", None, None
        else:
            if head_line is None and not c.isspace():
                head_line = line
            head += c
        line += c == "\n"


def sizes(name, text, code):
    lines = text.splitlines()
    if len(lines) > MAX_LINES:
        yield len(lines), f"{len(lines)} lines: a file has at most {MAX_LINES}"
    for number, content in enumerate(lines, 1):
        # A string that cannot be broken may stand out; clang-format leaves it so too.
        if len(re.sub(r'"(?:\\.|[^"\\])*"', '""', content)) > MAX_COLUMNS:
            yield number, f"{len(content)} columns: a line has at most {MAX_COLUMNS}"
    if name.endswith(CODE):
        reported = {}
        for first, last, is_test in functions(code):
            reported[first] = (last, is_test)  # after braced initializers, the last counts
        for first, (last, is_test) in reported.items():
            kind, limit = ("test", MAX_TEST) if is_test else ("function", MAX_FUNCTION)
            if last - first + 1 > limit:
                yield first, f"{last - first + 1} lines: a {kind} has at most {limit}"


def words(name, text):
    if name.startswith("runtime/"):
        yield from matches(r"(?i)twilio|openai", text, "the runtime knows neither of them")
        if re.search(r"(?i)twilio|openai", name):
            yield 0, "the runtime knows neither Twilio nor OpenAI, in file names either"
    yield from matches(r"\b(?:TO[D]O|FIX[M]E|XX[X])\b", text, "do it, or open an issue")
    yield from matches(r"(?<![\w.])/(?:wor[k]|roo[t]|hom[e])/\w+|bash_job[s]", text, "a path of one machine")
    if re.search(r"(?:^|[_/])(?:utils?|common|helpers?|managers?)\.\w+$", name):
        yield 0, "a name that says nothing: call the file what it does"


def check(name, text):
    """Findings in one file, as (line, message). `name` is relative to the root, with forward slashes."""
    found, code = [], code_of(text)
    at = lambda pairs: found.extend((text.count("\n", 0, pos) + 1, message) for pos, message in pairs)
    at(words(name, text))
    if name.endswith(CODE):
        at(includes(name, text))
        at(namespaces(name, code))
        at(banned(name, text, code))
        at(coroutines(code))
        if name.endswith(".hpp") and not re.search(r"(?m)^#pragma once$", text):
            found.append((1, "a header begins with #pragma once"))
    if name.endswith("CMakeLists.txt"):
        at(links(name, text))
    if name.endswith(SIZED):
        found.extend(sizes(name, text, code))
    return sorted(set(found))


def checkout():
    command = ["git", "ls-files", "-co", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    if listed.returncode == 0:
        return sorted(set(listed.stdout.splitlines()))
    everything = (p.relative_to(ROOT).as_posix() for p in ROOT.rglob("*") if p.is_file())
    return sorted(name for name in everything if not starts(name, ["build/", "out/", ".git/", ".cache/"]))


def main():
    if "-h" in sys.argv or "--help" in sys.argv:
        print(__doc__)
        return 0
    names = [pathlib.Path(a).resolve().relative_to(ROOT).as_posix() for a in sys.argv[1:]] or checkout()
    findings = files = 0
    for name in names:
        try:
            text = (ROOT / name).read_text()
        except (UnicodeDecodeError, FileNotFoundError, IsADirectoryError):
            continue  # not text, or removed and not yet committed
        files += 1
        for line, message in check(name, text):
            print(f"{name}:{line}: {message}")
            findings += 1
    print(f"lint: {files} files, {findings} findings")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
