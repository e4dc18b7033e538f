// What the bridge writes, read back with another parser: the shapes of the GA dialect, and no field more.
#include "bridge/openai/requests.hpp"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>
#include <string>

namespace {
using namespace bridge::openai;
using Json = nlohmann::json;

Json update_of(const SessionSettings& settings) {
  std::string out = "left over";
  write_session_update(out, settings, "e1");
  return Json::parse(out);
}

TEST(OpenAiRequests, SessionUpdateIsTheGaShape) {
  SessionSettings settings;
  settings.instructions = "Be brief.";
  settings.tools.push_back({"end_call", "Hangs up.", R"({"type":"object","properties":{}})"});

  EXPECT_EQ(update_of(settings), Json::parse(R"({"type":"session.update","event_id":"e1","session":{
    "type":"realtime","instructions":"Be brief.","output_modalities":["audio"],
    "audio":{"input":{"format":{"type":"audio/pcmu"},"turn_detection":{"type":"server_vad","threshold":0.5,
               "prefix_padding_ms":300,"silence_duration_ms":500,"create_response":true,"interrupt_response":true}},
             "output":{"format":{"type":"audio/pcmu"},"voice":"marin"}},
    "tools":[{"type":"function","name":"end_call","description":"Hangs up.",
              "parameters":{"type":"object","properties":{}}}],"tool_choice":"auto"}})"));
}

TEST(OpenAiRequests, InTheBetaASessionIsFlatAndItsFormatsHaveOtherNames) {
  SessionSettings settings;
  settings.dialect = Dialect::beta;
  settings.audio = AudioFormat::pcma;
  settings.transcription_model = "whisper-1";

  EXPECT_EQ(update_of(settings), Json::parse(R"({"type":"session.update","event_id":"e1","session":{
    "modalities":["text","audio"],"voice":"marin","input_audio_format":"g711_alaw","output_audio_format":"g711_alaw",
    "input_audio_transcription":{"model":"whisper-1"},
    "turn_detection":{"type":"server_vad","threshold":0.5,"prefix_padding_ms":300,"silence_duration_ms":500,
      "create_response":true,"interrupt_response":true},
    "tools":[],"tool_choice":"auto"}})"));

  std::string said;
  write_said(said, Dialect::beta, ItemId("i"), "assistant", "Hello.");
  EXPECT_EQ(Json::parse(said)["item"]["content"], Json::parse(R"([{"type":"text","text":"Hello."}])"));
}

TEST(OpenAiRequests, SessionUpdateSaysWhatIsSwitchedOff) {
  SessionSettings settings;
  settings.create_response = false;
  settings.interrupt_response = false;
  settings.threshold = 0.25;
  const Json session = update_of(settings)["session"];

  EXPECT_EQ(session["audio"]["input"]["turn_detection"]["create_response"], false);
  EXPECT_EQ(session["audio"]["input"]["turn_detection"]["interrupt_response"], false);
  EXPECT_EQ(session["audio"]["input"]["turn_detection"]["threshold"], 0.25);
  EXPECT_EQ(session["tools"], Json::array());
  EXPECT_FALSE(session.contains("instructions"));
  EXPECT_FALSE(session["audio"]["input"].contains("transcription"));
}

TEST(OpenAiRequests, SessionUpdateAsksForTranscriptsWhenToldTo) {
  SessionSettings settings;
  settings.transcription_model = "whisper-1";
  EXPECT_EQ(update_of(settings)["session"]["audio"]["input"]["transcription"],
            Json({{"model", "whisper-1"}}));

  settings.language = "es";
  EXPECT_EQ(update_of(settings)["session"]["audio"]["input"]["transcription"],
            Json({{"model", "whisper-1"}, {"language", "es"}}));
}

TEST(OpenAiRequests, AToolWithBrokenParametersTakesNone) {
  SessionSettings settings;
  settings.tools.push_back({"a", "", "{broken"});
  settings.tools.push_back({"b", "", "[]"});

  const auto update = update_of(settings);
  ASSERT_EQ(update["session"]["tools"].size(), 2U);
  for (const auto& tool : update["session"]["tools"]) {
    EXPECT_EQ(tool["parameters"], Json::parse(R"({"type":"object","properties":{}})"));
  }
}

TEST(OpenAiRequests, AppendIsTheAudioAndNothingElse) {
  std::string out = "left over";

  write_append(out, std::string_view("\x00\xff\x7f\x80", 4));

  EXPECT_EQ(out, R"({"type":"input_audio_buffer.append","audio":"AP9/gA=="})");
}

TEST(OpenAiRequests, ResponseCreateIsBareUnlessThereIsSomethingToSay) {
  std::string out;

  write_response_create(out, "e2", "", "");
  EXPECT_EQ(out, R"({"type":"response.create","event_id":"e2"})");
  write_response_create(out, "", "", "");
  EXPECT_EQ(out, R"({"type":"response.create"})");
  write_response_create(out, "e2", "t7", "");
  EXPECT_EQ(out, R"({"type":"response.create","event_id":"e2","response":{"metadata":{"linecheck":"t7"}}})");
  write_response_create(out, "e2", "t7", "Greet.");
  EXPECT_EQ(Json::parse(out)["response"],
            Json::parse(R"({"metadata":{"linecheck":"t7"},"instructions":"Greet."})"));
}

TEST(OpenAiRequests, TheRestOfThem) {
  std::string out;

  write_response_cancel(out, "e3", ResponseId("resp_R"));
  EXPECT_EQ(out, R"({"type":"response.cancel","event_id":"e3","response_id":"resp_R"})");
  write_truncate(out, "e4", ItemId("item_A"), 0, 1500);
  EXPECT_EQ(out,
            R"({"type":"conversation.item.truncate","event_id":"e4","item_id":"item_A","content_index":0,)"
            R"("audio_end_ms":1500})");
  write_function_output(out, "e5", "call_K", R"({"ok":true})");
  EXPECT_EQ(out,
            R"({"type":"conversation.item.create","event_id":"e5","item":{"type":"function_call_output",)"
            R"("call_id":"call_K","output":"{\"ok\":true}"}})");
  write_user_text(out, "e6", ItemId("text_1"), "1#");
  EXPECT_EQ(out,
            R"({"type":"conversation.item.create","event_id":"e6","item":{"id":"text_1","type":"message",)"
            R"("role":"user","content":[{"type":"input_text","text":"1#"}]}})");
}

TEST(OpenAiRequests, TextThatIsNoUtf8IsRepairedRatherThanSent) {
  std::string out;

  write_function_output(out, "e5", "call_K", "caf\xe9");

  EXPECT_EQ(Json::parse(out)["item"]["output"], "caf\xef\xbf\xbd");
}

}  // namespace
