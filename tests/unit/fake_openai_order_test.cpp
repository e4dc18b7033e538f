#include "tests/unit/fake_openai_test.hpp"

// The order of events of openai-realtime.md, section 6, line by line.
namespace simulators::openai {
namespace {

using testing::ElementsAre;
using testing::ElementsAreArray;

class FakeOpenAiOrder : public FakeSessionTest {};

const std::vector<std::string> kTurn = {"input_audio_buffer.speech_started",
                                        "input_audio_buffer.speech_stopped", "input_audio_buffer.committed",
                                        "conversation.item.added", "conversation.item.done"};
const std::vector<std::string> kAnswerBegins = {"response.created", "response.output_item.added",
                                                "conversation.item.added", "response.content_part.added"};
const std::vector<std::string> kAnswerEnds = {
    "response.output_audio.done", "response.output_audio_transcript.done",
    "response.content_part.done", "conversation.item.done",
    "response.output_item.done",  "response.done"};

std::vector<std::string> joined(std::initializer_list<std::vector<std::string>> parts) {
  std::vector<std::string> all;
  for (const auto& part : parts) all.insert(all.end(), part.begin(), part.end());
  return all;
}

TEST_F(FakeOpenAiOrder, AServerVadTurnIsAnsweredInTheRecordedOrder) {
  rule(When::Kind::caller_finished, "answer").reply.outputs = {spoken(1s)};
  open_phone();

  caller_speaks(500ms);
  pass(2s);

  EXPECT_THAT(milestones(),
              ElementsAreArray(joined({kTurn, kAnswerBegins, kAnswerEnds, {"rate_limits.updated"}})));
  const Json& done = first("response.done")["response"];
  EXPECT_EQ(done["status"], "completed");
  EXPECT_TRUE(done["status_details"].is_null());
  EXPECT_EQ(done["output"][0]["content"][0]["type"], "output_audio");
  EXPECT_EQ(done["usage"]["output_token_details"]["audio_tokens"], 20);
}

TEST_F(FakeOpenAiOrder, TheTranscriptRunsAheadOfTheSound) {
  rule(When::Kind::caller_finished).reply.outputs = {spoken(2s, "a b c d e f g h i j k l")};
  open_phone();

  caller_speaks(500ms);
  pass(2s);

  std::vector<std::string> deltas;
  for (const auto& type : types()) {
    if (type.ends_with(".delta")) deltas.push_back(type);
  }
  ASSERT_GE(deltas.size(), 4U);
  EXPECT_EQ(deltas[0], "response.output_audio_transcript.delta");
  EXPECT_EQ(deltas[1], "response.output_audio.delta");
  const ResponseFacts& response = facts_.responses.at(0);
  EXPECT_EQ(*response.first_audio_at - *response.created_at, 430ms);
  EXPECT_EQ(response.audio, std::get<Speech>(script_.rules[0].reply.outputs[0]).mulaw);
  EXPECT_EQ(response.items[0].transcript, "a b c d e f g h i j k l");
}

TEST_F(FakeOpenAiOrder, AManualTurnIsCommittedWithoutAnAnswerUntilOneIsAskedFor) {
  open_phone();
  say(R"({"type":"session.update","session":{"type":"realtime","audio":{"input":{"turn_detection":null}}}})");
  pass(10ms);
  sent_.clear();

  append_in_time(speech(200ms));
  say(R"({"type":"input_audio_buffer.commit"})");
  pass(1s);
  EXPECT_THAT(types(), ElementsAre("input_audio_buffer.committed", "conversation.item.added",
                                   "conversation.item.done"));
  sent_.clear();

  say(R"({"type":"response.create"})");
  pass(3s);
  EXPECT_THAT(milestones(), ElementsAreArray(joined({kAnswerBegins, kAnswerEnds, {"rate_limits.updated"}})));
  EXPECT_EQ(facts_.responses.at(0).trigger, Trigger::caller_turn);
}

TEST_F(FakeOpenAiOrder, AToolCallHasNoContentPartAndNoAudio) {
  rule(When::Kind::greeting).reply.outputs = {ToolCall{"get_weather", R"({"city":"London"})"}};
  open_phone();

  say(R"({"type":"response.create"})");
  pass(2s);

  EXPECT_THAT(types(), ElementsAre("response.created", "response.output_item.added",
                                   "conversation.item.added", "response.function_call_arguments.delta",
                                   "response.function_call_arguments.done", "conversation.item.done",
                                   "response.output_item.done", "response.done", "rate_limits.updated"));
  std::string arguments;
  for (const auto& sent : sent_) {
    if (sent.type == "response.function_call_arguments.delta")
      arguments += sent.event["delta"].get<std::string>();
  }
  EXPECT_EQ(arguments, R"({"city":"London"})");
  EXPECT_EQ(first("response.function_call_arguments.done")["arguments"], arguments);
  EXPECT_FALSE(first("response.function_call_arguments.delta").contains("content_index"));
}

TEST_F(FakeOpenAiOrder, TheResultOfAToolIsAnsweredByTheRuleForThatTool) {
  rule(When::Kind::greeting).reply.outputs = {ToolCall{"get_weather", "{}"}};
  Rule& sunny = rule(When::Kind::tool_result, "sunny");
  sunny.when.tool = "get_weather";
  sunny.reply.outputs = {spoken(1s)};
  open_phone();
  say(R"({"type":"response.create"})");
  pass(2s);
  const std::string call = first("response.function_call_arguments.done")["call_id"];
  sent_.clear();

  say(R"({"type":"conversation.item.create","item":{"type":"function_call_output","call_id":")" + call +
      R"(","output":"12"}})");
  say(R"({"type":"response.create"})");
  pass(2s);

  EXPECT_THAT(milestones(), ElementsAreArray(joined({{"conversation.item.added", "conversation.item.done"},
                                                     kAnswerBegins,
                                                     kAnswerEnds,
                                                     {"rate_limits.updated"}})));
  EXPECT_EQ(facts_.responses.at(1).as, "sunny");
  EXPECT_EQ(facts_.tool_outputs.at(0).tool, "get_weather");
  EXPECT_EQ(facts_.tool_outputs.at(0).output, "12");
}

