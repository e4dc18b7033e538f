#include "simulators/openai/fields.hpp"

#include "simulators/openai/errors.hpp"

#include <algorithm>
#include <array>

namespace simulators::openai {
namespace {

using Type = Field::Type;
using Texts = std::span<const std::string_view>;

constexpr std::array<std::string_view, 2> kSessionTypes = {"realtime", "transcription"};
constexpr std::array<std::string_view, 3> kFormats = {"audio/pcm", "audio/pcmu", "audio/pcma"};
constexpr std::array<std::string_view, 2> kNoise = {"near_field", "far_field"};
constexpr std::array<std::string_view, 2> kDetectors = {"server_vad", "semantic_vad"};
constexpr std::array<std::string_view, 4> kEagerness = {"low", "medium", "high", "auto"};
constexpr std::array<std::string_view, 2> kConversations = {"auto", "none"};
constexpr std::array<std::string_view, 2> kToolTypes = {"function", "mcp"};
constexpr std::array<std::string_view, 10> kVoices = {"alloy", "ash",     "ballad", "coral", "echo",
                                                      "sage",  "shimmer", "verse",  "marin", "cedar"};
constexpr std::array<std::string_view, 7> kTranscribers = {
    "whisper-1",      "gpt-4o-transcribe",   "gpt-4o-mini-transcribe", "gpt-4o-transcribe-diarize",
    "gpt-transcribe", "gpt-live-transcribe", "gpt-realtime-whisper"};

constexpr std::array kTranscription = {
    Field{"model", Type::choice, false, 0, 0, kTranscribers},
    Field{"language", Type::text, true},
    Field{"prompt", Type::text, true},
    Field{"languages", Type::any, true},
    Field{"keywords", Type::any, true},
    Field{"delay", Type::any, true},
};
constexpr std::array kNoiseReduction = {Field{"type", Type::choice, false, 0, 0, kNoise}};
constexpr std::array kTurnDetection = {
    Field{"type", Type::choice, false, 0, 0, kDetectors},
    Field{"threshold", Type::number, false, 0, 1},
    Field{"prefix_padding_ms", Type::integer, false, 0, 60'000},
    Field{"silence_duration_ms", Type::integer, false, 0, 60'000},
    Field{"idle_timeout_ms", Type::integer, true, 5'000, 30'000},
    Field{"eagerness", Type::choice, false, 0, 0, kEagerness},
    Field{"create_response", Type::boolean},
    Field{"interrupt_response", Type::boolean},
};
constexpr std::array kInput = {
    Field{"format", Type::format},
    Field{"transcription", Type::object, true, 0, 0, {}, kTranscription},
    Field{"noise_reduction", Type::object, true, 0, 0, {}, kNoiseReduction},
    Field{"turn_detection", Type::object, true, 0, 0, {}, kTurnDetection},
};
constexpr std::array kOutput = {
    Field{"format", Type::format},
    Field{"voice", Type::choice_or_id, false, 0, 0, kVoices},
    Field{"speed", Type::number, false, 0.25, 1.5},
};
constexpr std::array kAudio = {
    Field{"input", Type::object, false, 0, 0, {}, kInput},
    Field{"output", Type::object, false, 0, 0, {}, kOutput},
};
constexpr std::array kSession = {
    Field{"type", Type::choice, false, 0, 0, kSessionTypes},
    Field{"model", Type::text},
    Field{"output_modalities", Type::modalities},
    Field{"instructions", Type::text},
    Field{"audio", Type::object, false, 0, 0, {}, kAudio},
    Field{"tools", Type::tools, true},
    Field{"tool_choice", Type::any, true},
    Field{"parallel_tool_calls", Type::boolean, true},
    Field{"reasoning", Type::any, true},
    Field{"max_output_tokens", Type::tokens, true},
    Field{"truncation", Type::any, true},
    Field{"include", Type::list, true},
    Field{"tracing", Type::any, true},
    Field{"prompt", Type::any, true},
};
constexpr std::array kResponseAudio = {Field{"output", Type::object, false, 0, 0, {}, kOutput}};
constexpr std::array kResponse = {
    Field{"output_modalities", Type::modalities},
    Field{"instructions", Type::text, true},
    Field{"audio", Type::object, false, 0, 0, {}, kResponseAudio},
    Field{"tools", Type::tools, true},
    Field{"tool_choice", Type::any, true},
    Field{"parallel_tool_calls", Type::boolean, true},
    Field{"reasoning", Type::any, true},
    Field{"max_output_tokens", Type::tokens, true},
    Field{"conversation", Type::choice, false, 0, 0, kConversations},
    Field{"metadata", Type::any, true},
    Field{"prompt", Type::any, true},
    Field{"input", Type::list, true},
};

std::optional<ErrorBody> wrong_type(const Json& value, const std::string& path, std::string_view expected) {
  return errors::invalid_type(path, expected, value.type_name());
}

std::optional<ErrorBody> check_choice(const Json& value, const std::string& path, Texts choices) {
  if (!value.is_string()) return wrong_type(value, path, "a string");
  const auto& text = value.get_ref<const std::string&>();
  if (std::find(choices.begin(), choices.end(), text) != choices.end()) return std::nullopt;
  return errors::invalid_value(path, text, choices);
}

std::optional<ErrorBody> check_range(const Json& value, const std::string& path, const Field& field) {
  const double number = value.get<double>();
  if (number >= field.lowest && number <= field.highest) return std::nullopt;
  const std::string range =
      "between " + Json(field.lowest).dump() + " and " + Json(field.highest).dump() + " inclusive";
  return errors::out_of_range(path, range, value.dump());
}

std::optional<ErrorBody> check_format(const Json& value, const std::string& path) {
  if (!value.is_object()) return wrong_type(value, path, "an object");
  const auto type = value.find("type");
  if (type == value.end()) return errors::missing_parameter(path + ".type");
  if (auto wrong = check_choice(*type, path + ".type", kFormats)) return wrong;
  for (const auto& [key, unused] : value.items()) {
    if (key != "type" && key != "rate") return errors::unknown_parameter(path + "." + key);
  }
  const auto rate = value.find("rate");
  if (rate == value.end()) return std::nullopt;
  if (*type != "audio/pcm") return errors::unknown_parameter(path + ".rate");
  if (!rate->is_number_integer()) return wrong_type(*rate, path + ".rate", "an integer");
  const auto hertz = rate->get<std::int64_t>();
  if (hertz < 24'000) return errors::below_minimum(path + ".rate", 24'000, hertz);
  if (hertz > 24'000) return errors::out_of_range(path + ".rate", "of 24000", std::to_string(hertz));
  return std::nullopt;
}

std::optional<ErrorBody> check_modalities(const Json& value, const std::string& path) {
  if (!value.is_array()) return wrong_type(value, path, "an array");
  if (value == Json::array({"audio"}) || value == Json::array({"text"})) return std::nullopt;
  ErrorBody error = errors::invalid_value(path, value.dump(), {});
  error.message =
      "Invalid modalities: " + value.dump() + ". Supported combinations are: ['text'] and ['audio'].";
  return error;
}

std::optional<ErrorBody> check_tools(const Json& value, const std::string& path) {
  if (!value.is_array()) return wrong_type(value, path, "an array");
  for (std::size_t i = 0; i < value.size(); ++i) {
    const std::string at = path + "[" + std::to_string(i) + "]";
    const Json& tool = value[i];
    if (!tool.is_object()) return wrong_type(tool, at, "an object");
    const auto type = tool.find("type");
    if (type == tool.end()) return errors::missing_parameter(at + ".type");
    if (auto wrong = check_choice(*type, at + ".type", kToolTypes)) return wrong;
    if (*type != "function") continue;
    const auto name = tool.find("name");
    if (name == tool.end()) return errors::missing_parameter(at + ".name");
    if (!name->is_string()) return wrong_type(*name, at + ".name", "a string");
    const auto parameters = tool.find("parameters");
    if (parameters != tool.end() && !parameters->is_object() && !parameters->is_null()) {
      return wrong_type(*parameters, at + ".parameters", "an object");
    }
  }
  return std::nullopt;
}

std::optional<ErrorBody> check_tokens(const Json& value, const std::string& path, const Field& field) {
  if (value == "inf") return std::nullopt;
  if (!value.is_number_integer()) return wrong_type(value, path, "an integer or 'inf'");
  Field range = field;
  range.lowest = 1;
  range.highest = 4096;
  return check_range(value, path, range);
}

std::optional<ErrorBody> check_value(const Json& value, const Field& field, const std::string& path) {
  switch (field.type) {
    case Type::any:
      return std::nullopt;
    case Type::text:
      return value.is_string() ? std::nullopt : wrong_type(value, path, "a string");
    case Type::boolean:
      return value.is_boolean() ? std::nullopt : wrong_type(value, path, "a boolean");
    case Type::number:
      return value.is_number() ? check_range(value, path, field) : wrong_type(value, path, "a number");
    case Type::integer:
      return value.is_number_integer() ? check_range(value, path, field)
                                       : wrong_type(value, path, "an integer");
    case Type::choice:
      return check_choice(value, path, field.choices);
    case Type::choice_or_id:
      if (value.is_object() && value.contains("id")) return std::nullopt;
      return check_choice(value, path, field.choices);
    case Type::list:
      return value.is_array() ? std::nullopt : wrong_type(value, path, "an array");
    case Type::object:
      return check(value, field.fields, path);
    case Type::format:
      return check_format(value, path);
    case Type::modalities:
      return check_modalities(value, path);
    case Type::tokens:
      return check_tokens(value, path, field);
    case Type::tools:
      return check_tools(value, path);
  }
  return std::nullopt;
}

}  // namespace

std::optional<ErrorBody> check(const Json& object, std::span<const Field> fields, const std::string& path) {
  if (!object.is_object()) return wrong_type(object, path, "an object");
  for (const auto& item : object.items()) {
    const std::string& key = item.key();
    const Json& value = item.value();
    const std::string at = path + "." + key;
    const auto field =
        std::find_if(fields.begin(), fields.end(), [&](const Field& f) { return f.name == key; });
    if (field == fields.end()) return errors::unknown_parameter(at);
    if (value.is_null() && field->nullable) continue;
    if (auto wrong = check_value(value, *field, at)) return wrong;
  }
  return std::nullopt;
}

std::span<const Field> session_fields() {
  return kSession;
}
std::span<const Field> response_fields() {
  return kResponse;
}

}  // namespace simulators::openai
