#include "tests/unit/fake_openai_test.hpp"

#include <vector>

// In what the models differ, several items in one response, and formats that
// nobody asked for.
namespace simulators::openai {
namespace {

class FakeOpenAiModels : public FakeSessionTest {
 protected:
  void ask(std::vector<Output> outputs, const std::string& model) {
    model_ = model;
    session_.reset();
    facts_ = {};
    sent_.clear();
    script_.rules.clear();
    rule(When::Kind::greeting).reply.outputs = std::move(outputs);
    open_phone();
    say(R"({"type":"response.create"})");
    pass(5s);
  }
  std::size_t index_of(std::string_view type, std::size_t output) const {
    for (std::size_t i = 0; i < sent_.size(); ++i) {
      if (sent_[i].type == type && sent_[i].event["output_index"] == output) return i;
    }
    return sent_.size();
  }
  bool interleaved() const {
    return index_of("response.output_item.added", 1) < index_of("response.output_item.done", 0);
  }
};

TEST_F(FakeOpenAiModels, OfTheSecondGenerationInterleaveSpeechAndTools) {
  for (const auto& [model, expected] :
       {std::pair("gpt-realtime", false), std::pair("gpt-realtime-2025-08-28", false),
        std::pair("gpt-realtime-1.5", false), std::pair("gpt-realtime-2", true),
        std::pair("gpt-realtime-2.1", true), std::pair("gpt-realtime-2.1-mini", true)}) {
    ask({spoken(500ms), ToolCall{"end_call", "{}"}}, model);
    EXPECT_EQ(interleaved(), expected) << model;
  }
}

TEST_F(FakeOpenAiModels, OfTheSecondGenerationSayWhichItemIsTheLastWord) {
  ask({spoken(500ms), ToolCall{"look", "{}"}, spoken(500ms)}, "gpt-realtime-2.1");
  const Json output = first("response.done")["response"]["output"];
  EXPECT_EQ(output[0]["phase"], "commentary");
  EXPECT_FALSE(output[1].contains("phase"));
  EXPECT_EQ(output[2]["phase"], "final_answer");
  EXPECT_EQ(first("response.output_item.added")["item"]["phase"], "commentary");

  ask({spoken(500ms)}, "gpt-realtime-2025-08-28");
  EXPECT_FALSE(first("response.done")["response"]["output"][0].contains("phase"));
}

TEST_F(FakeOpenAiModels, OfTheFirstGenerationHaveItsDefaultsWhateverTheirDate) {
  for (const auto& [model, voice, silence_ms] :
       {std::tuple("gpt-realtime-2025-08-28", "alloy", 200), std::tuple("gpt-realtime-2.1", "marin", 500)}) {
    const SessionConfig config(SessionConfig::Kind::voice, model, "sess_1", 0);
    EXPECT_EQ(config.voice(), voice) << model;
    EXPECT_EQ(config.turn_detection()->silence_duration_ms, silence_ms) << model;
  }
}

TEST_F(FakeOpenAiModels, SpeakSeveralItemsInOneResponse) {
  ask({spoken(1s, "One."), spoken(2s, "Two.")}, "gpt-realtime-2");

  const auto& items = facts_.responses.at(0).items;
  ASSERT_EQ(items.size(), 2U);
  EXPECT_EQ(items[0].audio_bytes, 8'000U);
  EXPECT_EQ(items[1].audio_bytes, 16'000U);
  say(R"({"type":"conversation.item.truncate","item_id":")" + items[1].id +
      R"(","content_index":0,"audio_end_ms":2000})");
  EXPECT_EQ(count("conversation.item.truncated"), 1U) << "each item counts its own audio";
  say(R"({"type":"conversation.item.truncate","item_id":")" + items[0].id +
      R"(","content_index":0,"audio_end_ms":1001})");
  EXPECT_EQ(last_error(), "invalid_value: Audio content of 1000ms is already shorter than 1001ms");
}

TEST_F(FakeOpenAiModels, ConfirmOtherFormatsThanWereAskedForWhereTheySaidTo) {
  Behaviour behaviour;
  behaviour.confirms.output = AudioFormat::pcma;
  rule(When::Kind::greeting).reply.outputs = {spoken(1s)};
  open(behaviour);
  pass(10ms);
  say(R"({"type":"session.update","session":{"type":"realtime","audio":{"input":{"format":{"type":"audio/pcmu"}},)"
      R"("output":{"format":{"type":"audio/pcmu"}}}}})");
  pass(10ms);

  const Json& audio = first("session.updated")["session"]["audio"];
  EXPECT_EQ(audio["input"]["format"]["type"], "audio/pcmu");
  EXPECT_EQ(audio["output"]["format"]["type"], "audio/pcma");
  say(R"({"type":"response.create"})");
  pass(3s);
  const std::string said =
      *runtime::base64_decode(first("response.output_audio.delta")["delta"].get<std::string>());
  EXPECT_NE(said, facts_.responses.at(0).audio.substr(0, said.size())) << "A-law is what comes";
}

TEST_F(FakeOpenAiModels, CountTheWholeConversationInTheirUsageAndWhatOfItIsCached) {
  Rule& talk = rule(When::Kind::any);
  talk.every_time = true;
  talk.reply.outputs = {spoken(6s)};
  open_phone();
  say(R"({"type":"response.create"})");
  pass(5s);
  const Json once = first("response.done")["response"]["usage"];
  EXPECT_EQ(once["output_token_details"]["audio_tokens"], 120);
  sent_.clear();
  say(R"({"type":"response.create"})");
  pass(5s);

  const Json twice = first("response.done")["response"]["usage"];
  EXPECT_EQ(twice["input_token_details"]["audio_tokens"], once["output_token_details"]["audio_tokens"]);
  EXPECT_GT(twice["input_token_details"]["text_tokens"], once["input_token_details"]["text_tokens"]);
  const int cached = twice["input_token_details"]["cached_tokens"];
  EXPECT_EQ(cached % 64, 0);
  EXPECT_EQ(twice["total_tokens"], twice["input_tokens"].get<int>() + twice["output_tokens"].get<int>());
}

}  // namespace
}  // namespace simulators::openai