TEST_F(FakeOpenAiOrder, SpeechThenToolAreTwoItemsOneAfterTheOtherOrInterleaved) {
  Rule& bye = rule(When::Kind::any);
  bye.every_time = true;
  bye.reply.outputs = {spoken(500ms), ToolCall{"end_call", "{}"}};
  open_phone();
  say(R"({"type":"response.create"})");
  pass(2s);
  EXPECT_EQ(milestones()[8], "response.output_item.done");
  EXPECT_EQ(milestones()[9], "response.output_item.added");
  EXPECT_EQ(first("response.done")["response"]["output"].size(), 2U);

  bye.reply.interleaved = true;
  sent_.clear();
  say(R"({"type":"response.create"})");
  pass(2s);

  EXPECT_EQ(milestones()[4], "response.output_item.added")
      << "the second item begins before the first is done";
  EXPECT_EQ(milestones()[6], "response.output_audio.done");
}

TEST_F(FakeOpenAiOrder, AClientsCancelClosesWhatIsOpenAndEndsTheResponse) {
  rule(When::Kind::greeting).reply.outputs = {spoken(10s)};
  open_phone();
  say(R"({"type":"response.create"})");
  pass(700ms);
  const std::string id = facts_.responses.at(0).id;
  sent_.clear();

  say(R"({"type":"response.cancel","response_id":")" + id + R"("})");
  pass(1s);

  EXPECT_THAT(types(), ElementsAreArray(kAnswerEnds));
  const Json& done = first("response.done")["response"];
  EXPECT_EQ(done["status"], "cancelled");
  EXPECT_EQ(done["status_details"], Json::parse(R"({"type":"cancelled","reason":"client_cancelled"})"));
  EXPECT_EQ(done["output"][0]["status"], "incomplete");
  EXPECT_EQ(facts_.cancels.at(0).hit, id);
  EXPECT_EQ(facts_.responses.at(0).cancelled_by, CancelledBy::client);
}

TEST_F(FakeOpenAiOrder, SpeechBeforeAnythingWasGeneratedCancelsWithZeroUsage) {
  rule(When::Kind::greeting).reply.outputs = {spoken(10s)};
  open_phone();
  say(R"({"type":"response.create"})");
  pass(150ms);
  sent_.clear();

  append(speech(40ms));
  pass(200ms);

  EXPECT_THAT(types(), ElementsAre("input_audio_buffer.speech_started", "response.done"));
  const Json& done = first("response.done")["response"];
  EXPECT_EQ(done["status_details"]["reason"], "turn_detected");
  EXPECT_TRUE(done["output"].empty());
  EXPECT_EQ(done["usage"]["total_tokens"], 0);
}

