#include "simulators/openai/session_config.hpp"

#include "simulators/openai/errors.hpp"
#include "simulators/openai/fields.hpp"

#include <array>
#include <utility>

namespace simulators::openai {
namespace {

constexpr std::string_view kDefaultInstructions =
    "Your knowledge cutoff is 2023-10. You are a helpful, witty, and friendly AI. Act like a human, but "
    "remember "
    "that you aren't a human and that you can't do human things in the real world.";

Json default_pcm() {
  return {{"type", "audio/pcm"}, {"rate", 24'000}};
}

Json default_turn_detection(bool semantic, std::int64_t silence_duration_ms) {
  Json detection;
  if (semantic) {
    detection = {{"type", "semantic_vad"}, {"eagerness", "auto"}};
  } else {
    detection = {{"type", "server_vad"},
                 {"threshold", 0.5},
                 {"prefix_padding_ms", 300},
                 {"silence_duration_ms", silence_duration_ms},
                 {"idle_timeout_ms", nullptr}};
  }
  detection["create_response"] = true;
  detection["interrupt_response"] = true;
  return detection;
}

/// Older models wait 200 ms and speak as alloy, newer ones 500 ms as marin.
bool newer(std::string_view model) {
  return model.starts_with("gpt-realtime-2");
}

void lay_over(Json& target, const Json& patch) {
  for (const auto& [key, value] : patch.items()) target[key] = value;
}

void apply_turn_detection(Json& input, const Json& patch, std::int64_t default_silence_ms) {
  if (patch.is_null()) {
    input["turn_detection"] = nullptr;
    return;
  }
  const Json current = input["turn_detection"];
  const std::string before = current.is_object() ? current.value("type", "") : "";
  const std::string after = patch.value("type", before.empty() ? "server_vad" : before);
  if (after != before) {
    input["turn_detection"] = default_turn_detection(after == "semantic_vad", default_silence_ms);
  }
  lay_over(input["turn_detection"], patch);
}

void apply_transcription(Json& input, const Json& patch) {
  if (patch.is_null()) {
    input["transcription"] = nullptr;
    return;
  }
  if (!input["transcription"].is_object()) {
    input["transcription"] = {{"model", "whisper-1"}, {"language", nullptr}, {"prompt", nullptr}};
  }
  lay_over(input["transcription"], patch);
}

void apply_format(Json& side, const Json& format) {
  side["format"] = format == Json{{"type", "audio/pcm"}} ? default_pcm() : format;
}

void apply_audio(Json& audio, const Json& patch, std::int64_t default_silence_ms) {
  if (patch.contains("input")) {
    Json& input = audio["input"];
    for (const auto& [key, value] : patch["input"].items()) {
      if (key == "turn_detection") {
        apply_turn_detection(input, value, default_silence_ms);
      } else if (key == "transcription") {
        apply_transcription(input, value);
      } else if (key == "format") {
        apply_format(input, value);
      } else {
        input[key] = value;
      }
    }
  }
  if (patch.contains("output")) {
    for (const auto& [key, value] : patch["output"].items()) {
      if (key == "format") {
        apply_format(audio["output"], value);
      } else {
        audio["output"][key] = value;
      }
    }
  }
}

/// Fields that a null resets, and to what.
Json cleared(std::string_view key) {
  if (key == "tools") return Json::array();
  if (key == "tool_choice" || key == "truncation") return "auto";
  if (key == "max_output_tokens") return "inf";
  return nullptr;
}

/// Detectors have fields of their own; one's in the other's object are unknown there.
std::optional<ErrorBody> check_detector(const Json& patch) {
  static constexpr std::string_view kPath = "session.audio.input.turn_detection";
  const Json::json_pointer where("/audio/input/turn_detection");
  if (!patch.contains(where) || !patch.at(where).is_object()) return std::nullopt;
  const Json& detection = patch.at(where);
  if (!detection.contains("type")) return errors::missing_parameter(std::string(kPath) + ".type");
  const bool semantic = detection["type"] == "semantic_vad";
  constexpr std::array<std::string_view, 4> kServerOnly = {"threshold", "prefix_padding_ms",
                                                           "silence_duration_ms", "idle_timeout_ms"};
  for (const std::string_view name : kServerOnly) {
    if (semantic && detection.contains(name)) {
      return errors::unknown_parameter(std::string(kPath) + "." + std::string(name));
    }
  }
  if (!semantic && detection.contains("eagerness")) {
    return errors::unknown_parameter(std::string(kPath) + ".eagerness");
  }
  return std::nullopt;
}

}  // namespace

std::optional<AudioFormat> format_of(const Json& format) {
  const std::string type = format.is_object() ? format.value("type", "") : "";
  if (type == "audio/pcm") return AudioFormat::pcm;
  if (type == "audio/pcmu") return AudioFormat::pcmu;
  if (type == "audio/pcma") return AudioFormat::pcma;
  return std::nullopt;
}

SessionConfig::SessionConfig(std::string model, std::string id, std::int64_t expires_at) {
  Json input = {{"format", default_pcm()}, {"transcription", nullptr}, {"noise_reduction", nullptr}};
  input["turn_detection"] = default_turn_detection(false, newer(model) ? 500 : 200);
  Json output = {{"format", default_pcm()}, {"voice", newer(model) ? "marin" : "alloy"}, {"speed", 1.0}};
  session_["type"] = "realtime";
  session_["object"] = "realtime.session";
  session_["id"] = std::move(id);
  session_["model"] = std::move(model);
  session_["output_modalities"] = Json::array({"audio"});
  session_["instructions"] = kDefaultInstructions;
  session_["tools"] = Json::array();
  session_["tool_choice"] = "auto";
  session_["max_output_tokens"] = "inf";
  session_["tracing"] = nullptr;
  session_["truncation"] = "auto";
  session_["prompt"] = nullptr;
  session_["expires_at"] = expires_at;
  session_["audio"] = {{"input", std::move(input)}, {"output", std::move(output)}};
  session_["include"] = nullptr;
}

std::optional<ErrorBody> SessionConfig::update(const Json& patch, bool voice_locked) {
  if (!patch.is_object()) return errors::invalid_type("session", "an object", patch.type_name());
  if (!patch.contains("type")) return errors::missing_parameter("session.type");
  if (patch["type"] == "transcription") return errors::transcription_update();
  if (auto wrong = check(patch, session_fields(), "session")) return wrong;
  if (auto wrong = check_detector(patch)) return wrong;
  const Json::json_pointer voice_at("/audio/output/voice");
  if (voice_locked && patch.contains(voice_at) && patch.at(voice_at) != session_.at(voice_at)) {
    return errors::cannot_update_voice();
  }
  const std::int64_t silence_ms = newer(session_["model"].get<std::string>()) ? 500 : 200;
  for (const auto& [key, value] : patch.items()) {
    if (key == "type" || key == "model") continue;  // the model cannot change; the service says nothing
    if (key == "audio") {
      apply_audio(session_["audio"], value, silence_ms);
    } else if (key == "instructions" && value == "") {
      session_["instructions"] = kDefaultInstructions;
    } else {
      session_[key] = value.is_null() ? cleared(key) : value;
    }
  }
  return std::nullopt;
}

void SessionConfig::force_pcm() {
  session_["audio"]["input"]["format"] = default_pcm();
  session_["audio"]["output"]["format"] = default_pcm();
}

AudioFormat SessionConfig::input_format() const {
  return format_of(session_["audio"]["input"]["format"]).value_or(AudioFormat::pcm);
}

AudioFormat SessionConfig::output_format() const {
  return format_of(session_["audio"]["output"]["format"]).value_or(AudioFormat::pcm);
}

std::optional<TurnDetection> SessionConfig::turn_detection() const {
  const Json& from = session_["audio"]["input"]["turn_detection"];
  if (!from.is_object()) return std::nullopt;
  TurnDetection detection;
  detection.create_response = from.value("create_response", true);
  detection.interrupt_response = from.value("interrupt_response", true);
  if (from.value("type", "") == "semantic_vad") {
    const std::string eagerness = from.value("eagerness", "auto");
    detection.semantic_wait_ms = eagerness == "low" ? 8000 : eagerness == "high" ? 2000 : 4000;
    return detection;
  }
  detection.threshold = from.value("threshold", 0.5);
  detection.prefix_padding_ms = from.value("prefix_padding_ms", std::int64_t{300});
  detection.silence_duration_ms = from.value("silence_duration_ms", std::int64_t{500});
  if (from.contains("idle_timeout_ms") && from["idle_timeout_ms"].is_number_integer()) {
    detection.idle_timeout_ms = from["idle_timeout_ms"].get<std::int64_t>();
  }
  return detection;
}

std::string SessionConfig::transcription_model() const {
  const Json& from = session_["audio"]["input"]["transcription"];
  return from.is_object() ? from.value("model", "") : "";
}

std::string SessionConfig::voice() const {
  const Json& from = session_["audio"]["output"]["voice"];
  return from.is_string() ? from.get<std::string>() : from.dump();
}

bool SessionConfig::wants_audio() const {
  return session_["output_modalities"] == Json::array({"audio"});
}

std::string SessionConfig::instructions() const {
  return session_["instructions"].get<std::string>();
}

std::optional<ErrorBody> SessionConfig::check_response(const Json& response) {
  return check(response, response_fields(), "response");
}

}  // namespace simulators::openai
