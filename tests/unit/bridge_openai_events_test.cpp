// The events of the Realtime API as live sessions show them, and what a call learns from each.
#include "bridge/openai/events.hpp"

#include <gmock/gmock.h>

#include <string>

namespace {
using namespace bridge::openai;

const std::string kW = R"("response_id":"resp_R","item_id":"item_A","output_index":0,"content_index":0)";
const std::string kAudio = R"("audio":{"output":{"format":{"type":"audio/pcmu"},"voice":"marin"}})";
const std::string kItem = R"({"id":"item_A","type":"message","status":"completed","role":"assistant",)"
                          R"("content":[{"type":"output_audio","transcript":"Hello, Marcelo!"}]})";

struct OpenAiEvents : testing::Test {
  template <class T>
  T read(const std::string& text) {
    auto decoded = decoder.decode(text, false);
    if (auto* rejected = std::get_if<Rejected>(&decoded)) {
      ADD_FAILURE() << to_string(rejected->breach) << ": " << rejected->detail;
      return {};
    }
    auto* event = std::get_if<T>(&std::get<Event>(decoded));
    if (event == nullptr) ADD_FAILURE() << "another event: " << text;
    return event == nullptr ? T{} : *event;
  }
  static std::string response(const std::string& type, const std::string& fields) {
    return R"({"type":")" + type + R"(","event_id":"event_20","response":{"object":"realtime.response",)" +
           fields + "," + kAudio + R"(,"max_output_tokens":"inf","usage":null}})";
  }
  Decoder decoder;
};

TEST_F(OpenAiEvents, SessionCreatedNamesTheSession) {
  const auto created = read<SessionCreated>(
      R"({"type":"session.created","event_id":"event_E6U0wB3eiENYwSnJIBpFN","session":{"type":"realtime",)"
      R"("object":"realtime.session","id":"sess_E6U0wu9FmdwQ0Lgv9ESYH","model":"gpt-realtime",)"
      R"("output_modalities":["audio"],"instructions":"Your knowledge cutoff is 2023-10.","tools":[],)"
      R"("tool_choice":"auto","max_output_tokens":"inf","tracing":null,"truncation":"auto","prompt":null,)"
      R"("expires_at":1785217650,"audio":{"input":{"format":{"type":"audio/pcm","rate":24000},)"
      R"("transcription":null,"noise_reduction":null,"turn_detection":{"type":"server_vad","threshold":0.5,)"
      R"("prefix_padding_ms":300,"silence_duration_ms":200,"idle_timeout_ms":null,"create_response":true,)"
      R"("interrupt_response":true}},"output":{"format":{"type":"audio/pcm","rate":24000},"voice":"alloy",)"
      R"("speed":1.0}},"include":null}})");

  EXPECT_EQ(created.session_id, "sess_E6U0wu9FmdwQ0Lgv9ESYH");
  EXPECT_EQ(created.expires_at, 1785217650);
}

TEST_F(OpenAiEvents, SessionUpdatedSaysBothFormats) {
  const auto updated = read<SessionUpdated>(
      R"({"type":"session.updated","event_id":"event_2","session":{"type":"realtime","audio":{"input":{"format":)"
      R"({"type":"audio/pcmu"}},"output":{"format":{"type":"audio/pcm","rate":24000}}}}})");
  const auto silent = read<SessionUpdated>(
      R"({"type":"session.updated","event_id":"event_2","session":{"audio":{"input":null}}})");

  EXPECT_EQ(updated.input_format, "audio/pcmu");
  EXPECT_EQ(updated.output_format, "audio/pcm");
  EXPECT_EQ(silent.input_format + silent.output_format, "");
}

TEST_F(OpenAiEvents, TheCallersTurn) {
  const auto started = read<SpeechStarted>(
      R"({"type":"input_audio_buffer.speech_started","event_id":"event_3","audio_start_ms":1460,"item_id":"item_U"})");
  const auto stopped = read<SpeechStopped>(
      R"({"type":"input_audio_buffer.speech_stopped","event_id":"event_4","audio_end_ms":4256,"item_id":"item_U"})");
  const auto committed = read<Committed>(
      R"({"type":"input_audio_buffer.committed","event_id":"event_5","previous_item_id":null,"item_id":"item_U"})");

  EXPECT_EQ(started.item, ItemId("item_U"));
  EXPECT_EQ(started.audio_start_ms, 1460);
  EXPECT_EQ(stopped.item, ItemId("item_U"));
  EXPECT_EQ(stopped.audio_end_ms, 4256);
  EXPECT_EQ(committed.item, ItemId("item_U"));
}

TEST_F(OpenAiEvents, AResponseOfTheServersOwn) {
  const auto created = read<ResponseCreated>(response(
      "response.created",
      R"("id":"resp_R","status":"in_progress","status_details":null,"output":[],"conversation_id":"conv_C",)"
      R"("output_modalities":["audio"],"metadata":null)"));

  EXPECT_EQ(created.response, ResponseId("resp_R"));
  EXPECT_FALSE(created.out_of_band);
  EXPECT_TRUE(created.audio);
  EXPECT_EQ(created.create_tag, "");
}

TEST_F(OpenAiEvents, AResponseOfOursBringsItsTagBack) {
  const auto created = read<ResponseCreated>(response(
      "response.created",
      R"("id":"resp_R","conversation_id":null,"output_modalities":["text"],"metadata":{"linecheck":"t7"})"));

  EXPECT_EQ(created.create_tag, "t7");
  EXPECT_TRUE(created.out_of_band);
  EXPECT_FALSE(created.audio);
}

TEST_F(OpenAiEvents, AResponseThatDoesNotSayIsSpokenAndInTheConversation) {
  const auto created = read<ResponseCreated>(response("response.created", R"("id":"resp_R")"));

  EXPECT_TRUE(created.audio);
  EXPECT_FALSE(created.out_of_band);
}

TEST_F(OpenAiEvents, OutputItemsAreOfThreeKinds) {
  const std::string before =
      R"({"type":"response.output_item.added","event_id":"event_21","response_id":"resp_R",)"
      R"("output_index":0,"item":{"id":"item_A","type":")";
  const std::string after = R"(","status":"in_progress","role":"assistant","content":[]}})";

  EXPECT_EQ(read<OutputItemAdded>(before + "message" + after).kind, ItemKind::message);
  EXPECT_EQ(read<OutputItemAdded>(before + "function_call" + after).kind, ItemKind::tool_call);
  EXPECT_EQ(read<OutputItemAdded>(before + "mcp_call" + after).kind, ItemKind::tool_call);
  EXPECT_EQ(read<OutputItemAdded>(before + "mcp_approval_request" + after).kind, ItemKind::tool_call);
  EXPECT_EQ(read<OutputItemAdded>(before + "mcp_list_tools" + after).kind, ItemKind::other);
  EXPECT_EQ(read<OutputItemAdded>(before + "message" + after).item, ItemId("item_A"));
  EXPECT_EQ(read<OutputItemAdded>(before + "message" + after).response, ResponseId("resp_R"));
}