TEST_F(FakeOpenAiOrder, SpeechInTheMiddleOfAnItemClosesItAsIncomplete) {
  rule(When::Kind::greeting).reply.outputs = {spoken(20s)};
  open_phone();
  say(R"({"type":"response.create"})");
  pass(700ms);
  sent_.clear();

  append(speech(40ms));
  pass(200ms);

  EXPECT_THAT(types(), ElementsAreArray(joined({{"input_audio_buffer.speech_started"}, kAnswerEnds})));
  EXPECT_EQ(first("response.output_item.done")["item"]["status"], "incomplete");
  EXPECT_GT(first("response.done")["response"]["usage"]["total_tokens"].get<int>(), 0);
}

TEST_F(FakeOpenAiOrder, SpeechBetweenTheItemsEndAndTheResponsesEndCancelsACompletedItem) {
  Pace pace;
  pace.done = {200ms, 200ms};
  rule(When::Kind::greeting).reply.outputs = {spoken(250ms)};
  script_.rules[0].reply.pace = pace;
  open_phone();
  say(R"({"type":"response.create"})");
  while (count("response.output_item.done") == 0) pass(10ms);
  sent_.clear();

  append(speech(40ms));
  pass(100ms);

  EXPECT_THAT(types(), ElementsAre("input_audio_buffer.speech_started", "response.done"));
  EXPECT_EQ(first("response.done")["response"]["output"][0]["status"], "completed");
}

TEST_F(FakeOpenAiOrder, SpeechAfterTheResponseWasSentCancelsNothing) {
  rule(When::Kind::greeting).reply.outputs = {spoken(10s)};
  open_phone();
  say(R"({"type":"response.create"})");
  pass(3s);
  sent_.clear();

  append(speech(40ms));
  pass(200ms);

  EXPECT_THAT(types(), ElementsAre("input_audio_buffer.speech_started"));
  EXPECT_EQ(facts_.responses.at(0).cancelled_by, CancelledBy::nobody);
}

TEST_F(FakeOpenAiOrder, WithoutInterruptionTheResponseGoesOnAndTheTurnGetsNone) {
  rule(When::Kind::greeting).reply.outputs = {spoken(60s)};
  open_phone(R"(,"interrupt_response":false)");
  say(R"({"type":"response.create"})");
  pass(700ms);

  append(speech(200ms) + silence(300ms));
  pass(10s);

  EXPECT_EQ(facts_.responses.size(), 1U);
  EXPECT_EQ(facts_.responses[0].status, "completed");
  EXPECT_EQ(facts_.turns.size(), 1U);
}

TEST_F(FakeOpenAiOrder, ATurnThatEndsWhileTheInterruptedResponseClosesIsAnsweredAfterIt) {
  rule(When::Kind::greeting).reply.outputs = {spoken(60s)};
  Behaviour slow;
  slow.pace.cancel = {500ms, 500ms};
  open_phone("", slow);
  say(R"({"type":"response.create"})");
  pass(700ms);
  sent_.clear();

  append(speech(200ms) + silence(300ms));
  pass(1s);

  ASSERT_EQ(facts_.responses.size(), 2U);
  EXPECT_EQ(facts_.responses[1].due_at, *facts_.responses[0].done_at);
}

TEST_F(FakeOpenAiOrder, WithoutCreateResponseATurnIsCommittedAndNotAnswered) {
  open_phone(R"(,"create_response":false)");

  caller_speaks(500ms);
  pass(2s);

  EXPECT_THAT(types(), ElementsAreArray(kTurn));
}

