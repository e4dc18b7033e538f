// Whatever is wrong with an event, the decoder says what it is, and the next event is read as ever.
#include "bridge/openai/events.hpp"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace {
using namespace bridge::openai;
using Json = nlohmann::json;

struct OpenAiBreach : testing::Test {
  std::string breach_of(const std::string& text, bool binary = false) {
    const auto decoded = decoder.decode(text, binary);
    const auto* rejected = std::get_if<Rejected>(&decoded);
    if (rejected == nullptr) return "none";
    EXPECT_FALSE(rejected->detail.empty());
    EXPECT_LE(rejected->detail.size(), 300U);
    return std::string(to_string(rejected->breach));
  }
  std::string breach_of(const Json& event) { return breach_of(event.dump()); }

  /// Needed fields: absent or of any other type, they are wrong_type.
  void expect_needed(const char* event, const std::vector<const char*>& paths) {
    const Json good = Json::parse(event);
    ASSERT_EQ(breach_of(good), "none") << good;
    for (const char* path : paths) {
      const Json::json_pointer where(path);
      for (const Json& wrong : {Json(), Json(true), Json(-1), Json(1.5), Json::array()}) {
        Json changed = good;
        changed[where] = wrong;
        EXPECT_EQ(breach_of(changed), "wrong_type") << changed;
      }
      Json without = good;
      without[where.parent_pointer()].erase(where.back());
      EXPECT_EQ(breach_of(without), "wrong_type") << without;
    }
  }
  /// Fields that may be missing or null, and are wrong_type otherwise.
  void expect_optional(const char* event, const std::vector<const char*>& paths) {
    const Json good = Json::parse(event);
    for (const char* path : paths) {
      const Json::json_pointer where(path);
      Json changed = good;
      changed[where] = nullptr;
      EXPECT_EQ(breach_of(changed), "none") << changed;
      changed[where.parent_pointer()].erase(where.back());
      EXPECT_EQ(breach_of(changed), "none") << changed;
      changed[where] = true;
      EXPECT_EQ(breach_of(changed), "wrong_type") << changed;
    }
  }
  Decoder decoder;
};

constexpr const char* kDelta = R"({"type":"response.output_audio.delta","event_id":"e","response_id":"r",
  "item_id":"i","output_index":0,"content_index":0,"delta":"AP9/gA=="})";
constexpr const char* kDone =
    R"({"type":"response.done","response":{"id":"r","status":"failed","conversation_id":"c",
  "status_details":{"type":"failed","reason":"x","error":{"code":"c","message":"m"}},"output":[{"type":"message"}]}})";
constexpr const char* kCreated =
    R"({"type":"response.created","response":{"id":"r","output_modalities":["audio"],
  "metadata":{"linecheck":"t"}}})";
constexpr const char* kError = R"({"type":"error","error":{"type":"t","code":"c","message":"m","param":"p",
  "event_id":"e"}})";
constexpr const char* kUpdated = R"({"type":"session.updated","session":{"audio":{
  "input":{"format":{"type":"audio/pcmu"}},"output":{"format":{"type":"audio/pcmu"}}}}})";

TEST_F(OpenAiBreach, EachNeededFieldInTurn) {
  expect_needed(kDelta, {"/response_id", "/item_id", "/delta", "/type"});
  expect_needed(R"({"type":"response.output_audio.done","response_id":"r","item_id":"i"})",
                {"/response_id", "/item_id"});
  expect_needed(R"({"type":"response.output_audio_transcript.delta","response_id":"r"})", {"/response_id"});
  expect_needed(R"({"type":"response.output_text.delta","response_id":"r"})", {"/response_id"});
  expect_needed(R"({"type":"session.created","session":{"id":"s"}})", {"/session", "/session/id"});
  expect_needed(kUpdated, {"/session"});
  expect_needed(R"({"type":"input_audio_buffer.speech_started","item_id":"i","audio_start_ms":1})",
                {"/item_id", "/audio_start_ms"});
  expect_needed(R"({"type":"input_audio_buffer.speech_stopped","item_id":"i","audio_end_ms":1})",
                {"/item_id", "/audio_end_ms"});
  expect_needed(R"({"type":"input_audio_buffer.committed","item_id":"i"})", {"/item_id"});
  expect_needed(kCreated, {"/response", "/response/id"});
  expect_needed(
      R"({"type":"response.output_item.added","response_id":"r","item":{"id":"i","type":"message"}})",
      {"/response_id", "/item", "/item/id", "/item/type"});
  expect_needed(
      R"({"type":"response.function_call_arguments.done","response_id":"r","item_id":"i","call_id":"c",
                    "name":"n","arguments":"{}"})",
      {"/response_id", "/item_id", "/call_id", "/name", "/arguments"});
  expect_needed(kDone, {"/response", "/response/id", "/response/status"});
  expect_needed(R"({"type":"conversation.item.truncated","item_id":"i","audio_end_ms":1})",
                {"/item_id", "/audio_end_ms"});
  expect_needed(
      R"({"type":"conversation.item.input_audio_transcription.completed","item_id":"i","transcript":"t"})",
      {"/item_id", "/transcript"});
  expect_needed(kError, {"/error"});
}

