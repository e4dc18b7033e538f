#include "bridge/openai/requests.hpp"

#include "bridge/json/text.hpp"
#include "runtime/core/encoding.hpp"

#include <nlohmann/json.hpp>

namespace bridge::openai {
namespace {
using Json = nlohmann::ordered_json;

void write(std::string& out, const Json& message) {
  constexpr int kCompact = -1;
  constexpr bool kAsciiOnly = false;
  // Words from a configuration or a tool may be no UTF-8; a frame that is not would end the session (1007).
  out.assign(message.dump(kCompact, ' ', kAsciiOnly, Json::error_handler_t::replace));
}

Json begin(std::string_view type, std::string_view event_id) {
  Json message;
  message["type"] = type;
  if (!event_id.empty()) message["event_id"] = event_id;
  return message;
}

Json audio_format(AudioFormat format) {
  Json named;
  named["type"] = type_of(format);
  if (format == AudioFormat::pcm24k) named["rate"] = 24'000;
  return named;
}

std::string_view beta_format(AudioFormat format) {
  switch (format) {
    case AudioFormat::pcmu:
      return "g711_ulaw";
    case AudioFormat::pcma:
      return "g711_alaw";
    case AudioFormat::pcm24k:
      return "pcm16";
  }
  return {};
}

Json transcription(const SessionSettings& settings) {
  Json wanted;
  wanted["model"] = settings.transcription_model;
  if (!settings.language.empty()) wanted["language"] = settings.language;
  return wanted;
}

Json turn_detection(const SessionSettings& settings) {
  Json turns;
  if (settings.detector == SessionSettings::Detector::semantic_vad) {
    turns["type"] = "semantic_vad";
    turns["eagerness"] = settings.eagerness;
  } else {
    turns["type"] = "server_vad";
    turns["threshold"] = settings.threshold;
    turns["prefix_padding_ms"] = settings.prefix_padding_ms;
    turns["silence_duration_ms"] = settings.silence_duration_ms;
    if (settings.idle_timeout_ms) turns["idle_timeout_ms"] = *settings.idle_timeout_ms;
  }
  turns["create_response"] = settings.create_response;
  turns["interrupt_response"] = settings.interrupt_response;
  return turns;
}

Json ga_session(const SessionSettings& settings) {
  Json session;
  session["type"] = "realtime";  // without it the whole update is refused
  session["output_modalities"] = Json::array({"audio"});
  if (!settings.instructions.empty()) session["instructions"] = settings.instructions;
  Json& input = session["audio"]["input"];
  input["format"] = audio_format(settings.audio);
  if (!settings.transcription_model.empty()) input["transcription"] = transcription(settings);
  input["turn_detection"] = turn_detection(settings);
  session["audio"]["output"]["format"] = audio_format(settings.audio);
  session["audio"]["output"]["voice"] = settings.voice;
  return session;
}

Json beta_session(const SessionSettings& settings) {
  Json session;
  session["modalities"] = Json::array({"text", "audio"});
  if (!settings.instructions.empty()) session["instructions"] = settings.instructions;
  session["voice"] = settings.voice;
  session["input_audio_format"] = beta_format(settings.audio);
  session["output_audio_format"] = beta_format(settings.audio);
  if (!settings.transcription_model.empty()) session["input_audio_transcription"] = transcription(settings);
  session["turn_detection"] = turn_detection(settings);
  return session;
}

Json tool_list(const std::vector<SessionSettings::Tool>& tools) {
  Json list = Json::array();
  for (const auto& tool : tools) {
    Json entry;
    entry["type"] = "function";
    entry["name"] = tool.name;
    entry["description"] = tool.description;
    Json schema = Json::parse(tool.parameters_json, nullptr, false);
    // A tool without usable parameters is one that takes none.
    if (!schema.is_object()) schema = {{"type", "object"}, {"properties", Json::object()}};
    entry["parameters"] = std::move(schema);
    list.push_back(std::move(entry));
  }
  return list;
}
}  // namespace

void write_session_update(std::string& out, const SessionSettings& settings, std::string_view event_id) {
  Json message = begin("session.update", event_id);
  Json& session = message["session"];
  session = settings.dialect == Dialect::beta ? beta_session(settings) : ga_session(settings);
  session["tools"] = tool_list(settings.tools);
  session["tool_choice"] = "auto";
  write(out, message);
}

void write_append(std::string& out, std::string_view audio) {
  out.assign(R"({"type":"input_audio_buffer.append","audio":")");
  runtime::base64_append(out, audio);
  out.append(R"("})");
}