TEST_F(OpenAiEvents, AudioDeltaIsDecoded) {
  const auto delta = read<AudioDelta>(R"({"type":"response.output_audio.delta","event_id":"event_24",)"
                                      R"("response_id":"resp_R","item_id":"item_A","output_index":1,)"
                                      R"("content_index":2,"delta":"AP9/gA=="})");

  EXPECT_EQ(delta.response, ResponseId("resp_R"));
  EXPECT_EQ(delta.item, ItemId("item_A"));
  EXPECT_EQ(delta.content_index, 2);
  EXPECT_TRUE(delta.decodable);
  EXPECT_EQ(delta.audio, std::string_view("\x00\xff\x7f\x80", 4));
}

TEST_F(OpenAiEvents, AudioDeltaThatIsNoBase64IsADeltaAllTheSame) {
  for (const char* wrong : {"A", "AP9-", "AP9/ gA=", "====", "é"}) {
    const auto delta = read<AudioDelta>(R"({"type":"response.output_audio.delta","event_id":"e",)" + kW +
                                        R"(,"delta":")" + wrong + R"("})");
    EXPECT_FALSE(delta.decodable) << wrong;
    EXPECT_TRUE(delta.audio.empty());
    EXPECT_EQ(delta.response, ResponseId("resp_R"));
  }
}

TEST_F(OpenAiEvents, TheRestOfAnAnswer) {
  EXPECT_EQ(read<AudioDone>(R"({"type":"response.output_audio.done","event_id":"event_25",)" + kW + "}").item,
            ItemId("item_A"));
  EXPECT_EQ(
      read<TranscriptDelta>(R"({"type":"response.output_audio_transcript.delta","event_id":"event_23",)" +
                            kW + R"(,"delta":"Hello","obfuscation":"kX1yigxefJb"})")
          .response,
      ResponseId("resp_R"));
  EXPECT_EQ(read<TextDelta>(R"({"type":"response.output_text.delta","event_id":"event_31",)" + kW +
                            R"(,"delta":"It","obfuscation":"cGp60YeLHWv9ws"})")
                .response,
            ResponseId("resp_R"));
}

