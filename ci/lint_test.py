#!/usr/bin/env python3
"""Each rule of ci/lint.py bites on a bad sample, and leaves a good one alone."""
import unittest

import lint


def found(name, text):
    return " | ".join(message for _, message in lint.check(name, text))


class Lint(unittest.TestCase):
    def bites(self, name, text, message):
        self.assertIn(message, found(name, text), f"{name}: {text}")

    def passes(self, name, text):
        self.assertEqual(found(name, text), "", f"{name}: {text}")

    def test_arrows_point_one_way(self):
        for name, include in [
            ("runtime/core/a.cpp", "runtime/async/clock.hpp"),
            ("runtime/async/a.cpp", "runtime/net/url.hpp"),
            ("runtime/net/a.cpp", "runtime/sim/loop.hpp"),
            ("runtime/sim/a.cpp", "metrics/sheet.hpp"),
            ("runtime/audio/a.cpp", "metrics/sheet.hpp"),
            ("metrics/a.cpp", "bridge/call/call.hpp"),
            ("bridge/json/a.cpp", "bridge/openai/events.hpp"),
            ("bridge/twilio/a.cpp", "bridge/openai/events.hpp"),
            ("bridge/openai/a.cpp", "bridge/twilio/stream.hpp"),
            ("bridge/call/a.cpp", "bridge/app/config.hpp"),
            ("bridge/app/a.cpp", "simulators/twilio/twiml.hpp"),
            ("bridge/app/a.cpp", "runtime/sim/loop.hpp"),
            ("simulators/twilio/a.cpp", "bridge/twilio/stream.hpp"),
            ("simulators/twilio/a.cpp", "simulators/openai/script.hpp"),
            ("simulators/openai/a.cpp", "scenarios/engine/scenario.hpp"),
            ("scenarios/engine/promql/a.cpp", "scenarios/engine/scenario.hpp"),
            ("scenarios/engine/a.cpp", "scenarios/cli/commands.hpp"),
            ("scenarios/engine/a.cpp", "scenarios/report/record.hpp"),
            ("scenarios/report/a.cpp", "scenarios/cli/commands.hpp"),
        ]:
            self.bites(name, f'#include "{include}"\n', "above or beside this layer")
        self.passes("scenarios/engine/a.cpp", '#include "bridge/app/bridge.hpp"\n#include "runtime/sim/loop.hpp"\n')
        self.passes("tests/sim/a.cpp", '#include "simulators/twilio/script.hpp"\n#include "bridge/call/call.hpp"\n')

    def test_includes_start_at_the_root_and_never_reach_into_tests(self):
        self.bites("bridge/call/a.cpp", '#include "call.hpp"\n', "from the root")
        self.bites("scenarios/cli/a.cpp", '#include "tests/support/scripted_bridge.hpp"\n', "only tests include")

    def test_targets_link_along_the_same_arrows(self):
        self.bites("bridge/call/CMakeLists.txt", "add_module(bridge_call DEPS runtime_sim)\n", "runtime_sim is above")
        self.bites("simulators/twilio/CMakeLists.txt", "DEPS bridge_twilio\n", "bridge_twilio is above")
        self.passes("simulators/twilio/CMakeLists.txt", "SOURCES bridge_message.cpp DEPS runtime_net metrics\n")

    def test_sans_io_folders_know_no_asio_and_the_runtime_no_json(self):
        for name in ("runtime/core/a.cpp", "runtime/audio/a.cpp", "bridge/json/a.cpp", "bridge/twilio/a.cpp",
                     "bridge/openai/a.cpp", "bridge/call/playout.cpp", "metrics/a.cpp"):
            self.bites(name, "#include <boost/asio/awaitable.hpp>\n", "sans-IO")
        self.passes("bridge/call/call.cpp", "#include <boost/asio/awaitable.hpp>\n")
        self.bites("runtime/core/a.cpp", "#include <nlohmann/json.hpp>\n", "know no JSON")
        self.bites("metrics/a.cpp", "#include <simdjson.h>\n", "know no JSON")

    def test_the_runtime_knows_neither_provider(self):
        self.bites("runtime/net/a.cpp", "// as OpenAI does\n", "neither of them")
        self.bites("runtime/net/a.cpp", 'auto path = "/tWiLiO";\n', "neither of them")
        self.bites("runtime/net/twilio_url.cpp", "\n", "file names")

    def test_beast_lives_in_runtime_net_alone(self):
        for text in ("#include <boost/beast/http.hpp>\n", "beast::flat_buffer b;\n"):
            self.bites("bridge/app/a.cpp", text, "only runtime/net may name Beast")
            self.passes("runtime/net/a.cpp", text)

    def test_time_comes_from_a_clock(self):
        for text in ("auto t = std::chrono::steady_clock::now();\n", "auto t = system_clock::now();\n",
                     "clock_gettime(CLOCK_MONOTONIC, &t);\n", "auto t = time(nullptr);\n"):
            self.bites("bridge/call/a.cpp", text, "from a Clock")
            self.passes("runtime/async/system_clock.cpp", text)
        self.bites("bridge/app/a.cpp", "asio::steady_timer timer(ioc);\n", "wait on a Clock")
        self.bites("bridge/app/a.cpp", "#include <boost/asio/steady_timer.hpp>\n", "wait on a Clock")
        self.bites("tests/sim/a.cpp", "std::this_thread::sleep_for(1s);\n", "wait on a Clock")
        self.bites("tests/sim/a.cpp", "usleep(1000);\n", "wait on a Clock")
        self.passes("bridge/app/a.cpp", "// steady_clock::now() is not to be used\n")

    def test_sockets_randomness_and_the_environment_come_through_their_seams(self):
        self.bites("bridge/app/a.cpp", "#include <boost/asio/ip/tcp.hpp>\n", "from a Network")
        self.bites("bridge/app/a.cpp", "int s = ::socket(AF_INET, SOCK_STREAM, 0);\n", "from a Network")
        self.bites("simulators/openai/a.cpp", "std::random_device seed;\n", "from a Random")
        self.bites("simulators/openai/a.cpp", "int r = rand();\n", "from a Random")
        self.bites("simulators/openai/a.cpp", "std::uniform_int_distribution<int> d;\n", "distributions differ")
        self.bites("bridge/app/config.cpp", 'auto home = std::getenv("HOME");\n', "main reads the environment")
        self.passes("bridge/app/main.cpp", 'auto home = std::getenv("HOME");\n')

    def test_nothing_is_detached(self):
        self.bites("tests/sim/a.cpp", "co_spawn(ioc, run(), asio::detached);\n", "TaskGroup")
        self.bites("bridge/app/a.cpp", "#include <boost/asio/detached.hpp>\n", "TaskGroup")

    def test_asio_s_operators_are_compiled_once(self):
        include = "#include <boost/asio/experimental/awaitable_operators.hpp>\n"
        self.bites("bridge/app/a.cpp", include, "first_of")
        self.passes("runtime/async/first_of.cpp", include)

    def test_whole_library_headers_are_banned(self):
        self.bites("runtime/net/a.cpp", "#include <boost/asio.hpp>\n", "not all of the library")

    def test_spellings_that_gcc_12_compiles_wrongly(self):
        name = "bridge/app/a.cpp"
        self.bites(name, "co_await f(Options{1, 2});\n", "braced temporary")
        self.bites(name, "co_await f({1, 2});\n", "braced temporary")
        self.bites(name, "co_await f([x] { return x; });\n", "capturing lambda")
        self.bites(name, "auto r = c ? co_await a() : co_await b();\n", "in ?:")
        self.bites(name, "if (!co_await f()) co_return;\n", "in a condition")
        self.bites(name, "if (a && !co_await f()) co_return;\n", "in a condition")
        self.passes(name, "if (const bool ok = co_await f(); !ok) co_return;\n")
        self.bites(name, "co_spawn(e, [state]() -> asio::awaitable<void> { co_return; }, done);\n", "in co_spawn")
        self.passes(name, "auto options = Options{1, 2};\nco_await f(std::move(options));\n")
        self.bites(name, "if (co_await f(x)) {\n  g();\n}\n", "in a condition")
        self.passes(name, "co_spawn(e, [&]() -> asio::awaitable<void> { co_return; }, done);\n")

    def test_sizes(self):
        name = "bridge/call/a.cpp"
        body = "  g();\n"
        self.bites(name, "\n" * 401, "401 lines: a file")
        self.bites(name, "int a = " + "1 + " * 30 + "1;\n", "columns")
        self.bites(name, "void f() {\n" + body * 69 + "}\n", "71 lines: a function")
        self.passes(name, "void f() {\n" + body * 68 + "}\n")
        self.bites(name, "A::A(int b) : b_{b}, c_{b} {\n" + body * 80 + "}\n", "82 lines: a function")
        self.bites("tests/unit/a.cpp", "TEST(A, B) {\n" + body * 49 + "}\n", "51 lines: a test")
        self.passes("tests/unit/a.cpp", "namespace {\nTEST(A, B) {\n" + body * 48 + "}\n}  // namespace\n")
        self.passes(name, "namespace bridge::call {\nclass A {\n" + "  void f() {\n    g();\n  }\n" * 40 + "};\n}\n")

    def test_names(self):
        self.bites("bridge/call/call.hpp", "class A {};\n", "#pragma once")
        self.bites("bridge/call/a.cpp", "namespace bridge::app {\n}\n", "this folder's is bridge::call")
        self.passes("runtime/async/a.cpp", "namespace runtime {\n}\n")
        for name in ("bridge/call/utils.cpp", "bridge/call/audio_helper.hpp", "tests/support/common.hpp",
                     "bridge/app/call_manager.cpp"):
            self.bites(name, "#pragma once\n", "a name that says nothing")

    def test_words(self):
        self.bites("bridge/call/a.cpp", "// TO" + "DO: later\n", "open an issue")
        self.bites("docs/running.md", "cd /wor" + "k/main\n", "a path of one machine")
        self.bites("ci/a.sh", "cd /hom" + "e/me/linecheck\n", "a path of one machine")


if __name__ == "__main__":
    unittest.main()
