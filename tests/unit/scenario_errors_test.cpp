#include "scenarios/engine/loader.hpp"
#include "scenarios/engine/scratch_folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

namespace scenarios::engine {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::Not;

std::string read(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return std::move(text).str();
}

std::string errors_of(const std::string& name, const std::string& text) {
  ClipLibrary clips;
  const Loaded loaded = load(std::make_shared<const Source>(name, text), clips);
  EXPECT_EQ(loaded.scenarios.empty(), !loaded.good()) << "a broken scenario is never half-run";
  return loaded.text();
}

const fs::path kGolden = fs::path(LINECHECK_SOURCE_DIR) / "tests/golden/lint";

std::vector<std::string> golden() {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(kGolden)) {
    if (entry.path().extension() == ".yaml") names.push_back(entry.path().stem().string());
  }
  std::ranges::sort(names);
  return names;
}

class Golden : public testing::TestWithParam<std::string> {};

/// Every error at once, each with its place, its line, a caret and what would be right.
TEST_P(Golden, ErrorsReadAsAgreed) {
  const std::string& name = GetParam();

  const std::string text = errors_of(name + ".yaml", read(kGolden / (name + ".yaml")));

  EXPECT_EQ(text, read(kGolden / (name + ".txt")));
}

INSTANTIATE_TEST_SUITE_P(Lint, Golden, testing::ValuesIn(golden()));

const std::string kHead = "linecheck: 1\nname: x\nabout: Something.\n";

TEST(ScenarioErrors, MissingKeysAreNamed) {
  const auto text = errors_of("x.yaml", "linecheck: 1\nname: x\n");

  EXPECT_THAT(text, HasSubstr("'about' is missing"));
  EXPECT_THAT(text, HasSubstr("'expect' is missing"));
  EXPECT_THAT(errors_of("x.yaml", "expect: [verdict: normal]\n"),
              HasSubstr("a file that others include is run through them alone"));
}

TEST(ScenarioErrors, TrapsOfYamlAreToldUpToABound) {
  std::string text = kHead + "caller:\n";
  for (int i = 0; i < 30; ++i) text += "  - press: *9\n";

  const auto told = errors_of("x.yaml", text);

  EXPECT_THAT(told, HasSubstr("x.yaml:25:12: error: this is no YAML"));
  EXPECT_THAT(told, Not(HasSubstr("x.yaml:26:")));
}

TEST(ScenarioErrors, WhatARepairMayHaveBrokenIsNotTold) {
  for (const char* said : {"{text: &co is\n      great}", "\n      text: &co is\n        great"}) {
    const auto told =
        errors_of("x.yaml", kHead + "caller:\n  - say: " + said + "\nexpect: [verdict: normal]\n");

    EXPECT_THAT(told, HasSubstr("error: no '*co' refers to the anchor '&co'"));
    EXPECT_THAT(told, Not(HasSubstr("is no YAML")));
  }
}

TEST(ScenarioErrors, AnEmptyFileAndAListAreNoScenarios) {
  EXPECT_THAT(errors_of("x.yaml", ""), HasSubstr("this file is empty"));
  EXPECT_THAT(errors_of("x.yaml", "- 1\n"), HasSubstr("found a list"));
  EXPECT_THAT(errors_of("x.yaml", "a: 1\n---\nb: 1\n"), HasSubstr("a file holds one scenario"));
  EXPECT_THAT(errors_of("x.yaml", "\n , a: 1\n"),
              HasSubstr("x.yaml:2:2: error: nothing begins with a comma"));
}

TEST(ScenarioErrors, AKeyStandsOnce) {
  EXPECT_THAT(errors_of("x.yaml", kHead + "name: x\nexpect: [verdict: normal]\n"),
              HasSubstr("x.yaml:4:1: error: 'name' stands here for the second time"));
}

TEST(ScenarioErrors, WhoeverDoesNotAnswerSaysNothingAndANumberHasOneOwner) {
  const auto text = errors_of("x.yaml", kHead + R"(others:
  agent: {number: "+97231112222", outcome: busy, say: {speech: 1s}}
  boss: {number: "+97231112222", say: {speech: 1s}, steps: [hang_up]}
  nobody: {}
expect: [verdict: normal]
)");
  EXPECT_THAT(text, HasSubstr("'number' is missing"));

  const auto meaning = errors_of("x.yaml", kHead + R"(others:
  agent: {number: "+97231112222", outcome: busy, say: {speech: 1s}}
  boss: {number: "+97231112222", say: {speech: 1s}, steps: [hang_up]}
expect: [verdict: normal]
)");
  EXPECT_THAT(meaning, HasSubstr("x.yaml:5:55: error: 'agent' does not answer, and says nothing"));
  EXPECT_THAT(meaning, HasSubstr("'agent' answers at +97231112222 already"));
  EXPECT_THAT(meaning, HasSubstr("'say' and 'steps' are two scripts"));
}

