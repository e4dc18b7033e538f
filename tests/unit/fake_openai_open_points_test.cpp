#include "simulators/openai/handshake.hpp"
#include "tests/unit/fake_openai_test.hpp"

#include <fstream>
#include <functional>
#include <map>
#include <sstream>
#include <vector>

// What nobody has recorded: each setting makes the fake do otherwise than by
// default.
namespace simulators::openai {
namespace {

using Taken = OpenPoints::Taken;

class FakeOpenAiOpenPoints : public FakeSessionTest {
 protected:
  /// A phone session in which the model has said two seconds.
  void greeted(const OpenPoints& points) {
    fresh(points);
    say(R"({"type":"response.create"})");
    pass(3s);
    sent_.clear();
  }
  /// A phone session in which the model is in the middle of ten seconds.
  void greeting(const OpenPoints& points) {
    fresh(points, 10s);
    say(R"({"type":"response.create"})");
    pass(700ms);
    sent_.clear();
  }
  void fresh(const OpenPoints& points, runtime::Duration length = 2s) {
    session_.reset();
    facts_ = {};
    sent_.clear();
    script_.rules.clear();
    Rule& speaks = rule(When::Kind::any);
    speaks.every_time = true;
    speaks.reply.outputs = {spoken(length)};
    Behaviour behaviour;
    behaviour.open_points = points;
    open_phone("", behaviour);
  }
  std::string item() const { return facts_.responses.at(0).items.at(0).id; }
  void truncate(const std::string& ms) {
    say(R"({"type":"conversation.item.truncate","item_id":")" + item() +
        R"(","content_index":0,"audio_end_ms":)" + ms + "}");
  }
  void tool_output() {
    say(R"({"type":"conversation.item.create","item":{"type":"function_call_output","call_id":"call_x",)"
        R"("output":"1"}})");
  }
  std::string code_after(const std::string& event) {
    say(event);
    const Json& code = first("error")["error"]["code"];
    return code.is_null() ? "null" : code.get<std::string>();
  }
  /// The close of a session that got `bytes` in one message; empty: none.
  std::string close_after(std::size_t bytes) {
    say(R"({"type":"input_audio_buffer.clear","event_id":")" + std::string(bytes, 'x') + R"("})");
    return sent_.empty() ? "" : sent_.back().type;
  }
  std::string refusal_of(Handshake handshake, const OpenPoints& points) const {
    const std::vector<std::string> models = {"gpt-realtime"};
    const ClientSecrets secrets;
    handshake.key = "sk-test";
    const auto refusal = judge(handshake, {"", models, secrets, 0}, points);
    if (!refusal) return "let in";
    if (const auto* status = std::get_if<RefuseWithStatus>(&*refusal)) return std::to_string(status->status);
    return std::get<RefuseAfterUpgrade>(*refusal).error.code;
  }

  OpenPoints usual_;
  OpenPoints other_;
};

TEST_F(FakeOpenAiOpenPoints, TheSizeOfAMessage) {
  other_.largest_message_bytes = 1000;
  other_.too_large_close = 4009;

  fresh(usual_);
  EXPECT_EQ(close_after(2000), "error") << "of the event_id's length";
  fresh(other_);
  EXPECT_EQ(close_after(2000), "close 4009 message too big");
}

TEST_F(FakeOpenAiOpenPoints, TheCloseThatFollowsARefusalForWantOfPermission) {
  Fault fault;
  fault.what = find_fault("insufficient_permissions");
  Behaviour behaviour;
  behaviour.open_points.insufficient_permissions_close = 4003;
  apply(fault, behaviour);

  EXPECT_EQ(std::get<RefuseAfterUpgrade>(*behaviour.refusal).close_code, 4003);
}

