#include "tests/unit/fake_openai_recordings.hpp"

// Turns, tools and interruptions as they were recorded.
namespace simulators::openai {
namespace {

TEST_F(FakeOpenAiRecordings, AServerVadTurnOf2026) {
  answer(spoken(1s, "Yes."));
  open_phone();
  say(R"({"type":"session.update","session":{"type":"realtime","audio":{"input":{"transcription":)"
      R"({"model":"whisper-1"}}}}})");
  pass(10ms);
  sent_.clear();

  caller_speaks(500ms);
  pass(3s);

  EXPECT_EQ(lines(), recorded(R"(
    input_audio_buffer.speech_started item_1
    input_audio_buffer.speech_stopped item_1
    input_audio_buffer.committed item_1 after null
    conversation.item.added item_1 user completed after null
    conversation.item.done item_1 user completed after null
    response.created in_progress
    input_audio_transcription.delta item_1
    input_audio_transcription.completed item_1
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
    response.done completed
    rate_limits.updated tokens)"));
}

TEST_F(FakeOpenAiRecordings, AWrittenAnswerAndTheOneAfterItWhosePredecessorIsNamed) {
  Rule& written = rule(When::Kind::any);
  written.every_time = true;
  written.reply.outputs = {TextOnly{"It is foggy."}};
  open_phone();
  say(text_item());
  say(R"({"type":"response.create","response":{"output_modalities":["text"]}})");
  pass(2s);
  EXPECT_EQ(lines(), recorded(R"(
    conversation.item.added item_1 user completed after null
    conversation.item.done item_1 user completed after null
    response.created in_progress
    response.output_item.added item_2 assistant in_progress
    conversation.item.added item_2 assistant in_progress after item_1
    response.content_part.added item_2 text
    response.output_text.delta item_2
    response.output_text.done item_2
    response.content_part.done item_2 text
    conversation.item.done item_2 assistant completed after null
    response.output_item.done item_2 assistant completed
    response.done completed
    rate_limits.updated tokens)"));

  sent_.clear();
  say(text_item());
  say(R"({"type":"response.create"})");
  pass(2s);
  EXPECT_EQ(lines().at(9), "conversation.item.done item_3 assistant completed after item_1")
      << "the turn before, named";
}

TEST_F(FakeOpenAiRecordings, AToolIsCalledAndItsResultComesBeforeTheResponseIsDone) {
  Pace pace;
  pace.done = {200ms, 200ms};
  Rule& asked = rule(When::Kind::any);
  asked.reply.outputs = {ToolCall{"get_weather", R"({"city":"London"})"}};
  asked.reply.pace = pace;
  open_phone();
  say(text_item());
  say(R"({"type":"response.create"})");
  while (count("response.output_item.added") == 0) pass(10ms);
  const std::string call = first("response.output_item.added")["item"]["call_id"];
  say(R"({"type":"conversation.item.create","item":{"type":"function_call_output","call_id":")" + call +
      R"(","output":"12"}})");
  pass(2s);

