#include "tests/unit/fake_openai_test.hpp"

#include <vector>

// What becomes of the caller's words, said by the reply that answers them.
namespace simulators::openai {
namespace {

constexpr std::string_view kEvent = "conversation.item.input_audio_transcription.";
const std::string kCompleted = std::string(kEvent) + "completed";
const std::string kFailed = std::string(kEvent) + "failed";

class FakeOpenAiTranscription : public FakeSessionTest {
 protected:
  /// A turn of the caller's, answered with a second of speech, in a session
  /// that transcribes.
  void turn(const Transcribed& transcribed, std::string_view model = "whisper-1") {
    Rule& answer = rule(When::Kind::caller_finished);
    answer.reply.outputs = {spoken(1s)};
    answer.reply.transcription = transcribed;
    listen(model);
    caller_speaks(500ms);
    pass(15s);
  }
  void listen(std::string_view model = "whisper-1", Behaviour behaviour = {}) {
    open_phone("", std::move(behaviour));
    say(R"({"type":"session.update","session":{"type":"realtime","audio":{"input":{"transcription":{"model":")" +
        std::string(model) + R"("}}}}})");
    pass(10ms);
    sent_.clear();
  }
  runtime::Duration time_of(std::string_view type) const {
    for (const Sent& sent : sent_) {
      if (sent.type == type) return sent.at;
    }
    return -1s;
  }
};

TEST_F(FakeOpenAiTranscription, SaysWhatTheReplySays) {
  turn({Transcribed::Outcome::completed, "A table for two.", {}});

  EXPECT_EQ(first(kCompleted)["transcript"], "A table for two.\n");
  EXPECT_EQ(time_of(kCompleted), time_of("input_audio_buffer.committed") + 300ms);
  EXPECT_EQ(count(kCompleted), 1U);
}

TEST_F(FakeOpenAiTranscription, FailsWhereTheReplySaysSo) {
  turn({Transcribed::Outcome::failed, "", {}});

  EXPECT_EQ(count(kCompleted), 0U);
  const Json& error = first(kFailed)["error"];
  EXPECT_EQ(error["code"], "audio_unintelligible");
  EXPECT_TRUE(error["param"].is_null());
}

TEST_F(FakeOpenAiTranscription, IsAbsentWhereTheReplySaysSo) {
  turn({Transcribed::Outcome::absent, "", {}});

  EXPECT_EQ(count(kCompleted) + count(kFailed), 0U);
  EXPECT_EQ(count("response.done"), 1U);
}

TEST_F(FakeOpenAiTranscription, ComesBeforeDuringOrLongAfterTheAnswer) {
  turn({Transcribed::Outcome::completed, "", Duration(0)});
  EXPECT_LT(time_of(kCompleted), time_of("response.created"));

  session_.reset();
  facts_ = {};
  script_.rules.clear();
  turn({Transcribed::Outcome::completed, "", Duration(8s)});
  EXPECT_EQ(time_of(kCompleted), time_of("input_audio_buffer.committed") + 8s);
  EXPECT_GT(time_of(kCompleted), time_of("response.done"));
}

TEST_F(FakeOpenAiTranscription, OfOneTurnIsNoneOfTheNext) {
  Rule& first_answer = rule(When::Kind::caller_finished);
  first_answer.reply.outputs = {spoken(500ms)};
  first_answer.reply.transcription = Transcribed{Transcribed::Outcome::failed, "", {}};
  rule(When::Kind::caller_finished).reply.outputs = {spoken(500ms)};
  listen();

  for (int i = 0; i < 2; ++i) {
    caller_speaks(500ms);
    pass(3s);
  }

  EXPECT_EQ(count(kFailed), 1U);
  EXPECT_EQ(count(kCompleted), 1U);
}

TEST_F(FakeOpenAiTranscription, AtAzureNeedsADeploymentOfTheModelsName) {
  Behaviour behaviour;
  behaviour.transcription.deployments = {"whisper-1"};
  dialect_ = Dialect::azure;
  listen("gpt-4o-transcribe", behaviour);
  caller_speaks(500ms);
  pass(1s);
  EXPECT_EQ(first(kFailed)["error"]["code"], "DeploymentNotFound");

  session_.reset();
  facts_ = {};
  listen("whisper-1", behaviour);
  caller_speaks(500ms);
  pass(1s);
  EXPECT_EQ(count(kCompleted), 1U);

  session_.reset();
  facts_ = {};
  dialect_ = Dialect::ga;
  listen("gpt-4o-transcribe", behaviour);
  caller_speaks(500ms);
  pass(1s);
  EXPECT_EQ(count(kCompleted), 1U) << "OpenAI itself knows no deployments";
}

TEST_F(FakeOpenAiTranscription, BetaThatTranscribesOnly) {
  dialect_ = Dialect::beta;
  kind_ = SessionConfig::Kind::transcription;
  open();
  pass(10ms);
  const Json& created = first("transcription_session.created")["session"];
  EXPECT_EQ(created["object"], "realtime.transcription_session");
  EXPECT_EQ(created["input_audio_format"], "pcm16");
  EXPECT_FALSE(created.contains("voice"));

  say(R"({"type":"transcription_session.update","session":{"input_audio_format":"g711_ulaw",)"
      R"("input_audio_transcription":{"model":"whisper-1"}}})");
  pass(10ms);
  EXPECT_EQ(first("transcription_session.updated")["session"]["input_audio_format"], "g711_ulaw");
  EXPECT_EQ(facts_.input_format, AudioFormat::pcmu);
  say(R"({"type":"transcription_session.update","session":{"voice":"ash"}})");
  EXPECT_EQ(last_error(), "unknown_parameter: Unknown parameter: 'session.voice'.");
  say(R"({"type":"session.update","session":{}})");
  EXPECT_EQ(last_error(), ": Passing a realtime session update to a transcription session is not allowed");
}

}  // namespace
}  // namespace simulators::openai