TEST_F(FakeOpenAiOpenPoints, WhatAHandshakeMayDo) {
  other_.call_id_without_model = Taken::refused;
  other_.account_subprotocols = Taken::refused;
  Handshake joining;
  joining.call_id = "rtc_1";
  Handshake account;
  account.model = "gpt-realtime";
  account.account_protocol = "openai-project.proj_1";

  EXPECT_EQ(refusal_of(joining, usual_), "call_id_not_found");
  EXPECT_EQ(refusal_of(joining, other_), "missing_model");
  OpenPoints joined;
  joined.joined_call = OpenPoints::Joining::created;
  EXPECT_EQ(refusal_of(joining, joined), "let in");
  EXPECT_EQ(refusal_of(account, usual_), "let in");
  EXPECT_EQ(refusal_of(account, other_), "400");
}

TEST_F(FakeOpenAiOpenPoints, HowTheModelsAudioIsNamedWhenItIsRetrieved) {
  other_.retrieved_audio = OpenPoints::AudioPart::audio;
  for (const auto& [points, type] : {std::pair(usual_, "output_audio"), std::pair(other_, "audio")}) {
    greeted(points);
    say(R"({"type":"conversation.item.retrieve","item_id":")" + item() + R"("})");
    const Json& part = first("conversation.item.retrieved")["item"]["content"][0];
    EXPECT_EQ(part["type"], type);
    EXPECT_EQ(part.value("format", ""), std::string(type) == "audio" ? "g711_ulaw" : "");
  }
}

TEST_F(FakeOpenAiOpenPoints, WhetherATruncationMayHaveAFraction) {
  other_.fractional_audio_end = Taken::taken;

  greeted(usual_);
  truncate("500.7");
  EXPECT_EQ(first("error")["error"]["param"], "audio_end_ms");
  greeted(other_);
  truncate("500.7");
  EXPECT_EQ(first("conversation.item.truncated")["audio_end_ms"], 500);
}

TEST_F(FakeOpenAiOpenPoints, WhetherAnItemIsTruncatedTwice) {
  other_.second_truncation = Taken::refused;
  other_.second_truncation_code = "cut_already";

  greeted(usual_);
  truncate("500");
  truncate("400");
  EXPECT_EQ(count("conversation.item.truncated"), 2U);
  greeted(other_);
  truncate("500");
  truncate("400");
  EXPECT_EQ(count("conversation.item.truncated"), 1U);
  EXPECT_EQ(first("error")["error"]["code"], "cut_already");
}

TEST_F(FakeOpenAiOpenPoints, WhetherAnUnknownCallMayHaveAResult) {
  other_.unknown_call_id = Taken::taken;

  fresh(usual_);
  tool_output();
  EXPECT_EQ(first("error")["error"]["code"], "invalid_value");
  fresh(other_);
  tool_output();
  EXPECT_EQ(count("conversation.item.added"), 1U);
}

TEST_F(FakeOpenAiOpenPoints, TheCodesOfErrors) {
  const std::string user =
      R"("item":{"id":"mine","type":"message","role":"user","content":[{"type":"input_text","text":"hi"}]}})";
  const std::string create = R"({"type":"conversation.item.create",)" + user;
  struct Case {
    std::string OpenPoints::*code;
    std::string event, usual;
  };
  const std::vector<Case> cases = {
      {&OpenPoints::not_truncatable_code,
       R"({"type":"conversation.item.truncate","item_id":"mine","content_index":0,"audio_end_ms":1})",
       "null"},
      {&OpenPoints::duplicate_item_code, create, "invalid_value"},
      {&OpenPoints::previous_item_code,
       R"({"type":"conversation.item.create","previous_item_id":"none",)" + user.substr(0, 15) + "2" +
           user.substr(15),
       "invalid_value"},
      {&OpenPoints::unknown_call_id_code,
       R"({"type":"conversation.item.create","item":{"type":"function_call_output","call_id":"c","output":""}})",
       "invalid_value"},
      {&OpenPoints::wrong_type_code, R"({"type":"response.cancel","response_id":7})", "invalid_type"},
      {&OpenPoints::transcription_update_code,
       R"({"type":"session.update","session":{"type":"transcription"}})", "null"}};
  for (const Case& one : cases) {
    OpenPoints points;
    points.*one.code = "another_code";
    for (const OpenPoints& settings : {usual_, points}) {
      fresh(settings);
      say(create);
      const bool by_default = settings.*one.code == usual_.*one.code;
      EXPECT_EQ(code_after(one.event), by_default ? one.usual : "another_code") << one.event;
    }
  }
}

