#include "bridge/app/config.hpp"

#include <gmock/gmock.h>

namespace bridge::app {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr auto kLeast = "public_url: https://bridge.example.com\nopenai: {api_key: sk-test}\n";

std::variant<Config, ConfigErrors> parse(const std::string& added) {
  ConfigSource source;
  source.name = "bridge.yaml";
  source.text = kLeast + added;
  return parse_config(source);
}

Config good(const std::string& added) {
  auto parsed = parse(added);
  if (auto* errors = std::get_if<ConfigErrors>(&parsed)) {
    ADD_FAILURE() << errors->text();
    return {};
  }
  return std::get<Config>(std::move(parsed));
}

std::string problem(const std::string& added) {
  auto parsed = parse(added);
  const auto* errors = std::get_if<ConfigErrors>(&parsed);
  if (errors == nullptr) return "";
  EXPECT_EQ(errors->problems.size(), 1U) << errors->text();
  return errors->problems.front();
}

TEST(BridgeConfigAgents, OneAgentAnswersEveryNumber) {
  const auto config = good("agent: {voice: cedar, model: gpt-realtime-mini}\n");

  ASSERT_NE(config.answering("+14155550100"), nullptr);
  EXPECT_EQ(config.answering("anonymous")->model.session.voice, "cedar");
  EXPECT_EQ(config.answering("")->model.url.text(),
            "wss://api.openai.com/v1/realtime?model=gpt-realtime-mini");
}

TEST(BridgeConfigAgents, EachNumberGetsItsAgentAndWhatIsSaidOfAllCalls) {
  const auto config = good(R"(
agents:
  sales: {voice: cedar, greeting: model, model: gpt-realtime-mini, turn_detection: {threshold: 0.7}}
  night: {instructions: "We are closed."}
numbers: {"+14155550100": sales, "+1415*": night}
watchdog: {delta_stall: 2s}
)");

  const auto* sales = config.answering("+14155550100");
  const auto* night = config.answering("+14155550101");
  ASSERT_TRUE(sales != nullptr && night != nullptr);
  EXPECT_EQ(sales->agent, "sales");
  EXPECT_EQ(sales->model.session.voice, "cedar");
  EXPECT_EQ(sales->model.session.threshold, 0.7);
  EXPECT_EQ(sales->model.url.text(), "wss://api.openai.com/v1/realtime?model=gpt-realtime-mini");
  EXPECT_TRUE(sales->model.greet);
  EXPECT_EQ(night->model.session.instructions, "We are closed.");
  EXPECT_EQ(night->model.session.voice, "marin");
  EXPECT_EQ(night->model.api_key, "sk-test");
  EXPECT_EQ(night->delta_stall, 2s);
  EXPECT_FALSE(night->model.greet);
  EXPECT_EQ(config.answering("+97231110000"), nullptr);
}

TEST(BridgeConfigAgents, BothFormsAtOnceAreAnErrorWithTheRightOne) {
  EXPECT_THAT(problem("agent: {}\nagents: {a: {}}\nnumbers: {default: a}\n"),
              HasSubstr("`agents` is given, and `agent` as well"));
  EXPECT_THAT(problem("agents: {a: {}}\n"), HasSubstr("say who answers: numbers: {default: a}"));
  EXPECT_THAT(problem("numbers: {default: a}\n"), HasSubstr("`numbers` is given without `agents`"));
  EXPECT_THAT(problem("agents: {}\n"), HasSubstr("holds no agent"));
}

TEST(BridgeConfigAgents, AnAgentThatIsNoneIsShownWithItsPlaceAndTheNearestName) {
  EXPECT_EQ(problem("agents: {sales: {}, support: {}}\nnumbers:\n  \"+1415*\": suport\n"),
            "bridge.yaml:5:13: `numbers.+1415*` names `suport`, which is no agent\n"
            "      \"+1415*\": suport\n"
            "                ^\n"
            "    did you mean `support`? agents: sales, support");
  EXPECT_THAT(problem("agents: {sales: {voce: cedar}}\nnumbers: {default: sales}\n"),
              HasSubstr("unknown key `agents.sales.voce`"));
  EXPECT_THAT(problem("agents: {\"front desk\": {}}\nnumbers: {default: front desk}\n"),
              HasSubstr("is no name for an agent"));
  EXPECT_THAT(problem("agents: {a: {}}\nnumbers: {\"415\": a}\n"), HasSubstr("does not begin with +"));
}

TEST(BridgeConfigAgents, OutboundCallsNeedAnAgentToo) {
  EXPECT_THAT(problem("agents: {a: {}}\nnumbers: {\"+1415*\": a}\noutbound: {from: \"+18005551212\"}\n"),
              HasSubstr("has no agent for `+18005551212` (outbound.from)"));
}

TEST(BridgeConfigAgents, SemanticTurnsKeysAndAQuietLineAreTheAgentsToSay) {
  const auto config = good(R"(
dtmf: {gap: 1s, terminator: "*", most: 4, interrupts: false}
idle: {prompt_after: 8s}
agents:
  a: {turn_detection: {type: semantic_vad, eagerness: high}, idle: {hang_up_after: 30s, prompt: "Still there?"}}
  b: {dtmf: ignored, greeting: {interruptible: false}, turn_detection: {responses: bridge}}
numbers: {"+1*": a, default: b}
)");

  const auto& a = *config.answering("+14155550100");
  const auto& b = *config.answering("");
  EXPECT_EQ(a.model.session.detector, openai::SessionSettings::Detector::semantic_vad);
  EXPECT_EQ(a.model.session.eagerness, "high");
  EXPECT_EQ(a.dtmf.grouping.terminator, '*');
  EXPECT_FALSE(a.dtmf.interrupts);
  EXPECT_EQ(a.idle.prompt_after, runtime::Duration(8s));
  EXPECT_EQ(a.idle.hang_up_after, runtime::Duration(30s));
  EXPECT_EQ(a.idle_prompt, "Still there?");
  EXPECT_FALSE(b.dtmf.to_model);
  EXPECT_TRUE(b.model.greet);
  EXPECT_FALSE(b.model.greeting_interruptible);
  EXPECT_TRUE(b.model.bridge_responds());
}

TEST(BridgeConfigAgents, AnIdleTimeoutIsTheServicesOwnAndStandsAlone) {
  EXPECT_EQ(good("agent: {}\n").call.model.session.idle_timeout_ms, std::nullopt);
  EXPECT_EQ(good("agent: {turn_detection: {idle_timeout: 8s}}\n").call.model.session.idle_timeout_ms, 8000);
  EXPECT_THAT(problem("agent: {turn_detection: {idle_timeout: 4s}}\n"), HasSubstr("from 5s to 30s"));
  EXPECT_THAT(problem("agent: {turn_detection: {type: semantic_vad, idle_timeout: 8s}}\n"),
              HasSubstr("it belongs to `type: server_vad`"));
  EXPECT_THAT(problem("agent: {turn_detection: {responses: bridge, idle_timeout: 8s}}\n"),
              HasSubstr("the bridge's own is `idle: {prompt_after: ...}`"));
  EXPECT_THAT(problem("agent: {turn_detection: {idle_timeout: 8s}}\nidle: {prompt_after: 8s}\n"),
              HasSubstr("keep one of them"));
}

TEST(BridgeConfigAgents, SaysWhoseCallersWordsALongCallLoses) {
  const auto one = good("agent: {}\n").notes;
  ASSERT_EQ(one.size(), 1U);
  EXPECT_THAT(one.front(), HasSubstr("agent.transcription_model is not set"));
  EXPECT_TRUE(good("agent: {transcription_model: whisper-1}\n").notes.empty());
  EXPECT_TRUE(good("call: {max_duration: 50min}\n").notes.empty());
  const auto two =
      good("agents: {a: {transcription_model: whisper-1}, b: {}}\nnumbers: {default: a}\n").notes;
  ASSERT_EQ(two.size(), 1U);
  EXPECT_THAT(two.front(), HasSubstr("agents.b.transcription_model"));
}

TEST(BridgeConfigAgents, WarnsOfALanguageThatNothingIsTranscribedIn) {
  const auto names = [](const std::string& text) { return testing::Contains(HasSubstr(text)); };
  EXPECT_THAT(good("agent: {language: he}\n").warnings, names("agent.language has no effect"));
  EXPECT_THAT(good("agent: {language: he, transcription_model: whisper-1}\n").warnings,
              Not(names("language")));
  const auto two = good(
      "agents: {a: {language: he, transcription_model: whisper-1}, b: {language: es}}\nnumbers: {default: "
      "a}\n");
  EXPECT_THAT(two.warnings, names("agents.b.language"));
  EXPECT_THAT(two.warnings, Not(names("agents.a.language")));
}

TEST(BridgeConfigAgents, WhatMeansNothingBesideAnotherChoiceIsSaidToMeanNothing) {
  EXPECT_THAT(problem("agent: {turn_detection: {type: semantic_vad, threshold: 0.4}}\n"),
              HasSubstr("`agent.turn_detection.threshold` means nothing with `type: semantic_vad`"));
  EXPECT_THAT(problem("agent: {turn_detection: {eagerness: low}}\n"), HasSubstr("type: semantic_vad"));
  EXPECT_THAT(problem("agent: {turn_detection: {min_speech: 200ms}}\n"),
              HasSubstr("add `responses: bridge`"));
  EXPECT_THAT(problem("agent: {turn_detection: {responses: bridge, interrupt_response: true}}\n"),
              HasSubstr("the bridge cancels by itself"));
  EXPECT_THAT(problem("agent: {greeting: {interruptible: false}}\n"),
              HasSubstr("add `turn_detection: {responses: bridge}`"));
  EXPECT_THAT(problem("dtmf: {terminator: none of them}\n"), HasSubstr("expected one key in quotes"));
}

}  // namespace
}  // namespace bridge::app