TEST_F(OpenAiBreach, EachFieldThatMayBeMissing) {
  expect_optional(kDone, {"/response/status_details", "/response/status_details/reason",
                          "/response/status_details/error", "/response/status_details/error/code",
                          "/response/status_details/error/message", "/response/output"});
  expect_optional(kCreated,
                  {"/response/output_modalities", "/response/metadata", "/response/metadata/linecheck"});
  expect_optional(kError,
                  {"/error/type", "/error/code", "/error/message", "/error/param", "/error/event_id"});
  expect_optional(kUpdated, {"/session/audio", "/session/audio/input", "/session/audio/output",
                             "/session/audio/input/format", "/session/audio/output/format",
                             "/session/audio/input/format/type", "/session/audio/output/format/type"});
  expect_optional(R"({"type":"session.created","session":{"id":"s","expires_at":1}})",
                  {"/session/expires_at"});
}

TEST_F(OpenAiBreach, TheContentIndexIsASmallInteger) {
  for (const char* wrong : {"-1", "2147483648", "1.5", "\"0\"", "null", "99999999999999999999"}) {
    std::string text = kDelta;
    text.replace(text.find("\"content_index\":0"), 17, std::string("\"content_index\":") + wrong);
    EXPECT_NE(breach_of(text), "none") << wrong;
  }
}

TEST_F(OpenAiBreach, NumbersBeyondAnyClockAreNotTaken) {
  EXPECT_EQ(
      breach_of(std::string(
          R"({"type":"conversation.item.truncated","item_id":"i","audio_end_ms":18446744073709551615})")),
      "wrong_type");
}

TEST_F(OpenAiBreach, OddItemsOfAResponseAreJustNotMessages) {
  Json done = Json::parse(kDone);
  done["response"]["output"] = {1, nullptr, Json::object(), {{"type", 7}}, {{"type", "mcp_call"}}};

  EXPECT_EQ(breach_of(done), "none");
}

TEST_F(OpenAiBreach, UnknownTypesAreNamedButNotAtLength) {
  EXPECT_EQ(breach_of(std::string(R"({"type":"response.hologram.delta"})")), "unknown_event");
  EXPECT_EQ(breach_of(std::string(R"({"type":"session.update"})")), "unknown_event");
  EXPECT_EQ(breach_of(Json({{"type", std::string(5000, 'x')}})), "unknown_event");
}

TEST_F(OpenAiBreach, TheBetaDialectIsUnknownAndCalledByItsName) {
  const auto decoded = decoder.decode(R"({"type":"response.audio.delta","delta":"AP9/gA=="})", false);

  ASSERT_TRUE(std::holds_alternative<Rejected>(decoded));
  EXPECT_EQ(std::get<Rejected>(decoded).breach, Breach::unknown_event);
  EXPECT_THAT(std::get<Rejected>(decoded).detail, testing::HasSubstr("beta dialect"));
}

TEST_F(OpenAiBreach, AnEventIsAnObjectWithAType) {
  for (const char* text :
       {"{}", "[]", "7", "null", "\"error\"", R"({"type":null})", R"({"type":["error"]})"}) {
    EXPECT_EQ(breach_of(std::string(text)), "wrong_type") << text;
  }
}

TEST_F(OpenAiBreach, BinaryFramesAreRefusedWhateverTheyHold) {
  EXPECT_EQ(breach_of(kDelta, true), "binary_frame");
}

TEST_F(OpenAiBreach, EveryTruncationOfEveryEventIsMalformed) {
  for (const char* event : {kDelta, kDone, kCreated, kError, kUpdated}) {
    const std::string whole = event;
    for (std::size_t length = 0; length < whole.size(); ++length) {
      ASSERT_EQ(breach_of(whole.substr(0, length)), "malformed_json") << whole.substr(0, length);
    }
    EXPECT_EQ(breach_of(whole + "}"), "malformed_json");
    EXPECT_EQ(breach_of(whole + whole), "malformed_json");
  }
}

TEST_F(OpenAiBreach, HugeAndDeepEventsAreOnlyEvents) {
  Json big = Json::parse(kDelta);
  big["delta"] = std::string(8'000'000, 'U');

  EXPECT_EQ(breach_of(big), "none");
  EXPECT_EQ(breach_of(R"({"type":"error","error":)" + std::string(200'000, '[')), "malformed_json");
  EXPECT_EQ(breach_of(std::string(kDelta)), "none");
}

TEST_F(OpenAiBreach, HalfASurrogateIsNoText) {
  EXPECT_EQ(breach_of(std::string(R"({"type":"error","error":{"message":"\ud800"}})")), "malformed_json");
  EXPECT_EQ(breach_of(std::string(R"({"type":"error","error":{"message":"\udc00"}})")), "malformed_json");
}

TEST_F(OpenAiBreach, ThePartThatAnEndNamesIsCounted) {
  const Json done = Json::parse(
      R"({"type":"response.output_audio.done","response_id":"r","item_id":"i","content_index":2})");
  const auto decoded = decoder.decode(done.dump(), false);
  EXPECT_EQ(std::get<AudioDone>(std::get<Event>(decoded)).content_index, 2);
  for (const Json& wrong : {Json(-1), Json(1.5), Json("2")}) {
    Json changed = done;
    changed["content_index"] = wrong;
    EXPECT_EQ(breach_of(changed), "wrong_type") << changed;
  }
}

}  // namespace
