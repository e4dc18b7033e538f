#include "runtime/audio/level.hpp"
#include "simulators/openai/demanded_tool.hpp"
#include "simulators/openai/script_player.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>

namespace simulators::openai {
namespace {

using testing::ElementsAre;

class FakeOpenAiScript : public testing::Test {
 protected:
  When& rule(When::Kind kind, std::string as, bool every_time = false) {
    Rule made;
    made.when.kind = kind;
    made.as = std::move(as);
    made.every_time = every_time;
    return script_.rules.emplace_back(std::move(made)).when;
  }
  std::string ask(std::vector<Input> inputs, bool fresh = false) {
    if (!player_) player_.emplace(script_, random_, talk_);
    Demand demand;
    demand.inputs = std::move(inputs);
    demand.fresh_session = fresh;
    const auto choice = player_->choose(demand);
    trigger_ = choice.trigger;
    return choice.rule ? choice.as : "default";
  }
  static Input turn() { return {Input::Kind::caller_turn, {}, {}}; }
  static Input text(std::string words) { return {Input::Kind::text, std::move(words), {}}; }

  runtime::SeededRandom random_{1};
  Script script_;
  SmallTalk talk_;
  std::optional<ScriptPlayer> player_;
  Trigger trigger_ = Trigger::greeting;
};

TEST_F(FakeOpenAiScript, ConsumesRulesInOrderAndOnce) {
  rule(When::Kind::greeting, "hello");
  rule(When::Kind::caller_finished, "first");
  rule(When::Kind::caller_finished, "second");

  EXPECT_EQ(ask({}, true), "hello");
  EXPECT_EQ(ask({turn()}), "first");
  EXPECT_EQ(ask({turn()}), "second");
  EXPECT_EQ(ask({turn()}), "default");
}

TEST_F(FakeOpenAiScript, ARetryGetsTheRuleThatItsTurnGotAndUsesUpNoOther) {
  rule(When::Kind::caller_finished, "first");
  rule(When::Kind::caller_finished, "second");
  ask({turn()});

  EXPECT_EQ(ask({}), "first");
  EXPECT_EQ(trigger_, Trigger::retry);
  EXPECT_EQ(ask({turn()}), "second");
}

TEST_F(FakeOpenAiScript, ARetryGetsARuleOfItsOwnWhereThereIsOne) {
  rule(When::Kind::again, "later");
  rule(When::Kind::any, "any", true);
  rule(When::Kind::again, "last");

  EXPECT_EQ(ask({}, true), "any") << "nothing was said before it";
  EXPECT_EQ(ask({turn()}), "any");
  EXPECT_EQ(ask({}), "later");
  EXPECT_EQ(trigger_, Trigger::retry);
  EXPECT_EQ(ask({}), "last");
  EXPECT_EQ(ask({}), "last") << "it is what is owed now";
  player_->answered();
  EXPECT_EQ(ask({}), "any") << "it goes on";
}

TEST_F(FakeOpenAiScript, WhatWasHeardIsNotSaidAgainWhenNothingNewWasSaid) {
  rule(When::Kind::caller_finished, "first");
  rule(When::Kind::greeting, "hello");
  rule(When::Kind::any, "more");
  ask({turn()});
  player_->answered(false);
  EXPECT_EQ(ask({}), "first") << "it ended, and nothing of it was heard";
  player_->answered();

  EXPECT_EQ(ask({}), "more") << "no greeting any more: the caller has spoken";
  player_->answered();
  EXPECT_EQ(ask({}), "default");
  EXPECT_EQ(trigger_, Trigger::retry);
}

TEST_F(FakeOpenAiScript, WithoutARuleItGoesOnWhenNothingNewWasSaid) {
  std::set<std::string> said;
  player_.emplace(script_, random_, talk_);
  for (int i = 0; i < 4; ++i) {
    const auto choice = player_->choose({});
    said.insert(std::get<Speech>(choice.reply->outputs.at(0)).transcript);
    player_->answered();
  }

  EXPECT_EQ(said.size(), 4U) << "a greeting, and three answers";
}

TEST_F(FakeOpenAiScript, WhatIsStillOwedGivesWayToACallThatIsDemandedOrForbidden) {
  player_.emplace(script_, random_, talk_);
  Demand demand;
  demand.inputs = {turn()};
  player_->choose(demand);
  demand.inputs.clear();
  demand.tool = ToolCall{"look", "{}"};
  EXPECT_TRUE(std::holds_alternative<ToolCall>(player_->choose(demand).reply->outputs.at(0)));

  demand.tool.reset();
  demand.no_calls = true;
  EXPECT_TRUE(std::holds_alternative<Speech>(player_->choose(demand).reply->outputs.at(0)));
}

TEST_F(FakeOpenAiScript, ARuleForAnyTimesRepeats) {
  rule(When::Kind::caller_finished, "again", true);

  EXPECT_EQ(ask({turn()}), "again");
  EXPECT_EQ(ask({turn()}), "again");
}

TEST_F(FakeOpenAiScript, TextIsMatchedInPartOrWhole) {
  rule(When::Kind::text, "whole").exact = true;
  script_.rules[0].when.text = "1*0#";
  rule(When::Kind::text, "part").text = "*0";

  EXPECT_EQ(ask({text("keys 1*0# pressed")}), "part");
  EXPECT_EQ(ask({text("1*0#")}), "whole");
}

TEST_F(FakeOpenAiScript, ARuleForTheNthDemandWaitsForIt) {
  rule(When::Kind::caller_finished, "third").nth = 3;
  rule(When::Kind::caller_finished, "others", true);

  EXPECT_EQ(ask({turn()}), "others");
  EXPECT_EQ(ask({turn()}), "others");
  EXPECT_EQ(ask({turn()}), "third");
  EXPECT_EQ(ask({turn()}), "others");
}

TEST_F(FakeOpenAiScript, AToolsResultIsMatchedByNameAmongSeveralInputs) {
  rule(When::Kind::tool_result, "weather").tool = "get_weather";

  EXPECT_EQ(ask({{Input::Kind::tool_result, "get_weather", {}}, {Input::Kind::tool_result, "other", {}}}),
            "weather");
}

TEST_F(FakeOpenAiScript, ANewSessionRetriesWhatWasNeverAnsweredAndGreetsAfterWhatWas) {
  rule(When::Kind::greeting, "hello");
  rule(When::Kind::greeting, "hello again");
  ask({}, true);

  EXPECT_EQ(ask({}, true), "hello");
  player_->answered();
  EXPECT_EQ(ask({}, true), "hello again");
}

TEST_F(FakeOpenAiScript, ANewSessionThatIsToldTheConversationGetsTheAnswerThatIsDue) {
  rule(When::Kind::caller_finished, "first");
  rule(When::Kind::caller_finished, "second");
  ask({turn()}, true);

  EXPECT_EQ(ask({text("what the caller said")}, true), "first");
  EXPECT_EQ(trigger_, Trigger::retry);
  player_->answered();
  EXPECT_EQ(ask({text("what he said then"), turn()}, true), "second");
}

TEST_F(FakeOpenAiScript, ReportsRulesThatAnsweredNothing) {
  rule(When::Kind::greeting, "hello");
  rule(When::Kind::text, "keys");
  ask({turn()});

  EXPECT_THAT(player_->unused(), ElementsAre(0U, 1U));
}

TEST_F(FakeOpenAiScript, WithoutARuleItHoldsAConversation) {
  std::vector<std::string> said;
  const auto speak = [&](std::vector<Input> inputs) {
    if (!player_) player_.emplace(script_, random_, talk_);
    Demand demand;
    demand.inputs = std::move(inputs);
    const auto choice = player_->choose(demand);
    const auto& speech = std::get<Speech>(choice.reply->outputs.at(0));
    EXPECT_GT(speech.mulaw.size(), 8'000U);
    EXPECT_TRUE(runtime::audio::audible_mulaw(speech.mulaw));
    said.push_back(speech.transcript);
  };

  speak({});
  for (int i = 0; i < 4; ++i) speak({turn()});
  speak({text("1*0#")});
  speak({turn()});

  EXPECT_EQ(std::set<std::string>(said.begin(), said.end()).size(), said.size()) << "nothing is said twice";
  EXPECT_THAT(said.front(), testing::AnyOf(testing::HasSubstr("help"), testing::HasSubstr("do for you")));
  EXPECT_EQ(said.at(5), "I got: 1*0#.");
  EXPECT_THAT(said.back(), testing::HasSubstr("oodbye"));
}

TEST_F(FakeOpenAiScript, WithoutARuleACallThatIsDemandedIsMadeWithArgumentsThatFit) {
  const Json tools =
      Json::parse(R"([{"type":"mcp","server_label":"x"},{"type":"function","name":"book","parameters":{
    "type":"object","required":["day","seats","window","who"],"properties":{"day":{"type":"string","enum":["mon","tue"]},
    "seats":{"type":"integer","minimum":2},"window":{"type":"boolean"},"note":{"type":"string"},
    "who":{"type":"object","required":["name"],"properties":{"name":{"type":"string"}}}}}},
    {"type":"function","name":"other"}])");

