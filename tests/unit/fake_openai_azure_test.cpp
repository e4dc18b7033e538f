#include "tests/unit/fake_openai_test.hpp"

// What is different at Azure: deployments have any name, nobody is told the rate limits; and the preview,
// which still speaks beta, takes what beta's own client sends.
namespace simulators::openai {
namespace {

constexpr std::string_view kFailed = "conversation.item.input_audio_transcription.failed";
constexpr std::string_view kUpdate =
    R"({"type":"session.update","session":{"type":"realtime","audio":{"input":{"transcription":{"model":)"
    R"("gpt-4o-transcribe-not-deployed"}}}}})";

class FakeOpenAiAzure : public FakeSessionTest {
 protected:
  FakeOpenAiAzure() { dialect_ = Dialect::azure; }
};

TEST_F(FakeOpenAiAzure, TakesAnyNameForADeploymentAndFailsWhatIsNotDeployed) {
  Behaviour behaviour;
  behaviour.transcription.deployments.emplace();
  rule(When::Kind::any).reply.outputs = {spoken(1s)};
  open_phone("", behaviour);
  say(kUpdate);
  pass(10ms);
  EXPECT_EQ(first("session.updated")["session"]["audio"]["input"]["transcription"]["model"],
            "gpt-4o-transcribe-not-deployed");
  sent_.clear();

  caller_speaks(500ms);
  pass(3s);

  EXPECT_EQ(count("rate_limits.updated"), 0U);
  const Json& error = first(kFailed)["error"];
  EXPECT_EQ(error["type"], "server_error");
  EXPECT_EQ(error["code"], "DeploymentNotFound");
  const auto item = first(kFailed)["item_id"].get<std::string>();
  EXPECT_EQ(error["message"], "Input transcription failed for item '" + item + "'.");
}

TEST_F(FakeOpenAiAzure, IsAloneInThat) {
  dialect_ = Dialect::ga;
  open_phone();
  say(kUpdate);
  EXPECT_THAT(last_error(),
              testing::StartsWith("invalid_value: Invalid value: 'gpt-4o-transcribe-not-deployed'"));
}

TEST_F(FakeOpenAiAzure, ThePreviewTakesAnyNameForADeploymentToo) {
  dialect_ = Dialect::beta;
  open();
  pass(10ms);
  say(R"({"type":"session.update","session":{"input_audio_transcription":{"model":"my-whisper"}}})");
  pass(10ms);
  EXPECT_EQ(last_error(), "none");
  EXPECT_EQ(first("session.updated")["session"]["input_audio_transcription"]["model"], "my-whisper");
}

TEST_F(FakeOpenAiAzure, ThePreviewTakesTheFieldsOfBetasOwnClient) {
  dialect_ = Dialect::beta;
  open();
  pass(10ms);
  say(R"({"type":"session.update","session":{"tracing":"auto","client_secret":{"expires_after":)"
      R"({"anchor":"created_at","seconds":600}}}})");
  pass(10ms);
  EXPECT_EQ(count("session.updated"), 1U) << last_error();

  say(R"({"type":"response.create","response":{"temperature":0.7,"max_response_output_tokens":20}})");
  pass(5s);

  EXPECT_EQ(last_error(), "none");
  EXPECT_EQ(first("response.created")["response"]["temperature"], 0.7);
  EXPECT_EQ(first("response.done")["response"]["max_output_tokens"], 20);
  sent_.clear();
  say(R"({"type":"response.create"})");
  pass(5s);
  EXPECT_EQ(first("response.created")["response"]["temperature"], 0.8) << "the session's own is as it was";
}

}  // namespace
}  // namespace simulators::openai
