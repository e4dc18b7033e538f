#include "tests/unit/fake_openai_test.hpp"

#include <map>

// What the fake says to a client that is wrong: openai-realtime.md, 4.1 and 8, word for word.
namespace simulators::openai {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

struct Wrong {
  std::string name;
  std::string event;
  std::string code;
  std::string message;  // its beginning
  std::string param;
};

void PrintTo(const Wrong& wrong, std::ostream* out) {
  *out << wrong.name;
}

class FakeOpenAiErrors : public FakeSessionTest, public testing::WithParamInterface<Wrong> {};

TEST_P(FakeOpenAiErrors, AreTheServicesAndLeaveTheSessionAlive) {
  open_phone();

  say(GetParam().event);

  ASSERT_EQ(facts_.errors_sent.size(), 1U);
  const ErrorBody& error = facts_.errors_sent[0].error;
  EXPECT_EQ(error.code, GetParam().code);
  EXPECT_THAT(error.message, StartsWith(GetParam().message));
  EXPECT_EQ(error.param, GetParam().param);
  const Json& sent = first("error")["error"];
  for (const char* key : {"type", "code", "message", "param", "event_id"})
    EXPECT_TRUE(sent.contains(key)) << key;
  sent_.clear();
  say(R"({"type":"input_audio_buffer.clear"})");
  EXPECT_EQ(count("input_audio_buffer.cleared"), 1U);
}

INSTANTIATE_TEST_SUITE_P(
    Envelope, FakeOpenAiErrors,
    testing::Values(
        Wrong{"NotJson", "hello", "invalid_json", "Invalid event: failed to parse JSON value.", ""},
        Wrong{"NotAnObject", "[1]", "invalid_json", "Invalid event:", ""},
        Wrong{"NoType", R"({"a":1})", "invalid_event", "The 'type' field is missing.", ""},
        Wrong{"UnknownType", R"({"type":"nope"})", "invalid_value",
              "Invalid value: 'nope'. Supported values are: 'session.update', 'session.close', ", "type"},
        Wrong{"BetaTranscription", R"({"type":"transcription_session.update"})", "invalid_value",
              "Invalid value: 'transcription_session.update'.", "type"},
        Wrong{"TranslationsAppend", R"({"type":"session.input_audio_buffer.append","audio":"AAAA"})",
              "invalid_value",
              "'session.input_audio_buffer.append' is only supported in a translation session.", "type"},
        Wrong{"TypeIsANumber", R"({"type":5})", "invalid_type",
              "Invalid type for 'type': expected a string, but got an integer instead.", "type"}),
    [](const auto& tested) { return tested.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Settings, FakeOpenAiErrors,
    testing::Values(
        Wrong{"NoSession", R"({"type":"session.update"})", "missing_required_parameter",
              "Missing required parameter: 'session'.", "session"},
        Wrong{"NoSessionType", R"({"type":"session.update","session":{"instructions":"x"}})",
              "missing_required_parameter", "Missing required parameter: 'session.type'.", "session.type"},
        Wrong{"UnknownField", R"({"type":"session.update","session":{"type":"realtime","bogus_field":1}})",
              "unknown_parameter", "Unknown parameter: 'session.bogus_field'.", "session.bogus_field"},
        Wrong{"BetaField",
              R"({"type":"session.update","session":{"type":"realtime","input_audio_format":"g711_ulaw"}})",
              "unknown_parameter", "Unknown parameter: 'session.input_audio_format'.",
              "session.input_audio_format"},
        Wrong{"NullFormat",
              R"({"type":"session.update","session":{"type":"realtime","audio":{"input":{"format":null}}}})",
              "invalid_type",
              "Invalid type for 'session.audio.input.format': expected an object, but got null",
              "session.audio.input.format"},
        Wrong{"LowRate",
              R"({"type":"session.update","session":{"type":"realtime","audio":{"input":)"
              R"({"format":{"type":"audio/pcm","rate":16000}}}}})",
              "integer_below_min_value", "Invalid 'session.audio.input.format.rate'",
              "session.audio.input.format.rate"},
        Wrong{
            "BadVoice",
            R"({"type":"session.update","session":{"type":"realtime","audio":{"output":{"voice":"onyx"}}}})",
            "invalid_value", "Invalid value: 'onyx'. Supported values are: 'alloy'",
            "session.audio.output.voice"},
        Wrong{
            "BothModalities",
            R"({"type":"session.update","session":{"type":"realtime","output_modalities":["audio","text"]}})",
            "invalid_value", "Invalid modalities:", "session.output_modalities"},
        Wrong{"ThresholdOutOfRange",
              R"({"type":"session.update","session":{"type":"realtime","audio":{"input":)"
              R"({"turn_detection":{"type":"server_vad","threshold":2}}}}})",
              "decimal_above_max_value", "Invalid 'session.audio.input.turn_detection.threshold'",
              "session.audio.input.turn_detection.threshold"},
        Wrong{"Transcription", R"({"type":"session.update","session":{"type":"transcription"}})", "",
              "Passing a transcription session update to a realtime session is not allowed", ""}),
    [](const auto& tested) { return tested.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Conversation, FakeOpenAiErrors,
    testing::Values(
        Wrong{"BadBase64", R"({"type":"input_audio_buffer.append","audio":"***"})", "invalid_value",
              "Invalid 'audio'. Expected base64-encoded audio bytes (mono G.711 mu-law at 8kHz) but got",
              "audio"},
        Wrong{"AudioOfWrongType", R"({"type":"input_audio_buffer.append","audio":7})", "invalid_type",
              "Invalid type for 'audio': expected a string", "audio"},
        Wrong{"CommitEmpty", R"({"type":"input_audio_buffer.commit"})", "input_audio_buffer_commit_empty",
              "Error committing input audio buffer: buffer too small. Expected at least 100ms of audio, but "
              "buffer "
              "only has 0.00ms of audio.",
              ""},
        Wrong{"DeleteUnknown", R"({"type":"conversation.item.delete","item_id":"yo"})",
              "item_delete_invalid_item_id", "Error deleting item: the item with id 'yo' does not exist.",
              ""},
        Wrong{"RetrieveUnknown", R"({"type":"conversation.item.retrieve","item_id":"yo"})",
              "item_retrieve_invalid_item_id", "Error retrieving item: the item with id 'yo' does not exist.",
              ""},
        Wrong{"TruncateUnknown",
              R"({"type":"conversation.item.truncate","item_id":"yo","content_index":0,"audio_end_ms":1})",
              "item_truncate_invalid_item_id", "Error truncating item: the item with id 'yo' does not exist.",
              ""},
        Wrong{"TruncateAtAFraction",
              R"({"type":"conversation.item.truncate","item_id":"yo","content_index":0,"audio_end_ms":1.5})",
              "invalid_type",
              "Invalid type for 'audio_end_ms': expected an integer, but got a decimal number",
              "audio_end_ms"},
        Wrong{"CancelNothing", R"({"type":"response.cancel"})", "response_cancel_not_active",
              "Cancellation failed: no active response found", ""},
        Wrong{"UnknownCall",
              R"({"type":"conversation.item.create","item":{"type":"function_call_output",)"
              R"("call_id":"c","output":""}})",
              "invalid_value", "Error adding item: no function call with call_id 'c' exists.",
              "item.call_id"},
        Wrong{"UnknownPrevious",
              R"({"type":"conversation.item.create","previous_item_id":"p",)"
              R"("item":{"type":"message","role":"user",)"
              R"("content":[{"type":"input_text","text":"x"}]}})",
              "invalid_value", "Error adding item: the previous item with id 'p' does not exist.",
              "previous_item_id"},
        Wrong{"BadRole",
              R"({"type":"conversation.item.create","item":{"type":"message","role":"bot","content":[]}})",
              "invalid_value",
              "Invalid value: 'bot'. Supported values are: 'system', 'user', and 'assistant'.", "item.role"},
        Wrong{"EmptyItemId",
              R"({"type":"conversation.item.create","item":{"id":"","type":"message","role":"user",)"
              R"("content":[{"type":"input_text","text":"x"}]}})",
              "empty_string",
              "Invalid 'item.id': empty string. Expected a string with minimum length 1, but got an empty "
              "string "
              "instead.",
              "item.id"},
        Wrong{"TwoWillDo",
              R"({"type":"session.update","session":{"type":"realtime","audio":{"input":{"turn_detection":)"
              R"({"type":"loud_vad"}}}}})",
              "invalid_value",
              "Invalid value: 'loud_vad'. Supported values are: 'server_vad' and 'semantic_vad'.",
              "session.audio.input.turn_detection.type"},
        Wrong{"ResponseField", R"({"type":"response.create","response":{"modalities":["text"]}})",
              "unknown_parameter", "Unknown parameter: 'response.modalities'.", "response.modalities"}),
    [](const auto& tested) { return tested.param.name; });

class FakeOpenAiRefusesInContext : public FakeSessionTest {};

TEST_F(FakeOpenAiRefusesInContext, ASecondResponseWhileOneIsActive) {
  open_phone();
  say(R"({"type":"response.create"})");
  pass(100ms);

  say(R"({"type":"response.create","event_id":"mine"})");

  EXPECT_EQ(last_error(),
            "conversation_already_has_active_response: Conversation already has an active response in "
            "progress: " +
                facts_.responses.at(0).id +
                ". Wait until the response is finished before creating a new one.");
  EXPECT_EQ(first("error")["error"]["event_id"], "mine");
}

TEST_F(FakeOpenAiRefusesInContext, AWholeUpdateForOneBadField) {
  open_phone();

  say(R"({"type":"session.update","session":{"type":"realtime","instructions":"Be brief.",)"
      R"("temperature":0.8}})");
  say(R"({"type":"session.update","session":{"type":"realtime"}})");
  pass(10ms);

  EXPECT_EQ(count("session.updated"), 1U);
  EXPECT_THAT(first("session.updated")["session"]["instructions"].get<std::string>(),
              StartsWith("Your knowledge cutoff"));
  EXPECT_FALSE(facts_.updates.at(1).accepted);
  EXPECT_TRUE(facts_.updates.at(2).accepted);
}

TEST_F(FakeOpenAiRefusesInContext, AnotherVoiceOnceTheModelHasSpoken) {
  open_phone();
  say(R"({"type":"response.create"})");
  pass(5s);

  say(R"({"type":"session.update","session":{"type":"realtime","audio":{"output":{"voice":"alloy"}}}})");
  pass(10ms);
  EXPECT_TRUE(facts_.errors_sent.empty()) << "the same voice is fine";
  say(R"({"type":"session.update","session":{"type":"realtime","audio":{"output":{"voice":"marin"}}}})");

  EXPECT_EQ(last_error(),
            "cannot_update_voice: Cannot update a conversation's voice if assistant audio is present.");
}

TEST_F(FakeOpenAiRefusesInContext, AResponseInAnotherVoiceOnceTheModelHasSpoken) {
  const auto ask_in = [&](const std::string& voice) {
    say(R"({"type":"response.create","response":{"audio":{"output":{"voice":")" + voice + R"("}}}})");
    pass(5s);
  };
  open_phone();
  ask_in("marin");
  EXPECT_TRUE(facts_.errors_sent.empty()) << "nothing was said before";

  ask_in("alloy");
  EXPECT_TRUE(facts_.errors_sent.empty()) << "the session's voice is fine";
  ask_in("marin");

  EXPECT_EQ(last_error(),
            "cannot_update_voice: Cannot update a conversation's voice if assistant audio is present.");
  EXPECT_EQ(first("error")["error"]["param"], "response.audio.output.voice");
}

TEST_F(FakeOpenAiRefusesInContext, TruncationBeyondWhatWasGeneratedAndOfWhatIsNotSpeech) {
  rule(When::Kind::any).reply.outputs = {spoken(2s)};
  open_phone();
  say(R"({"type":"conversation.item.create","item":{"id":"item_user","type":"message","role":"user",)"
      R"("content":[{"type":"input_text","text":"hi"}]}})");
  say(R"({"type":"conversation.item.truncate","item_id":"item_user","content_index":0,"audio_end_ms":0})");
  EXPECT_EQ(last_error(), ": Only model output audio messages can be truncated");
  say(R"({"type":"response.create"})");
  pass(3s);
  const ItemFacts item = facts_.responses.at(0).items.at(0);
  const auto generated = std::to_string(item.audio_bytes / 8);
  const auto truncate = [&](const std::string& ms) {
    say(R"({"type":"conversation.item.truncate","item_id":")" + item.id +
        R"(","content_index":0,"audio_end_ms":)" + ms + "}");
  };

  truncate("57340");
  EXPECT_EQ(last_error(),
            "invalid_value: Audio content of " + generated + "ms is already shorter than 57340ms");
  truncate("1500");

  EXPECT_EQ(count("conversation.item.truncated"), 1U);
  EXPECT_FALSE(facts_.truncations.at(1).accepted);
  EXPECT_TRUE(facts_.truncations.at(2).accepted);
  EXPECT_EQ(facts_.truncations[2].generated_ms, static_cast<std::int64_t>(item.audio_bytes / 8));
}

TEST_F(FakeOpenAiRefusesInContext, BinaryFrames) {
  open_phone();

  session_->receive("xx", true, now_);

  EXPECT_EQ(last_error(),
            "invalid_event: Expected a text WebSocket message; binary frames are not supported.");
}

TEST_F(FakeOpenAiRefusesInContext, AnItemIdThatIsTaken) {
  open_phone();
  const std::string create =
      R"({"type":"conversation.item.create","item":{"id":"mine","type":"message","role":"user",)"
      R"("content":[{"type":"input_text","text":"hi"}]}})";
  say(create);

  say(create);

  EXPECT_EQ(last_error(), "invalid_value: Error adding item: an item with id 'mine' already exists.");
}

TEST_F(FakeOpenAiRefusesInContext, AudioByTheFormatThatTheSessionHears) {
  open_phone();

  say(R"({"type":"conversation.item.create","item":{"type":"message","role":"user","content":)"
      R"([{"type":"input_audio","audio":"%%%"}]}})");

  EXPECT_EQ(last_error(),
            "invalid_value: Invalid 'item.content[0].audio'. Expected base64-encoded audio bytes (mono G.711 "
            "mu-law at 8kHz) but got an invalid value.");
}

TEST_F(FakeOpenAiRefusesInContext, AnUpdateThatAFaultRefusesByWhatItHolds) {
  Behaviour behaviour;
  behaviour.formats = Formats::refused;
  open(behaviour);
  pass(10ms);

  say(R"({"type":"session.update","session":{"type":"realtime","instructions":"Be brief."}})");
  EXPECT_EQ(last_error(), "invalid_value: Invalid value: 'Be brief.'.");
  EXPECT_EQ(facts_.errors_sent.back().error.param, "session.instructions");
  say(R"({"type":"session.update","session":{"type":"realtime","audio":{"input":{"format":{"type":"audio/pcma"}}}}})");
  EXPECT_EQ(last_error(), "invalid_value: Invalid value: 'audio/pcma'.");
}

TEST_F(FakeOpenAiRefusesInContext, BetaByItsOwnNames) {
  dialect_ = Dialect::beta;
  rule(When::Kind::any).reply.outputs = {spoken(500ms)};
  open();
  pass(10ms);
  say(R"({"type":"session.update","session":{"voice":"ash","temperature":0.6}})");
  pass(10ms);
  EXPECT_EQ(first("session.updated")["session"]["temperature"], 0.6);
  say(R"({"type":"response.create"})");
  pass(2s);
  EXPECT_EQ(first("response.created")["response"]["temperature"], 0.6);

  say(R"({"type":"session.update","session":{"voice":"coral","temperature":1.1}})");
  EXPECT_EQ(facts_.errors_sent.back().error.param, "session.voice");
  say(R"({"type":"response.create","response":{"voice":"coral"}})");
  EXPECT_EQ(facts_.errors_sent.back().error.param, "response.voice");
  say(R"({"type":"session.update","session":{"turn_detection":{"type":"server_vad","idle_timeout_ms":6000}}})");
  EXPECT_EQ(last_error(), "unknown_parameter: Unknown parameter: 'session.turn_detection.idle_timeout_ms'.");
}

TEST(FakeOpenAiErrorsByCode, SayWhatTheServiceSays) {
  for (const char* code :
       {"invalid_json", "invalid_event", "invalid_value", "missing_required_parameter", "unknown_parameter",
        "invalid_type", "integer_below_min_value", "item_truncate_invalid_item_id",
        "item_delete_invalid_item_id", "item_retrieve_invalid_item_id", "unsupported_content_type",
        "DeploymentNotFound"}) {
    const ErrorBody error = error_of(code);
    EXPECT_EQ(error.code, code);
    EXPECT_GT(error.message.size(), std::string_view(code).size()) << code << ": " << error.message;
  }
  EXPECT_EQ(error_of("missing_required_parameter").param, "session.type");
  EXPECT_EQ(error_of("a_code_of_my_own").message, "a_code_of_my_own");
}

TEST_F(FakeOpenAiRefusesInContext, AShortenedLifeIsToldAsTheServiceTellsIt) {
  const std::map<runtime::Duration, std::string> told = {{3s, "60"}, {5min, "5"}};
  for (const auto& [life, minutes] : told) {
    Behaviour behaviour;
    behaviour.expires_after = life;
    session_.reset();
    facts_ = {};
    open(behaviour);
    pass(life + 1s);

    EXPECT_EQ(last_error(), "session_expired: Your session hit the maximum duration of " +
                                std::string(minutes) + " minutes.");
  }
}

}  // namespace
}  // namespace simulators::openai