TEST_F(FakeOpenAiOrder, AnOutOfBandResponseRunsBesideAndLeavesNoItem) {
  rule(When::Kind::greeting).reply.outputs = {spoken(20s)};
  open_phone();
  say(R"({"type":"response.create"})");
  pass(500ms);
  sent_.clear();

  say(R"({"type":"response.create","response":{"conversation":"none","output_modalities":["text"],)"
      R"("metadata":{"topic":"x"}}})");
  pass(5s);

  ASSERT_EQ(facts_.responses.size(), 2U);
  EXPECT_TRUE(facts_.responses[1].out_of_band);
  EXPECT_EQ(facts_.responses[1].status, "completed");
  EXPECT_EQ(count("conversation.item.added"), 0U) << "the default response announced its item before";
  for (const auto& sent : sent_) {
    if (sent.type != "response.created") continue;
    EXPECT_TRUE(sent.event["response"]["conversation_id"].is_null());
    EXPECT_EQ(sent.event["response"]["metadata"]["topic"], "x");
  }
}

TEST_F(FakeOpenAiOrder, AnOutOfBandResponseSpeaksWhereSoundIsAskedForAndWritesWhereTextIs) {
  for (const auto& [modality, part] :
       {std::pair("audio", "output_audio"), std::pair("text", "output_text")}) {
    session_.reset();
    facts_ = {};
    open_phone();
    say(R"({"type":"response.create","response":{"conversation":"none","output_modalities":[")" +
        std::string(modality) + R"("]}})");
    pass(5s);

    const Json& content = first("response.done")["response"]["output"][0]["content"][0];
    EXPECT_EQ(content["type"], part);
    EXPECT_EQ(content[std::string(modality) == "audio" ? "transcript" : "text"], "Understood.");
    EXPECT_EQ(count("response.output_audio.delta") > 0, std::string(modality) == "audio");
  }
}

TEST_F(FakeOpenAiOrder, AResponseAnswersTheInputThatComesWithIt) {
  rule(When::Kind::text, "weather").when.text = "weather";
  script_.rules.back().reply.outputs = {spoken(1s)};
  open_phone();
  say(R"({"type":"response.create"})");
  pass(5s);

  say(R"({"type":"response.create","response":{"tools":[],"input":[)"
      R"({"type":"message","role":"user","content":[{"type":"input_text","text":"Hi."}]},)"
      R"({"type":"message","role":"assistant","content":[{"type":"output_text","text":"Hello."}]},)"
      R"({"type":"message","role":"user","content":[{"type":"input_text","text":"The weather?"}]}]}})");
  pass(5s);

  EXPECT_EQ(facts_.responses.at(1).as, "weather");
  EXPECT_EQ(facts_.responses.at(1).input_text, "The weather?");
  EXPECT_TRUE(facts_.user_texts.empty()) << "the conversation has none of it";
}

TEST_F(FakeOpenAiOrder, AfterAnAnswerThatWasHeardADemandedCallIsMade) {
  open_phone();
  say(R"({"type":"session.update","session":{"type":"realtime","tools":[{"type":"function","name":"look"}]}})");
  say(R"({"type":"response.create"})");
  pass(5s);
  const auto kind_of_answer = [&](const std::string& choice) {
    sent_.clear();
    say(R"({"type":"response.create","response":{"tool_choice":")" + choice + R"("}})");
    pass(5s);
    return first("response.done")["response"]["output"][0]["type"];
  };

  EXPECT_EQ(kind_of_answer("required"), "function_call");
  EXPECT_EQ(kind_of_answer("none"), "message");
}

TEST_F(FakeOpenAiOrder, AClearedBufferStartsNoTurn) {
  open_phone();
  append(speech(500ms) + silence(300ms));
  pass(5s);
  append(speech(40ms));
  say(R"({"type":"input_audio_buffer.clear"})");
  pass(1s);
  const std::size_t turns = facts_.turns.size();

  append(silence(500ms));
  pass(1s);

  EXPECT_EQ(facts_.turns.size(), turns);
}

TEST_F(FakeOpenAiOrder, TranscriptionFollowsTheCommitWhereItIsWanted) {
  open_phone(R"(,"create_response":false)");
  say(R"({"type":"session.update","session":{"type":"realtime","audio":{"input":{"transcription":)"
      R"({"model":"whisper-1","language":"en"}}}}})");
  pass(10ms);
  sent_.clear();

  caller_speaks(500ms);
  pass(2s);

  EXPECT_THAT(types(), ElementsAreArray(joined({kTurn,
                                                {"conversation.item.input_audio_transcription.delta",
                                                 "conversation.item.input_audio_transcription.completed"}})));
  EXPECT_EQ(first("conversation.item.input_audio_transcription.completed")["usage"]["type"], "duration");
}

}  // namespace
}  // namespace simulators::openai
