#include "scenarios/engine/loader.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

namespace scenarios::engine {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

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

class Golden : public testing::TestWithParam<const char*> {};

/// Every error at once, each with its place, its line, a caret and what would be right.
TEST_P(Golden, ErrorsReadAsAgreed) {
  const fs::path folder = fs::path(LINECHECK_SOURCE_DIR) / "tests/golden/lint";
  const std::string name = GetParam();

  const std::string text = errors_of(name + ".yaml", read(folder / (name + ".yaml")));

  EXPECT_EQ(text, read(folder / (name + ".txt")));
}

INSTANTIATE_TEST_SUITE_P(Lint, Golden,
                         testing::Values("broken", "second", "alias", "brace", "conditions", "expect", "line",
                                         "shapes"));

const std::string kHead = "linecheck: 1\nname: x\nabout: Something.\n";

TEST(ScenarioErrors, MissingKeysAreNamed) {
  const auto text = errors_of("x.yaml", "linecheck: 1\nname: x\n");

  EXPECT_THAT(text, HasSubstr("'about' is missing"));
  EXPECT_THAT(text, HasSubstr("'expect' is missing"));
}

TEST(ScenarioErrors, AnEmptyFileAndAListAreNoScenarios) {
  EXPECT_THAT(errors_of("x.yaml", ""), HasSubstr("this file is empty"));
  EXPECT_THAT(errors_of("x.yaml", "- 1\n"), HasSubstr("found a list"));
  EXPECT_THAT(errors_of("x.yaml", "a: 1\n---\nb: 1\n"), HasSubstr("a file holds one scenario"));
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

TEST(ScenarioErrors, OnlyTrueAndFalseAreBooleans) {
  EXPECT_THAT(errors_of("x.yaml", kHead + "expect: [{heard: a.wav, complete: yes}]\n"),
              HasSubstr("only true and false are booleans"));
}

TEST(ScenarioErrors, TheFileIsCalledAsTheScenario) {
  EXPECT_THAT(errors_of("y.yaml", kHead + "expect: [verdict: normal]\n"),
              HasSubstr("the file is called 'y'"));
}

TEST(ScenarioErrors, DeepNestingEndsInAnError) {
  EXPECT_NE(errors_of("x.yaml", std::string(300, '[')), "");
  EXPECT_NE(errors_of("x.yaml", std::string(100, '[') + std::string(100, ']')), "");
}

TEST(ScenarioErrors, AMatrixKnowsItsVariables) {
  EXPECT_THAT(
      errors_of("x.yaml",
                kHead + "matrix: {rules: [twilio_docs]}\ntrack_rules: $rule\nexpect: [verdict: normal]\n"),
      HasSubstr("did you mean '$rules'?"));
}

TEST(ScenarioErrors, AMissingFileIsAProblemLikeAnyOther) {
  ClipLibrary clips;

  EXPECT_FALSE(load_file("/nowhere/x.yaml", clips).good());
  EXPECT_THAT(lint({"/nowhere"}, clips).text, HasSubstr("there is no such file or folder"));
}

}  // namespace
}  // namespace scenarios::engine