  const auto call = demanded_tool("required", tools);
  ASSERT_TRUE(call);
  EXPECT_EQ(call->name, "book");
  EXPECT_EQ(Json::parse(call->arguments),
            Json::parse(R"({"day":"mon","seats":2,"window":true,"who":{"name":"example"}})"));
  EXPECT_EQ(demanded_tool({{"type", "function"}, {"name", "other"}}, tools)->arguments, "{}");
  EXPECT_FALSE(demanded_tool("auto", tools));
  EXPECT_FALSE(demanded_tool("required", Json::array()));

  rule(When::Kind::greeting, "hello");
  Demand demand;
  demand.tool = call;
  player_.emplace(script_, random_, talk_);
  EXPECT_EQ(player_->choose(demand).as, "hello") << "a rule answers first";
  demand.inputs = {turn()};
  EXPECT_TRUE(std::holds_alternative<ToolCall>(player_->choose(demand).reply->outputs.at(0)));
}

TEST_F(FakeOpenAiScript, APhraseIsReadOnce) {
  const auto once = talk_.say(SmallTalk::Occasion::closing, 0, "");
  const auto again = talk_.say(SmallTalk::Occasion::closing, 0, "");

  EXPECT_EQ(once.mulaw, again.mulaw);
}

}  // namespace
}  // namespace simulators::openai