  EXPECT_EQ(lines(), recorded(R"(
    conversation.item.added item_1 user completed after null
    conversation.item.done item_1 user completed after null
    response.created in_progress
    response.output_item.added item_2 function_call
    conversation.item.added item_2 function_call after item_1
    response.function_call_arguments.delta item_2
    response.function_call_arguments.done item_2
    conversation.item.done item_2 function_call after null
    response.output_item.done item_2 function_call
    response.done completed
    rate_limits.updated tokens
    conversation.item.added item_3 function_call_output after item_2
    conversation.item.done item_3 function_call_output after item_2)"))
      << "the recording of gpt-realtime in July 2026 has the rate limits before the item";
}

TEST_F(FakeOpenAiRecordings, SpeechAndAToolInterleavedAsTheNewestModelsDo) {
  Rule& both = rule(When::Kind::greeting);
  both.reply.outputs = {spoken(250ms, "Yes."), ToolCall{"end_call", "{}"}};
  both.reply.interleaved = true;
  open_phone();
  say(R"({"type":"response.create"})");
  pass(2s);

  EXPECT_EQ(lines(), recorded(R"(
    response.created in_progress
    response.output_item.added item_1 assistant in_progress
    conversation.item.added item_1 assistant in_progress after null
    response.content_part.added item_1 audio
    response.output_audio_transcript.delta item_1
    response.output_audio.delta item_1
    response.output_item.added item_2 function_call #1
    conversation.item.added item_2 function_call after item_1
    response.function_call_arguments.delta item_2 #1
    response.output_audio.done item_1
    response.output_audio_transcript.done item_1
    response.content_part.done item_1 audio
    conversation.item.done item_1 assistant completed after null
    response.output_item.done item_1 assistant completed
    response.function_call_arguments.done item_2 #1
    conversation.item.done item_2 function_call after null
    response.output_item.done item_2 function_call #1
    response.done completed
    rate_limits.updated tokens)"));
}

TEST_F(FakeOpenAiRecordings, ABargeInInTheMiddleOfAnItemAndTheTurnThatFollows) {
  rule(When::Kind::greeting).reply.outputs = {spoken(20s, "A long story.")};
  answer(spoken(500ms, "Yes."));
  open_phone();
  say(R"({"type":"response.create"})");
  pass(700ms);
  sent_.clear();

  caller_speaks(500ms);
  pass(100ms);

  EXPECT_EQ(lines(), recorded(R"(
    response.output_audio.delta item_1
    input_audio_buffer.speech_started item_2
    response.output_audio.done item_1
    response.output_audio_transcript.done item_1
    response.content_part.done item_1 audio
    conversation.item.done item_1 assistant incomplete after null
    response.output_item.done item_1 assistant incomplete
    response.done cancelled turn_detected
    input_audio_buffer.speech_stopped item_2
    input_audio_buffer.committed item_2 after item_1
    conversation.item.added item_2 user completed after item_1
    conversation.item.done item_2 user completed after item_1
    response.created in_progress)"));
}

TEST_F(FakeOpenAiRecordings, NoiseMakesAChainOfResponsesThatDieAtBirth) {
  open_phone();

  append(speech(200ms) + silence(300ms));
  pass(100ms);
  append(speech(200ms));
  pass(100ms);
  append(silence(300ms));
  pass(100ms);

  EXPECT_EQ(lines(), recorded(R"(
    input_audio_buffer.speech_started item_1
    input_audio_buffer.speech_stopped item_1
    input_audio_buffer.committed item_1 after null
    conversation.item.added item_1 user completed after null
    conversation.item.done item_1 user completed after null
    response.created in_progress
    input_audio_buffer.speech_started item_2
    response.done cancelled turn_detected
    input_audio_buffer.speech_stopped item_2
    input_audio_buffer.committed item_2 after item_1
    conversation.item.added item_2 user completed after item_1
    conversation.item.done item_2 user completed after item_1
    response.created in_progress)"));
}

TEST_F(FakeOpenAiRecordings, AQuietLineTriggersTheTimeoutOnceTheAnswerHasBeenPlayed) {
  answer(spoken(1s, "Yes."));
  rule(When::Kind::any).reply.outputs = {spoken(250ms, "Hello?")};
  open_phone(R"(,"idle_timeout_ms":6000)");
  say(R"({"type":"session.update","session":{"type":"realtime","audio":{"input":{"transcription":)"
      R"({"model":"whisper-1"}}}}})");
  say(R"({"type":"response.create"})");
  pass(2s);
  sent_.clear();

  append(silence(6900ms));
  EXPECT_TRUE(sent_.empty()) << "one second of answer, six of quiet";
  append(silence(200ms));
  pass(350ms);

  EXPECT_EQ(lines(), recorded(R"(
    input_audio_buffer.timeout_triggered item_1
    conversation.item.added item_2 system completed after item_3
    conversation.item.done item_2 system completed after item_3
    input_audio_buffer.committed item_1 after item_2
    conversation.item.added item_1 user completed after item_2
    conversation.item.done item_1 user completed after item_2
    response.created in_progress
    input_audio_transcription.completed item_1)"));
  EXPECT_EQ(first("conversation.item.input_audio_transcription.completed")["transcript"], "");
  EXPECT_EQ(first("conversation.item.input_audio_transcription.completed")["usage"]["seconds"], 0);
  EXPECT_EQ(first("input_audio_buffer.timeout_triggered")["audio_end_ms"], 1024 + 6016) << "whole windows";
}

TEST_F(FakeOpenAiRecordings, OneModelTranscribesBeforeTheItemExists) {
  Behaviour heard;
  heard.transcription.text = "One two three";
  open_phone(R"(,"create_response":false)", heard);
  say(R"({"type":"session.update","session":{"type":"realtime","audio":{"input":{"transcription":)"
      R"({"model":"gpt-realtime-whisper"}}}}})");
  pass(10ms);
  sent_.clear();

  caller_speaks(500ms);
  pass(1s);

  EXPECT_EQ(lines(), recorded(R"(
    input_audio_buffer.speech_started item_1
    input_audio_transcription.delta item_1
    input_audio_buffer.speech_stopped item_1
    input_audio_buffer.committed item_1 after null
    conversation.item.added item_1 user completed after null
    conversation.item.done item_1 user completed after null
    input_audio_transcription.delta item_1
    input_audio_transcription.completed item_1)"));
  std::string text;
  for (const Sent& sent : sent_) {
    if (sent.type.ends_with("transcription.delta")) text += sent.event["delta"].get<std::string>();
  }
  EXPECT_EQ(text, "One two three");
}

TEST_F(FakeOpenAiRecordings, FailedAndCutAnswers) {
  rule(When::Kind::any).reply.ending = Failed{};
  answer(spoken(20s, "A long story."));
  open_phone();
  say(R"({"type":"response.create"})");
  pass(1s);
  EXPECT_EQ(lines(), recorded(R"(
    response.created in_progress
    response.done failed
    rate_limits.updated tokens)"));
  EXPECT_EQ(first("response.done")["response"]["usage"]["total_tokens"], 0);

  say(text_item());
  sent_.clear();
  say(R"({"type":"response.create","response":{"max_output_tokens":40}})");
  pass(5s);
  EXPECT_EQ(lines().at(lines().size() - 2), "response.done incomplete max_output_tokens");
  const Json& usage = first("response.done")["response"]["usage"];
  EXPECT_EQ(usage["output_tokens"], 40);
}

TEST_F(FakeOpenAiRecordings, BetaOverWebRtc) {
  answer(spoken(500ms, "Yes."));
  dialect_ = Dialect::beta;
  open();
  pass(10ms);
  EXPECT_EQ(first("session.created")["session"]["modalities"], Json::array({"audio", "text"}));
  EXPECT_EQ(first("session.created")["session"]["input_audio_format"], "pcm16");
  say(R"({"type":"session.update","session":{"input_audio_format":"g711_ulaw","output_audio_format":"g711_ulaw",)"
      R"("voice":"ash","turn_detection":{"type":"server_vad","silence_duration_ms":200}}})");
  pass(10ms);
  EXPECT_EQ(first("session.updated")["session"]["voice"], "ash");
  say(R"({"type":"session.update","session":{"type":"realtime"}})");
  EXPECT_EQ(last_error(), "unknown_parameter: Unknown parameter: 'session.type'.");
  sent_.clear();

  caller_speaks(500ms);
  pass(2s);

  EXPECT_EQ(lines(), recorded(R"(
    input_audio_buffer.speech_started item_1
    input_audio_buffer.speech_stopped item_1
    input_audio_buffer.committed item_1 after null
    conversation.item.created item_1 user completed after null
    response.created in_progress
    rate_limits.updated requests tokens
    response.output_item.added item_2 assistant in_progress
    conversation.item.created item_2 assistant in_progress after item_1
    response.content_part.added item_2 audio
    response.audio_transcript.delta item_2
    response.audio.delta item_2
    response.audio.done item_2
    response.audio_transcript.done item_2
    response.content_part.done item_2 audio
    response.output_item.done item_2 assistant completed
    response.done completed)"));
  EXPECT_EQ(first("response.output_item.done")["item"]["content"][0]["type"], "audio");
  EXPECT_FALSE(first("response.audio_transcript.delta").contains("obfuscation"));
}

TEST_F(FakeOpenAiRecordings, PingsComeEvery2026HundredthsOfASecond) {
  open();
  pass(70s);

  EXPECT_EQ(pings_, (std::vector<runtime::Duration>{20'260ms, 40'520ms, 60'780ms}));
}

}  // namespace
}  // namespace simulators::openai
