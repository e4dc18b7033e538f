#include "bridge/app/config.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

namespace bridge::app {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// What is wrong with a text, whatever its keys say.
std::vector<std::string> wrong_with(std::string text) {
  ConfigSource source;
  source.name = "c.yaml";
  source.text = std::move(text);
  source.environment = {{"OPENAI_API_KEY", "sk-test"}};
  auto parsed = parse_config(source);
  if (auto* errors = std::get_if<ConfigErrors>(&parsed)) return errors->problems;
  return {};
}

constexpr auto kUrl = "public_url: https://b.org\n";

TEST(BridgeConfigText, AnAliasOfWhatItStandsInHasNoEnd) {
  const auto found = wrong_with(std::string(kUrl) + "agent: &a {idle: *a}\n");
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0],
            "c.yaml:2:18: this alias stands inside of what it names, which so has no end\n"
            "    agent: &a {idle: *a}\n"
            "                     ^\n"
            "    expected the values themselves, or an alias of something that ends before");
  EXPECT_THAT(wrong_with(std::string(kUrl) + "openai: {retry: &a {budget: *a}}\n"),
              ElementsAre(HasSubstr("c.yaml:2:29: this alias stands inside")));
  EXPECT_THAT(wrong_with(std::string(kUrl) + "twilio: {unsigned_parameters: &a [[*a]]}\n"),
              ElementsAre(HasSubstr("c.yaml:2:36: this alias stands inside")));
}

TEST(BridgeConfigText, AliasesThatMultiplyAreCountedAsWhatTheyName) {
  std::string text = std::string(kUrl) + "agent:\n  tools:\n    hosts:\n      - &a0 [x, x, x, x]\n";
  for (int level = 1; level <= 30; ++level)
    text += fmt::format("      - &a{0} [*a{1}, *a{1}, *a{1}, *a{1}]\n", level, level - 1);
  const auto found = wrong_with(text);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_THAT(found[0], HasSubstr("c.yaml:12:"));
  EXPECT_THAT(found[0], HasSubstr("with this the configuration is too big"));
  EXPECT_THAT(found[0], HasSubstr("expected at most 50000 values, an alias counted as what it names"));
}

TEST(BridgeConfigText, ADeepTextIsRefusedAlsoWhereAliasesMakeItDeep) {
  const auto nested = [](int levels) { return std::string(levels, '[') + std::string(levels, ']'); };
  EXPECT_THAT(wrong_with(kUrl + ("agent: " + nested(100)) + "\n"),
              ElementsAre(HasSubstr("c.yaml:2:71: this is nested too deeply")));
  EXPECT_THAT(
      wrong_with("a: &a " + nested(40) + "\nb: " + std::string(30, '[') + "*a" + std::string(30, ']')),
      ElementsAre(HasSubstr("c.yaml:2:34: this is nested too deeply")));
}

TEST(BridgeConfigText, AnAliasOfSomethingThatIsOverIsAsGoodAsTheThing) {
  EXPECT_THAT(
      wrong_with(std::string(kUrl) + "fallback: &n none\nlog: {level: info}\nnumbers: {default: a}\nagents:\n"
                                     "  a: &a {voice: marin}\n  b: *a\n"),
      IsEmpty());
}

TEST(BridgeConfigText, ASecondDocumentIsNotDroppedSilently) {
  EXPECT_THAT(wrong_with(std::string(kUrl) + "---\ngarbage: yes\n"),
              ElementsAre("c.yaml:2:1: a second document begins here\n    ---\n    ^\n"
                          "    expected one: drop the line ---"));
  EXPECT_THAT(wrong_with("---\n" + std::string(kUrl) + "...\n"), IsEmpty());
  EXPECT_THAT(wrong_with(", public_url"),
              ElementsAre(HasSubstr("c.yaml:1:1: no configuration begins with a comma")));
}

TEST(BridgeConfigText, WhatIsMissedAtTheEndIsShownBehindTheLastThingThere) {
  for (const char* end : {"", "\n", "\n\n  \n"}) {
    EXPECT_THAT(wrong_with("public_url: [a" + std::string(end)),
                ElementsAre("c.yaml:1:15: this is no YAML: end of sequence flow not found\n"
                            "    public_url: [a\n                  ^\n"
                            "    expected ] behind the last item of a list that began with ["));
  }
  EXPECT_THAT(wrong_with("public_url: \"a"), ElementsAre(HasSubstr("expected the quote that ends a text")));
  EXPECT_THAT(wrong_with(std::string(kUrl) + "log: {level: info"),
              ElementsAre(HasSubstr("expected } behind the last value of a mapping")));
}

TEST(BridgeConfigText, WhatIsNoMappingIsSaidWhereItStandsAndOnce) {
  EXPECT_THAT(wrong_with(std::string(kUrl) + "agent: {tools: {http: {a: foo}}}\n"),
              ElementsAre(HasSubstr("c.yaml:2:27: `agent.tools.http.a` is `foo`")));
  EXPECT_THAT(wrong_with("foo\n"), ElementsAre(HasSubstr("c.yaml:1:1: `the file` is `foo`")));
}

TEST(BridgeConfigText, WhatAnEmptySectionLacksIsMissedAtItsKey) {
  EXPECT_THAT(wrong_with(std::string(kUrl) + "agent:\n  tools:\n    http:\n      a:\nlog: {level: info}\n"),
              ElementsAre(HasSubstr("c.yaml:5:7: `agent.tools.http.a.description` is missing"),
                          HasSubstr("c.yaml:5:7: `agent.tools.http.a.url` is missing")));
  EXPECT_THAT(wrong_with(std::string(kUrl) + "listen:\n  port:\nlog: {level: info}\n"),
              ElementsAre(HasSubstr("c.yaml:3:3: `listen.port` is nothing")));
}

}  // namespace
}  // namespace bridge::app