TEST_F(OpenAiEvents, AFunctionCallIsCompleteWhenItsArgumentsAre) {
  const auto call = read<FunctionCall>(
      R"({"type":"response.function_call_arguments.done","event_id":"event_34","response_id":"resp_R",)"
      R"("item_id":"item_F","output_index":0,"call_id":"call_K","name":"get_weather",)"
      R"("arguments":"{\"city\":\"London\"}"})");

  EXPECT_EQ(call.response, ResponseId("resp_R"));
  EXPECT_EQ(call.item, ItemId("item_F"));
  EXPECT_EQ(call.call_id, "call_K");
  EXPECT_EQ(call.name, "get_weather");
  EXPECT_EQ(call.arguments, R"({"city":"London"})");
}

TEST_F(OpenAiEvents, AFunctionCallOfTheBetaDialectIsNamedByItsItem) {
  const std::string done =
      R"({"type":"response.function_call_arguments.done","event_id":"event_34","response_id":"resp_R",)"
      R"("item_id":"item_F","output_index":0,"call_id":"call_K","arguments":"{}"})";
  EXPECT_TRUE(std::holds_alternative<Rejected>(decoder.decode(done, false, Dialect::beta)));

  const auto added =
      read<OutputItemAdded>(R"({"type":"response.output_item.added","response_id":"resp_R","output_index":0,)"
                            R"("item":{"id":"item_F","type":"function_call","name":"get_weather"}})");

  EXPECT_EQ(added.tool, "get_weather");
  EXPECT_EQ(read<FunctionCall>(done).name, "get_weather");
}

TEST_F(OpenAiEvents, ACompletedResponse) {
  const auto done = read<ResponseDone>(response("response.done", R"("id":"resp_R","status":"completed",)"
                                                                 R"("status_details":null,"output":[)" +
                                                                     kItem +
                                                                     R"(],"conversation_id":"conv_C",)"
                                                                     R"("metadata":{"linecheck":"t7"})"));

  EXPECT_EQ(done.response, ResponseId("resp_R"));
  EXPECT_EQ(done.create_tag, "t7");
  EXPECT_EQ(done.status, ResponseStatus::completed);
  EXPECT_EQ(done.reason + done.error_code + done.error_message, "");
  EXPECT_TRUE(done.has_message_item);
  EXPECT_FALSE(done.has_tool_call);
  EXPECT_FALSE(done.out_of_band);
}

TEST_F(OpenAiEvents, TheOtherEndsOfAResponse) {
  const auto end = [&](const std::string& status, const std::string& details) {
    return read<ResponseDone>(
        response("response.done",
                 R"("id":"r","status":")" + status + R"(","status_details":)" + details + R"(,"output":[])"));
  };
  const auto cancelled = end("cancelled", R"({"type":"cancelled","reason":"turn_detected"})");
  const auto incomplete = end("incomplete", R"({"type":"incomplete","reason":"max_output_tokens"})");
  const auto failed =
      end("failed", R"({"type":"failed","error":{"type":"insufficient_quota",)"
                    R"("code":"insufficient_quota","message":"You exceeded your current quota"}})");

  EXPECT_EQ(cancelled.status, ResponseStatus::cancelled);
  EXPECT_EQ(cancelled.reason, "turn_detected");
  EXPECT_EQ(incomplete.status, ResponseStatus::incomplete);
  EXPECT_EQ(incomplete.reason, "max_output_tokens");
  EXPECT_EQ(failed.status, ResponseStatus::failed);
  EXPECT_EQ(failed.error_code, "insufficient_quota");
  EXPECT_EQ(failed.error_message, "You exceeded your current quota");
  EXPECT_EQ(end("paused", "null").status, ResponseStatus::unknown);
}

TEST_F(OpenAiEvents, AToolOnlyResponseHoldsNoMessage) {
  const auto done = read<ResponseDone>(response(
      "response.done", R"("id":"r","status":"completed","conversation_id":null,"output":[{"id":"item_F",)"
                       R"("type":"function_call","status":"completed","name":"end_call","call_id":"call_K",)"
                       R"("arguments":"{}"}])"));

  EXPECT_TRUE(done.has_tool_call);
  EXPECT_FALSE(done.has_message_item);
  EXPECT_TRUE(done.out_of_band);
}