void write_response_create(std::string& out, std::string_view event_id, std::string_view tag,
                           std::string_view instructions) {
  Json message = begin("response.create", event_id);
  if (!tag.empty()) message["response"]["metadata"]["linecheck"] = tag;
  if (!instructions.empty()) message["response"]["instructions"] = instructions;
  write(out, message);
}

void write_response_cancel(std::string& out, std::string_view event_id, const ResponseId& response) {
  Json message = begin("response.cancel", event_id);
  message["response_id"] = response.value();
  write(out, message);
}

void write_truncate(std::string& out, std::string_view event_id, const ItemId& item, int content_index,
                    std::int64_t audio_end_ms) {
  Json message = begin("conversation.item.truncate", event_id);
  message["item_id"] = item.value();
  message["content_index"] = content_index;
  message["audio_end_ms"] = audio_end_ms;
  write(out, message);
}

void write_item_delete(std::string& out, std::string_view event_id, const ItemId& item) {
  Json message = begin("conversation.item.delete", event_id);
  message["item_id"] = item.value();
  write(out, message);
}

void write_function_output(std::string& out, std::string_view event_id, std::string_view call_id,
                           std::string_view output) {
  Json message = begin("conversation.item.create", event_id);
  Json& item = message["item"];
  item["type"] = "function_call_output";
  item["call_id"] = call_id;
  item["output"] = output;
  write(out, message);
}

void write_said(std::string& out, Dialect dialect, const ItemId& item, std::string_view role,
                std::string_view text, const ItemId& behind) {
  const auto bots = dialect == Dialect::beta ? "text" : "output_text";
  Json part;
  part["type"] = role == "assistant" ? bots : "input_text";
  part["text"] = text;
  Json message = begin("conversation.item.create", "");
  if (!behind.value().empty()) message["previous_item_id"] = behind.value();
  if (!item.value().empty()) message["item"]["id"] = item.value();
  message["item"]["type"] = "message";
  message["item"]["role"] = role;
  message["item"]["content"] = Json::array({std::move(part)});
  write(out, message);
}

void write_said_aloud(std::string& out, const ItemId& item, std::string_view audio) {
  Json part;
  part["type"] = "input_audio";
  part["audio"] = runtime::base64_encode(audio);
  Json message = begin("conversation.item.create", "");
  message["item"]["id"] = item.value();
  message["item"]["type"] = "message";
  message["item"]["role"] = "user";
  message["item"]["content"] = Json::array({std::move(part)});
  write(out, message);
}

void write_function_call(std::string& out, const ItemId& item, std::string_view call_id,
                         std::string_view name, std::string_view arguments) {
  Json message = begin("conversation.item.create", "");
  message["item"]["id"] = item.value();
  message["item"]["type"] = "function_call";
  message["item"]["call_id"] = call_id;
  message["item"]["name"] = name;
  message["item"]["arguments"] = arguments;
  write(out, message);
}

void write_old_function_output(std::string& out, const ItemId& item, std::string_view call_id,
                               std::string_view output) {
  Json message = begin("conversation.item.create", "");
  message["item"]["id"] = item.value();
  message["item"]["type"] = "function_call_output";
  message["item"]["call_id"] = call_id;
  message["item"]["output"] = output;
  write(out, message);
}

void write_user_text(std::string& out, std::string_view event_id, const ItemId& id, std::string_view text) {
  Json part;
  part["type"] = "input_text";
  part["text"] = text;
  Json message = begin("conversation.item.create", event_id);
  Json& item = message["item"];
  item["id"] = id.value();
  item["type"] = "message";
  item["role"] = "user";
  item["content"] = Json::array({std::move(part)});
  write(out, message);
}

}  // namespace bridge::openai