TEST_F(FakeOpenAiOpenPoints, WhereTheItemsEndStandsWhenItIsCutOff) {
  using Place = OpenPoints::Place;
  const auto place = [&](Place wanted) {
    OpenPoints points;
    points.item_done_when_cut = wanted;
    greeting(points);
    append(speech(40ms));
    pass(200ms);
    std::vector<std::string> ends;
    for (const Sent& sent : sent_) {
      if (sent.type.ends_with("item.done")) ends.push_back(sent.type);
    }
    return ends;
  };

  const std::string item = "conversation.item.done", output = "response.output_item.done";
  EXPECT_THAT(place(Place::before), testing::ElementsAre(item, output));
  EXPECT_THAT(place(Place::after), testing::ElementsAre(output, item));
  EXPECT_THAT(place(Place::never), testing::ElementsAre(output));
}

TEST_F(FakeOpenAiOpenPoints, WhetherRateLimitsFollowWhatWasCutOff) {
  other_.rate_limits_when_cut = Taken::taken;
  for (const auto& [points, expected] : {std::pair(usual_, 0U), std::pair(other_, 1U)}) {
    greeting(points);
    append(speech(40ms));
    pass(1s);
    EXPECT_EQ(count("rate_limits.updated"), expected);
  }
}

TEST_F(FakeOpenAiOpenPoints, WhatAClientsCancelIsFollowedBy) {
  other_.client_cancel_closes = OpenPoints::Closing::response_only;
  greeting(other_);

  say(R"({"type":"response.cancel"})");
  pass(200ms);

  EXPECT_THAT(milestones(), testing::ElementsAre("response.done"));
  EXPECT_EQ(first("response.done")["response"]["output"][0]["status"], "incomplete");
}

TEST_F(FakeOpenAiOpenPoints, WhatIsShownOfSemanticTurnDetection) {
  other_.semantic_vad_echo = OpenPoints::Echo::as_sent;
  for (const auto& [points, fields] : {std::pair(usual_, 4U), std::pair(other_, 1U)}) {
    fresh(points);
    say(R"({"type":"session.update","session":{"type":"realtime","audio":{"input":{"turn_detection":)"
        R"({"type":"semantic_vad"}}}}})");
    pass(10ms);
    EXPECT_EQ(first("session.updated")["session"]["audio"]["input"]["turn_detection"].size(), fields);
  }
}

TEST_F(FakeOpenAiOpenPoints, WhetherThinkingIsCounted) {
  other_.reasoning_tokens = OpenPoints::Shown::absent;
  for (const auto& [model, shown] : {std::pair("gpt-realtime", false), std::pair("gpt-realtime-2.1", true)}) {
    model_ = model;
    greeting(usual_);
    pass(5s);
    const Json usual = first("response.done")["response"]["usage"];
    greeting(other_);
    pass(5s);
    const Json other = first("response.done")["response"]["usage"];
    EXPECT_FALSE(other["output_token_details"].contains("reasoning_tokens"));
    ASSERT_EQ(usual["output_token_details"].contains("reasoning_tokens"), shown) << model;
    if (!shown) continue;
    const auto thought = usual["output_token_details"]["reasoning_tokens"].get<int>();
    EXPECT_GT(thought, 0);
    EXPECT_EQ(usual["output_tokens"].get<int>(), other["output_tokens"].get<int>() + thought);
  }
}

TEST_F(FakeOpenAiOpenPoints, AreListedInTheDocumentation) {
  std::ifstream file(LINECHECK_SOURCE_DIR "/docs/openai-settings.md");
  std::ostringstream page;
  page << file.rdbuf();

  EXPECT_TRUE(page.str() == describe_points())
      << "docs/openai-settings.md is stale; build openai_faults_docs and run: "
         "build/release/bin/openai_faults_docs settings > "
         "docs/openai-settings.md";
}

}  // namespace
}  // namespace simulators::openai