TEST_F(OpenAiEvents, ACallThatTheServiceMakesItselfIsNoMessage) {
  for (const char* type : {"mcp_call", "mcp_approval_request"}) {
    const auto done =
        read<ResponseDone>(response("response.done", R"("id":"r","status":"completed","output":[{"id":"i",)"
                                                     R"("type":")" +
                                                         std::string(type) + R"("}])"));

    EXPECT_TRUE(done.has_tool_call) << type;
    EXPECT_FALSE(done.has_message_item) << type;
  }
}

TEST_F(OpenAiEvents, WhatBecomesOfItems) {
  const auto truncated = read<Truncated>(R"({"type":"conversation.item.truncated","event_id":"event_11",)"
                                         R"("item_id":"item_A","content_index":0,"audio_end_ms":1500})");
  const auto heard = read<InputTranscript>(
      R"({"type":"conversation.item.input_audio_transcription.completed","event_id":"event_14","item_id":"item_U",)"
      R"("content_index":0,"transcript":"Hello, my name is Marcelo.","usage":{"type":"duration","seconds":3}})");

  EXPECT_EQ(truncated.item, ItemId("item_A"));
  EXPECT_EQ(truncated.audio_end_ms, 1500);
  EXPECT_EQ(heard.item, ItemId("item_U"));
  EXPECT_EQ(heard.text, "Hello, my name is Marcelo.");
}

TEST_F(OpenAiEvents, AnErrorKeepsItsFiveFieldsAndNullIsEmpty) {
  const auto full =
      read<ApiError>(R"({"type":"error","event_id":"event_40","error":{"type":"invalid_request_error",)"
                     R"("code":"invalid_value","message":"No.","param":"type","event_id":"e1"}})");
  const auto bare = read<ApiError>(R"({"type":"error","event_id":"event_40","error":{"type":"server_error",)"
                                   R"("code":null,"message":")" +
                                   std::string(5000, 'm') + R"(","param":null,"event_id":null}})");

  EXPECT_EQ(full.type, "invalid_request_error");
  EXPECT_EQ(full.code, "invalid_value");
  EXPECT_EQ(full.message, "No.");
  EXPECT_EQ(full.param, "type");
  EXPECT_EQ(full.event_id, "e1");
  EXPECT_EQ(bare.code + bare.param + bare.event_id, "");
  EXPECT_LE(bare.message.size(), 410U);
}

TEST_F(OpenAiEvents, ARateLimitKeepsTheWaitAtTheEndOfItsWords) {
  const auto limit = read<ApiError>(
      R"({"type":"error","error":{"type":"tokens","code":"rate_limit_exceeded","message":"Rate limit reached for )"
      R"(gpt-4o-mini-realtime-preview-2024-12-17 in organization org-abcdefghijklmnopqrstuvwx on tokens per min )"
      R"((TPM): Limit 40000, Used 39999, Requested 1500. Please try again in 2.248s. Visit the limits' page."}})");

  EXPECT_THAT(limit.message, testing::HasSubstr("try again in 2.248s."));
}

TEST_F(OpenAiEvents, AnItemThatWasAddedSaysItsWordsWhereItHasSome) {
  const auto text = read<ItemAdded>(
      R"({"type":"conversation.item.added","event_id":"e","previous_item_id":null,"item":{"id":"item_T",)"
      R"("type":"message","status":"completed","role":"user","content":[{"type":"input_text","text":"5 5"}]}})");
  const auto output = read<ItemAdded>(
      R"({"type":"conversation.item.added","event_id":"e","item":{"id":"item_O","type":"function_call_output",)"
      R"("call_id":"call_K","output":"{}"}})");
  const auto spoken = read<ItemAdded>(
      R"({"type":"conversation.item.added","event_id":"e","item":{"id":"item_U","type":"message",)"
      R"("role":"user","content":[{"type":"input_audio","transcript":null}]}})");

  EXPECT_EQ(text.kind, ItemAdded::Kind::user_text);
  EXPECT_EQ(text.text, "5 5");
  EXPECT_EQ(output.kind, ItemAdded::Kind::function_output);
  EXPECT_EQ(output.call_id + output.text, "call_K{}");
  EXPECT_EQ(spoken.kind, ItemAdded::Kind::other);
}

TEST_F(OpenAiEvents, RateLimitsAndUsageAreRead) {
  const auto limits = read<RateLimits>(
      R"({"type":"rate_limits.updated","event_id":"event_30","rate_limits":[{"name":"tokens","limit":15000000,)"
      R"("remaining":14999371,"reset_seconds":0.002},7,{"name":3}]})");
  const auto done = read<ResponseDone>(
      R"({"type":"response.done","event_id":"e","response":{"id":"resp_R","status":"completed","output":[],)"
      R"("usage":{"total_tokens":205,"input_tokens":41,"output_tokens":164,"input_token_details":{)"
      R"("text_tokens":14,"audio_tokens":27,"cached_tokens":3},"output_token_details":{"text_tokens":28,)"
      R"("audio_tokens":136}}}})");

  ASSERT_EQ(limits.limits.size(), 1U);
  EXPECT_EQ(limits.limits[0].remaining, 14999371);
  EXPECT_EQ(done.usage.total(), 205);
  EXPECT_EQ(done.usage.input_cached, 3);
}