TEST(ScenarioErrors, AStepsNameIsNotWhatTheModelHears) {
  const auto told = [](const std::string& heard) {
    return errors_of("x.yaml",
                     "linecheck: 1\nname: x\nabout: x\ncaller:\n  - {say: {text: Bonjour}, as: french}\n"
                     "  - {say: {text: Hello}, as: Hello}\nmodel:\n  - {when: {heard: " +
                         heard + "}, reply: {speech: 1s}}\nexpect: [verdict: normal]\n");
  };
  EXPECT_THAT(told("{text: french}"), HasSubstr("x.yaml:8:27: error: 'french' is a step's name"));
  EXPECT_THAT(told("{text: french}"), HasSubstr("write its words: text: \"Bonjour\""));
  EXPECT_EQ(told("{text: Bonjour}"), "");
  EXPECT_EQ(told("{text: Hello}"), "") << "it says its own name";
}

TEST(ScenarioErrors, NorIsAStepsNameOfOneOfSeveralCallsOrOfSomebodyElse) {
  const auto told = [](const std::string& who) {
    return errors_of("x.yaml", "linecheck: 1\nname: x\nabout: x\n" + who +
                                   "\nmodel: [{when: {heard: {text: french}}, reply: {speech: 1s}}]\n"
                                   "expect: [verdict: normal]\n");
  };
  const std::string step = "[{say: {text: Bonjour}, as: french}, hang_up]";
  const auto is_a_name = HasSubstr("'french' is a step's name");
  EXPECT_THAT(told("calls: [{caller: [hang_up]}, {caller: " + step + "}]"), is_a_name);
  EXPECT_THAT(told("others: {boss: {number: \"+97231112222\", steps: " + step + "}}"), is_a_name);
  EXPECT_EQ(told("calls: {count: 2}\ncaller: [{say: {text: french}, as: french}]"), "");
  EXPECT_EQ(told("calls: [{caller: [{say: {text: french}}, hang_up]}, {caller: " + step + "}]"), "");
}

TEST(ScenarioErrors, OnlyTrueAndFalseAreBooleans) {
  EXPECT_THAT(errors_of("x.yaml", kHead + "expect: [{heard: a.wav, complete: yes}]\n"),
              HasSubstr("only true and false are booleans"));
}

struct Trap {
  const char* name;
  const char* written;
  const char* place;
  const char* hint;
};

class YamlTraps : public testing::TestWithParam<Trap> {};

/// Each with the spelling that works, at the place where it went wrong.
TEST_P(YamlTraps, ShowTheSpellingThatWorks) {
  const std::string text = errors_of("x.yaml", GetParam().written);

  EXPECT_THAT(text, HasSubstr(std::string("x.yaml:") + GetParam().place + ": error: this is no YAML: "));
  EXPECT_THAT(text, HasSubstr(GetParam().hint));
}

INSTANTIATE_TEST_SUITE_P(
    Lint, YamlTraps,
    testing::Values(
        Trap{"Apostrophe", "caller:\n  - say: {text: 'I'm here'}\n", "2:20", "a text that holds ' stands in"},
        Trap{"QuotesInQuotes", "expect:\n  - \"x{a=\"b\"} == 1\"\n", "2:11",
             "a text that holds \" stands in '...'"},
        Trap{"QuoteLeftOpen", "caller:\n  - say: {text: \"hello}\n  - hang_up\n", "2:17",
             "this quote is never closed"},
        Trap{"QuoteClosedLater", "caller:\n  - say: {text: \"a}\n  - say: {text: \"b\"}\n", "2:17",
             "this quote is not closed in its line"},
        Trap{"Colon", "caller:\n  - say: {text: Note: hello}\n", "2:21",
             "stands in quotes: text: \"Note: hello\""},
        Trap{"ColonInALog", "expect:\n  - log: error: something\n", "2:15",
             "a text that holds ': ' stands in quotes: log: \"error: something\""},
        Trap{"At", "caller:\n  - say: {text: @hello}\n", "2:17",
             "a text that begins with @ stands in quotes: text: \"@hello\""},
        Trap{"Percent", "expect:\n  - {log: %error}\n", "2:11", "stands in quotes: log: \"%error\""},
        Trap{"Pipe", "expect:\n  - log: | error\n", "2:12", "stands in quotes: log: \"| error\""},
        Trap{"Hash", "caller:\n  - {press: #12}\n  - hang_up\n", "2:13", "stands in quotes: press: \"#12\""},
        Trap{"Braces", "expect:\n  - {that: voicebridge_calls_active{} == 0}\n", "2:36",
             "stands in quotes: that: \"voicebridge_calls_active{} == 0\""},
        Trap{"BracesInAList", "expect: [voicebridge_calls_active{} == 0, verdict: normal]\n", "1:34",
             "stands in quotes: \"voicebridge_calls_active{} == 0\"\n"},
        Trap{"BracesInALaterEntry", "expect: [verdict: normal, sum by (a, b) (x{a=\"b\"}) == 1, log: x]\n",
             "1:43", "stands in quotes: 'sum by (a, b) (x{a=\"b\"}) == 1'\n"},
        Trap{"BracesBeforeAKey", "expect:\n  - {that: sum(x{a=\"b\", c=\"d\"}) == 1, within: 5s}\n", "2:17",
             "stands in quotes: that: 'sum(x{a=\"b\", c=\"d\"}) == 1'\n"},
        Trap{"BracesBeforeAComparison", "expect:\n  - {never: true, that: x{a=\"b\"} > 0}\n", "2:34",
             "stands in quotes: that: 'x{a=\"b\"} > 0'\n"},
        Trap{"HashInAList", "caller: [{press: #}, hang_up]\n", "1:18", "stands in quotes: press: \"#\"\n"},
        Trap{"HashBehindWords", "caller:\n  - {say: {text: number #12}}\n", "2:25",
             "stands in quotes: text: \"number #12\"\n"},
        Trap{"MapInTheLineOfItsKey", "caller:\n  - say: text: hello, you\n", "2:14",
             "has brackets: say: {text: \"hello, you\"}\n"},
        Trap{"BraceLeftOpen", "caller:\n  - {wait: 1s\n  - hang_up\n", "2:5", "this { is never closed"},
        Trap{"Indentation", "caller:\n- wait: 500ms\n  - say: {text: \"hello\"}\n", "3:3",
             "compare with line 2"},
        Trap{"Tab", "caller:\n\t- wait: 1s\n", "2:2", "never with tabs"}),
    [](const auto& trap) { return trap.param.name; });

