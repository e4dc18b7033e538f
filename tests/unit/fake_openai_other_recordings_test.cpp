#include "tests/unit/fake_openai_recordings.hpp"

// The recordings of other doors than that of a voice session of OpenAI's, and an interruption at the last
// moment.
namespace simulators::openai {
namespace {

class FakeOpenAiOtherRecordings : public FakeOpenAiRecordings {
 protected:
  void transcribe_with(std::string_view model) {
    say(R"({"type":"session.update","session":{"type":"realtime","audio":{"input":{"transcription":{"model":")" +
        std::string(model) + R"("}}}}})");
    pass(10ms);
    sent_.clear();
  }
};

TEST_F(FakeOpenAiOtherRecordings, ATurnAtAzureWithoutADeploymentForItsTranscription) {
  answer(spoken(1s, "Yes."));
  dialect_ = Dialect::azure;
  Behaviour behaviour;
  behaviour.transcription.deployments.emplace();
  open_phone("", behaviour);
  transcribe_with("gpt-4o-transcribe-not-deployed");

  caller_speaks(500ms);
  pass(3s);

  EXPECT_EQ(lines(), recorded(R"(
    input_audio_buffer.speech_started item_1
    input_audio_buffer.speech_stopped item_1
    input_audio_buffer.committed item_1 after null
    conversation.item.added item_1 user completed after null
    conversation.item.done item_1 user completed after null
    response.created in_progress
    input_audio_transcription.failed item_1
    response.output_item.added item_2 assistant in_progress
    conversation.item.added item_2 assistant in_progress after item_1
    response.content_part.added item_2 audio
    response.output_audio_transcript.delta item_2
    response.output_audio.delta item_2
    response.output_audio.done item_2
    response.output_audio_transcript.done item_2
    response.content_part.done item_2 audio
    conversation.item.done item_2 assistant completed after null
    response.output_item.done item_2 assistant completed
    response.done completed)"));
}

TEST_F(FakeOpenAiOtherRecordings, ASessionThatTranscribesOnly) {
  kind_ = SessionConfig::Kind::transcription;
  open();
  pass(10ms);
  say(R"({"type":"session.update","session":{"type":"transcription","audio":{"input":{"format":)"
      R"({"type":"audio/pcmu"},"transcription":{"model":"whisper-1"}}}}})");
  pass(10ms);
  sent_.clear();

  caller_speaks(500ms);
  append_in_time(silence(500ms));
  pass(1s);

  EXPECT_EQ(lines(), recorded(R"(
    input_audio_buffer.speech_started item_1
    input_audio_buffer.speech_stopped item_1
    input_audio_buffer.committed item_1 after null
    conversation.item.added item_1 user completed after null
    conversation.item.done item_1 user completed after null
    input_audio_transcription.delta item_1
    input_audio_transcription.completed item_1)"));
}

TEST_F(FakeOpenAiOtherRecordings, ABargeInBetweenTheEndOfTheItemAndThatOfTheResponse) {
  Pace slow_end;
  slow_end.done = {500ms, 500ms};
  Rule& greeting = rule(When::Kind::greeting);
  greeting.reply.outputs = {spoken(250ms, "Yes.")};
  greeting.reply.pace = slow_end;
  open_phone();
  say(R"({"type":"response.create"})");
  while (count("response.output_item.done") == 0) pass(10ms);
  sent_.clear();

  append_in_time(speech(300ms));

  EXPECT_EQ(lines(), recorded(R"(
    input_audio_buffer.speech_started item_1
    response.done cancelled turn_detected)"));
  EXPECT_EQ(first("response.done")["response"]["output"][0]["status"], "completed");
}

}  // namespace
}  // namespace simulators::openai