TEST_F(OpenAiEvents, TokensThatNoResponseCanCostAreNotBelieved) {
  const auto done = read<ResponseDone>(
      R"({"type":"response.done","event_id":"e","response":{"id":"resp_R","status":"completed","output":[],)"
      R"("usage":{"input_token_details":{"text_tokens":9223372036854775807,"audio_tokens":27},)"
      R"("output_token_details":{"audio_tokens":9223372036854775807}}}})");

  EXPECT_EQ(done.usage.total(), 27);
}

TEST_F(OpenAiEvents, TheBetasNamesAreUnderstoodWhereItIsSpokenAndNowhereElse) {
  const auto delta =
      R"({"type":"response.audio.delta","event_id":"e","response_id":"r","item_id":"i","delta":"/////w=="})";
  const auto updated =
      R"({"type":"session.updated","session":{"input_audio_format":"g711_ulaw","output_audio_format":"pcm16"}})";

  const auto heard = decoder.decode(delta, false, Dialect::beta);
  ASSERT_TRUE(std::holds_alternative<Event>(heard));
  EXPECT_TRUE(std::holds_alternative<AudioDelta>(std::get<Event>(heard)));
  EXPECT_TRUE(std::holds_alternative<Rejected>(decoder.decode(delta, false)));

  const auto session = decoder.decode(updated, false, Dialect::beta);
  ASSERT_TRUE(std::holds_alternative<Event>(session));
  const auto& said = std::get<SessionUpdated>(std::get<Event>(session));
  EXPECT_EQ(said.input_format, "audio/pcmu");
  EXPECT_EQ(said.output_format, "audio/pcm");

  const auto written = decoder.decode(
      R"({"type":"response.created","response":{"id":"r","modalities":["text"]}})", false, Dialect::beta);
  ASSERT_TRUE(std::holds_alternative<Event>(written));
  EXPECT_FALSE(std::get<ResponseCreated>(std::get<Event>(written)).audio);
}

TEST_F(OpenAiEvents, ASilenceThatBecomesATurnNamesItsItem) {
  const auto timeout = read<IdleTimeout>(
      R"({"type":"input_audio_buffer.timeout_triggered","event_id":"e","audio_start_ms":13216,)"
      R"("audio_end_ms":19232,"item_id":"item_U"})");

  EXPECT_EQ(timeout.item.value(), "item_U");
}

TEST_F(OpenAiEvents, WhatACallDoesNotActOnIsIgnoredByName) {
  for (const char* type : {"input_audio_buffer.cleared",
                           "input_audio_buffer.dtmf_event_received",
                           "conversation.created",
                           "conversation.item.done",
                           "conversation.item.retrieved",
                           "conversation.item.deleted",
                           "conversation.item.input_audio_transcription.delta",
                           "conversation.item.input_audio_transcription.failed",
                           "conversation.item.input_audio_transcription.segment",
                           "response.content_part.added",
                           "response.content_part.done",
                           "response.output_audio_transcript.done",
                           "response.output_item.done",
                           "response.output_text.done",
                           "response.function_call_arguments.delta",
                           "mcp_list_tools.in_progress",
                           "mcp_list_tools.completed",
                           "mcp_list_tools.failed",
                           "response.mcp_call_arguments.delta",
                           "response.mcp_call_arguments.done",
                           "response.mcp_call.in_progress",
                           "response.mcp_call.completed",
                           "response.mcp_call.failed",
                           "output_audio_buffer.started",
                           "output_audio_buffer.stopped",
                           "output_audio_buffer.cleared"}) {
    EXPECT_EQ(
        read<Ignored>(std::string(R"({"event_id":"event_9","type":")") + type + R"(","delta":"x"})").type,
        type);
  }
}

TEST_F(OpenAiEvents, WhatACallDoesNotActOnSaysAtLeastWhichResponseGoesOn) {
  const auto piece = read<ResponseGoesOn>(
      R"({"type":"response.function_call_arguments.delta","event_id":"e","response_id":"resp_R",)"
      R"("item_id":"i","delta":"{"})");
  EXPECT_EQ(piece.response.value(), "resp_R");
}
}  // namespace