TEST(ScenarioErrors, AFileIsUtf8) {
  EXPECT_THAT(errors_of("x.yaml", kHead + "tags: [caf\xe9]\n"),
              HasSubstr("x.yaml:4:11: error: this file is no UTF-8"));
  EXPECT_THAT(errors_of("x.yaml", "\xff\xfel"), HasSubstr("save it as UTF-8"));
  EXPECT_THAT(errors_of("x.yaml", kHead + "tags: [\"שלום\"]\n"), Not(HasSubstr("UTF-8")));
}

TEST(ScenarioErrors, AShortWordIsNoMisspellingOfAnother) {
  EXPECT_EQ(nearest("kind", {"in", "do", "with"}), "");
  EXPECT_EQ(nearest("wiat", {"wait", "say"}), "wait");
}

TEST(ScenarioErrors, TwoLettersThatChangedPlacesAreOneMistake) {
  EXPECT_EQ(nearest("sya", {"say", "press"}), "say");
  EXPECT_EQ(nearest("abc", {"xyz"}), "");
  EXPECT_EQ(nearest(std::string(100'000, 'x'), {"say"}), "");
}

/// Editors jump to characters; the caret stands under what the terminal shows.
TEST(ScenarioErrors, ColumnsAreCharactersAndCaretsAreAsWideAsTheTerminalHasThem) {
  EXPECT_THAT(
      errors_of("x.yaml", kHead + "caller: [{say: {text: \"שָׁלוֹם\", lagn: he}}]\nexpect: [verdict: normal]\n"),
      HasSubstr("x.yaml:4:34: error: unknown key 'lagn'\n"
                " 4 | caller: [{say: {text: \"שָׁלוֹם\", lagn: he}}]\n"
                "   |                               ^\n"));
  EXPECT_THAT(
      errors_of("x.yaml", kHead + "caller: [{say: {text: \"你好\", lagn: zh}}]\nexpect: [verdict: normal]\n"),
      HasSubstr("x.yaml:4:29: error: unknown key 'lagn'\n"
                " 4 | caller: [{say: {text: \"你好\", lagn: zh}}]\n"
                "   |                               ^\n"));
  EXPECT_THAT(errors_of("x.yaml", kHead + "expect: [{that: 'שלום > 1'}]\n"), HasSubstr("unexpected 'ש'"));
}

TEST(ScenarioErrors, ATimeWithoutItsUnitIsToldAlsoWhereAWordMayStand) {
  EXPECT_THAT(errors_of("x.yaml", kHead + "twilio: {silent_drop_after: 5}\nexpect: [verdict: normal]\n"),
              HasSubstr("add the unit: 5s or 5ms"));
}

TEST(ScenarioErrors, TheFileIsCalledAsTheScenario) {
  EXPECT_THAT(errors_of("y.yaml", kHead + "expect: [verdict: normal]\n"),
              HasSubstr("the file is called 'y'"));
  EXPECT_THAT(errors_of("y.yaml", kHead + "expect: [verdict: normal]\n"), HasSubstr("   name: y\n"));
  EXPECT_THAT(errors_of("With Space.yaml", kHead + "expect: [verdict: normal]\n"),
              HasSubstr("   rename the file: x.yaml\n"));
}

TEST(ScenarioErrors, DeepNestingEndsInAnError) {
  EXPECT_NE(errors_of("x.yaml", std::string(300, '[')), "");
  EXPECT_NE(errors_of("x.yaml", std::string(100, '[') + std::string(100, ']')), "");
}

/// One misspelling is one error: nothing that it hides is told to be missing.
TEST(ScenarioErrors, AMisspellingIsToldAlone) {
  const auto told = [](const std::string& text) {
    const auto errors = errors_of("x.yaml", kHead + text);
    std::size_t count = 0;
    for (auto at = errors.find("error: "); at != std::string::npos; at = errors.find("error: ", at + 1))
      ++count;
    return count == 1 ? errors.substr(errors.rfind("did you mean")) : errors;
  };
  const std::string after = "expect: [{that: caller_heard_seconds >= 0, after: cut, within: 2s}]\n";
  EXPECT_EQ(told("faults: [{do: stop_reading, at: answered, fr: 1s, as: cut}]\n" + after),
            "did you mean 'for'?\n");
  EXPECT_EQ(told("faults: [{doo: reset, at: answered, as: cut}]\n" + after), "did you mean 'do'?\n");
  const std::string expect = "expect: [caller_heard_seconds >= 0]\n";
  EXPECT_EQ(told("matirx: {who: [1s, 2s]}\ncaller: [{wait: $who}]\n" + expect), "did you mean 'matrix'?\n");
  EXPECT_EQ(told("varables: {who: 1s}\ncaller: [{wait: $who}]\n" + expect), "did you mean 'variables'?\n");
  EXPECT_EQ(told("caller: [{wiat_for: bot_speaking, for: 1s}]\n" + expect), "did you mean 'wait_for'?\n");
  EXPECT_EQ(
      told("cals: [{caller: [hang_up]}, {caller: [hang_up]}]\nfaults: [{do: reset, call: 2, at: answered}]\n"
           "expect: [{call: 2, verdict: normal}]\n"),
      "did you mean 'calls'?\n");
  EXPECT_EQ(told("bridge: {replcas: 2}\nexpect: ['voicebridge_calls_active{replica=\"2\"} == 0']\n"),
            "did you mean 'replicas'?\n");
  EXPECT_EQ(told("model:\n  - {when: greeting, reply: {tool: look_up, wth: {number: 1}}}\n"
                 "  - {when: anything, reply: {tool: look_ups}}\nexpect: [{tool_called: look_up}]\n"),
            "did you mean 'with'?\n");
}

TEST(ScenarioErrors, AMatrixKnowsItsVariables) {
  EXPECT_THAT(
      errors_of("x.yaml",
                kHead + "matrix: {rules: [twilio_docs]}\ntrack_rules: $rule\nexpect: [verdict: normal]\n"),
      HasSubstr("did you mean '$rules'?"));
}

TEST(ScenarioFiles, AreEachOnceHoweverTheyAreSpeltAndNoneIsOfATool) {
  const ScratchFolder folder;
  for (const char* name : {".git", "node_modules", "build", "out", "mine"}) {
    fs::create_directory(folder.path() / name);
    std::ofstream(folder.path() / name / "x.yaml") << "linecheck: 1\n";
  }

  const auto found =
      scenario_files({folder.path(), folder.path() / "." / "mine", folder.path() / "mine/x.yaml"});

  ASSERT_EQ(found.files.size(), 1U);
  EXPECT_EQ(plain_path(found.files.front()), plain_path(folder.path() / "mine/x.yaml"));
  EXPECT_EQ(scenario_files({folder.path() / "out"}).files.size(), 1U) << "it was named";
}

TEST(ScenarioErrors, TwoOfOneNameNameEachOther) {
  const ScratchFolder folder;
  for (const char* name : {"a", "b"}) {
    fs::create_directory(folder.path() / name);
    std::ofstream(folder.path() / name / "x.yaml")
        << "linecheck: 1\nname: x\nabout: Something.\nexpect: [verdict: normal]\n";
  }
  ClipLibrary clips;

  EXPECT_THAT(lint({folder.path()}, clips).text, HasSubstr("another file holds a scenario called 'x': " +
                                                           (folder.path() / "a/x.yaml").string()));
}

TEST(ScenarioErrors, AMissingFileIsAProblemLikeAnyOther) {
  ClipLibrary clips;

  EXPECT_FALSE(load_file("/nowhere/x.yaml", clips).good());
  EXPECT_THAT(lint({"/nowhere"}, clips).text, HasSubstr("there is no such file or folder"));
}

}  // namespace
}  // namespace scenarios::engine
