#include "scenarios/cli/first_call.hpp"
#include "scenarios/cli/call_plan.hpp"
#include "scenarios/cli/scripts.hpp"
#include "simulators/twilio/line_presets.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <fstream>
#include <string>
#include <variant>

namespace scenarios::cli {
namespace {

using namespace std::chrono_literals;
namespace twilio = simulators::twilio;
using testing::HasSubstr;
using testing::StartsWith;
using twilio::CallPlan;

CallPlan plan_of_text(const std::string& text, const CallPlan& otherwise = {}) {
  Scripts scripts;
  auto first = first_call(scripts.read_text(text), otherwise);
  if (const auto* error = std::get_if<std::string>(&first)) ADD_FAILURE() << *error;
  return std::holds_alternative<CallPlan>(first) ? std::get<CallPlan>(std::move(first)) : CallPlan();
}

std::string refused(const std::string& text) {
  Scripts scripts;
  const auto first = first_call(scripts.read_text(text));
  return std::holds_alternative<std::string>(first) ? std::get<std::string>(first) : "";
}

CallPlan defaults() {
  auto plan = plan_of_text(
      "line: {latency: 500ms, callbacks_late: 2s}\n"
      "track_rules: incident_report\n"
      "twilio: {debugger_url: 'http://b/debugger', close: abrupt}\n"
      "call: {from: '+15550001111', fallback_url: /fallback}\n"
      "faults: [{do: drop, in: 1s}]\n"
      "caller: [{listen: 2s, as: first}]\n");
  plan.voice_url = "http://b:8080/voice";
  return plan;
}

TEST(FirstCall, WhatAPartLeavesOutIsAsInTheDefaults) {
  const auto plan = plan_of_text("caller: [{listen: 9s}]", defaults());

  EXPECT_EQ(std::get<twilio::Listen>(plan.caller.front().action).length, 9s);
  EXPECT_EQ(plan.line.latency, 500ms);
  EXPECT_EQ(plan.knobs.callback_delay_max, 2s);
  EXPECT_EQ(plan.rules, twilio::TrackRules::incident_report);
  EXPECT_EQ(plan.debugger_url, "http://b/debugger");
  EXPECT_EQ(plan.knobs.close, twilio::Knobs::Close::abrupt);
  EXPECT_EQ(plan.from, "+15550001111");
  EXPECT_EQ(plan.fallback_url, "/fallback");
  EXPECT_EQ(plan.voice_url, "http://b:8080/voice");
  EXPECT_EQ(plan.faults.size(), 1U);
}

TEST(FirstCall, IsNotOneOfSeveral) {
  Scripts scripts;
  const auto first = first_call(scripts.read_text("calls: {count: 3, over: 1s}"), defaults());

  ASSERT_TRUE(std::holds_alternative<std::string>(first));
  EXPECT_THAT(std::get<std::string>(first), HasSubstr("'calls' places 3 calls, and this is about one"));
}

TEST(FirstCall, HasTheParametersThatItsPartSays) {
  auto known = defaults();
  known.parameters = {{"CallerName", "Anna"}};

  EXPECT_EQ(plan_of_text("caller: [{listen: 9s}]", known).parameters, known.parameters);
  const auto plan = plan_of_text("call: {parameters: {FromCity: BERLIN}}", known);
  ASSERT_EQ(plan.parameters.size(), 1U);
  EXPECT_EQ(plan.parameters[0].second, "BERLIN");
  EXPECT_THAT(refused("call: {parameters: {CallSid: CA1}}"), HasSubstr("'CallSid' is what the call is"));
}

TEST(FirstCall, NamesTheOptionWhoseClipIsMissing) {
  CallWish wish;
  wish.url = "http://127.0.0.1:1/voice";
  wish.say = {"nosuch.wav"};

  const auto plan = plan_of(wish);

  ASSERT_TRUE(std::holds_alternative<std::string>(plan));
  EXPECT_THAT(std::get<std::string>(plan), StartsWith("linecheck: --say nosuch.wav: "));
  EXPECT_THAT(std::get<std::string>(plan), testing::Not(HasSubstr("script")));
}

TEST(FirstCall, WhatAPartSaysReplacesTheDefaults) {
  const auto plan = plan_of_text(
      "line: lan\n"
      "track_rules: twilio_docs\n"
      "twilio: {close: no_code}\n"
      "call: {to: '+15550002222', voice_url: /other}\n"
      "faults: []\n",
      defaults());

  EXPECT_EQ(plan.line.latency, 0ms);
  EXPECT_EQ(plan.knobs.callback_delay_max, 0ms);
  EXPECT_EQ(plan.rules, twilio::TrackRules::twilio_docs);
  EXPECT_EQ(plan.debugger_url, "");
  EXPECT_EQ(plan.knobs.close, twilio::Knobs::Close::no_code);
  EXPECT_EQ(plan.from, "+15550001111");
  EXPECT_EQ(plan.to, "+15550002222");
  EXPECT_EQ(plan.voice_url, "http://b:8080/other");
  EXPECT_TRUE(plan.faults.empty());
  EXPECT_EQ(plan.caller.front().as, "first");
}

TEST(FirstCall, AnAddressOfItsOwnIsKept) {
  EXPECT_EQ(plan_of_text("call: {voice_url: 'http://c/in#1'}", defaults()).voice_url, "http://c/in#1");
  EXPECT_EQ(plan_of_text("call: {voice_url: /in}").voice_url, "/in");
}

TEST(FirstCall, FaultsOfThePathStrikeOnTwiliosSide) {
  const auto plan = plan_of_text(
      "caller: [{listen: 4s, as: waits}]\n"
      "faults:\n"
      "  - {do: stall, at: first_bot_frame, in: 1s, for: 2s, towards: peer}\n"
      "  - {do: reset, after: waits, in: 500ms}\n");

  ASSERT_EQ(plan.faults.size(), 2U);
  const auto& stall = std::get<twilio::StallPath>(plan.faults[0]);
  EXPECT_EQ(stall.from.when, twilio::Moment::When::first_bot_frame);
  EXPECT_EQ(stall.from.after, 1s);
  EXPECT_EQ(stall.towards, twilio::Towards::twilio);
  EXPECT_EQ(stall.lasts, 2s);
  const auto& reset = std::get<twilio::DropConnection>(plan.faults[1]);
  EXPECT_EQ(reset.at.when, twilio::Moment::When::step);
  EXPECT_EQ(reset.at.step, "waits");
  EXPECT_EQ(reset.at.after, 500ms);
}

TEST(FirstCall, FaultsThatWouldDoNothingAreRefusedWithTheirPlace) {
  EXPECT_THAT(refused("faults: [{do: black_hole}]"),
              StartsWith("script:1:10: error: 'black_hole' needs 'linecheck run'"));
  EXPECT_THAT(refused("faults: [{do: intrude}]"), HasSubstr("'intrude' needs 'linecheck run'"));
  EXPECT_THAT(refused("visitors: [{as: hog}]"), HasSubstr("a visitor needs 'linecheck run'"));
  EXPECT_THAT(refused("faults: [{do: throw_in_write}]"), HasSubstr("'throw_in_write' needs"));
  EXPECT_THAT(refused("faults: [{do: stall, on: openai}]"), HasSubstr("on OpenAI's leg"));
  EXPECT_THAT(refused("model: [{when: caller_finished, reply: {text: Yes.}, as: said}]\n"
                      "faults: [{do: stall, after: said}]"),
              HasSubstr("no step of the caller's is called 'said'"));
}

TEST(CallOfACommandLine, HasTheOutboundTrackUnderTheRulesThatKnowIt) {
  CallWish wish;
  wish.url = "http://127.0.0.1:8080/voice";
  wish.length = "1s";
  EXPECT_FALSE(std::get<CallPlan>(plan_of(wish)).knobs.outbound_media);

  wish.outbound_media = true;
  const auto plan = std::get<CallPlan>(plan_of(wish));
  EXPECT_TRUE(plan.knobs.outbound_media);
  EXPECT_EQ(plan.rules, twilio::TrackRules::incident_report);
}

TEST(CallOfACommandLine, HasItsLineAndRulesWhateverTheCallersWordsComeFrom) {
  CallWish wish;
  wish.url = "http://127.0.0.1:8080/voice";
  wish.line = "bad";
  wish.rules = "incident_report";
  const auto bad = *twilio::find_line_preset("bad");
  const std::string path = testing::TempDir() + "first_call_rules.yaml";
  std::ofstream(path) << "line: lan\ntrack_rules: twilio_docs\ncaller: [{listen: 1s}]\n";

  for (const std::string& script : {std::string(), path}) {
    wish.script = script;
    const auto plan = std::get<CallPlan>(plan_of(wish));
    EXPECT_EQ(plan.line.missing, bad.traits.missing) << script;
    EXPECT_EQ(plan.packets, bad.packets) << script;
    EXPECT_EQ(plan.rules, twilio::TrackRules::incident_report) << script;
  }
}

TEST(CallOfACommandLine, LeavesTheScriptItsRulesWhereNoneAreGiven) {
  CallWish wish;
  wish.url = "http://127.0.0.1:8080/voice";
  wish.script = testing::TempDir() + "first_call_own_rules.yaml";
  std::ofstream(wish.script) << "track_rules: incident_report\ncaller: [{listen: 1s}]\n";

  EXPECT_EQ(std::get<CallPlan>(plan_of(wish)).rules, twilio::TrackRules::incident_report);
}

TEST(CallOfACommandLine, RefusesALineAndNumbersThatThereAreNot) {
  const auto refused_with = [](auto member, const std::string& value) {
    CallWish wish;
    wish.url = "http://127.0.0.1:8080/voice";
    wish.*member = value;
    const auto plan = plan_of(wish);
    return std::holds_alternative<std::string>(plan) ? std::get<std::string>(plan) : "";
  };

  EXPECT_THAT(refused_with(&CallWish::line, "foo"), StartsWith("linecheck: --line foo: there is no such"));
  EXPECT_THAT(refused_with(&CallWish::line, "foo"), HasSubstr("lan, us-east"));
  EXPECT_THAT(refused_with(&CallWish::from, "abc"), StartsWith("linecheck: --from abc: nobody has"));
  EXPECT_THAT(refused_with(&CallWish::to, "12"), StartsWith("linecheck: --to 12: nobody has"));
  EXPECT_THAT(refused_with(&CallWish::to, "anonymous"), HasSubstr("nobody has"));
  EXPECT_EQ(refused_with(&CallWish::from, "anonymous"), "");
}

}  // namespace
}  // namespace scenarios::cli
