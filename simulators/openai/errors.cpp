#include "simulators/openai/errors.hpp"

#include <array>
#include <cstdio>

namespace simulators::openai::errors {
namespace {

ErrorBody request_error(std::string code, std::string message, std::string param = {},
                        OpenCode open_code = OpenCode::none) {
  return {"invalid_request_error", std::move(code), std::move(message), std::move(param), open_code};
}

std::string quoted(std::string_view text) {
  return "'" + std::string(text) + "'";
}

/// The first characters and the last two, as the service shows a key that it does not know.
std::string masked(std::string_view key) {
  if (key.size() <= 7) return std::string(key.size(), '*');
  return std::string(key.substr(0, 5)) + "***" + std::string(key.substr(key.size() - 2));
}

std::string plain(double number) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.12g", number);
  return text.data();
}

/// A list in JSON as the service's messages show one: ['audio', 'text'].
std::string listed(std::string_view json) {
  std::string text;
  for (const char c : json) {
    text += c == '"' ? '\'' : c;
    if (c == ',') text += ' ';
  }
  return text;
}

constexpr std::array<std::string_view, 12> kClientEvents = {"session.update",
                                                            "session.close",
                                                            "input_audio_buffer.append",
                                                            "session.input_audio_buffer.append",
                                                            "input_audio_buffer.commit",
                                                            "input_audio_buffer.clear",
                                                            "conversation.item.create",
                                                            "conversation.item.truncate",
                                                            "conversation.item.delete",
                                                            "conversation.item.retrieve",
                                                            "response.create",
                                                            "response.cancel"};

}  // namespace

ErrorBody invalid_api_key(std::string_view key) {
  return request_error("invalid_api_key",
                       "Incorrect API key provided: " + masked(key) +
                           ". You can find your API key at https://platform.openai.com/account/api-keys.");
}

ErrorBody missing_authentication() {
  return request_error("", "Missing bearer or basic authentication in header");
}

ErrorBody invalid_model(std::string_view model) {
  return request_error("invalid_model",
                       "Model \"" + std::string(model) + "\" is not supported in realtime mode.");
}

ErrorBody missing_model() {
  return request_error("missing_model",
                       "You must provide a model parameter, for example "
                       "wss://api.openai.com/v1/realtime?model=gpt-realtime-1.5");
}

ErrorBody model_not_found(std::string_view model) {
  return request_error("model_not_found", "The model `" + std::string(model) +
                                              "` does not exist or you do not have access to it.");
}

ErrorBody model_with_intent() {
  return request_error(
      "invalid_model",
      "You must not provide a model parameter for transcription sessions: the model goes into "
      "session.update, as session.audio.input.transcription.model.");
}

ErrorBody bad_subprotocol(std::string_view name) {
  return request_error("invalid_subprotocol", "Invalid WebSocket subprotocol: " + quoted(name) + ".");
}

ErrorBody no_such_call_to_join(std::string_view call_id) {
  return request_error("call_id_not_found", "No session found for call_id " + quoted(call_id) + ".",
                       "call_id");
}

ErrorBody beta_disabled() {
  return request_error(
      "beta_api_shape_disabled",
      "The Realtime Beta API is no longer supported. Please use /v1/realtime for the GA API.");
}

std::string close_reason(const ErrorBody& error) {
  return error.code.empty() ? error.type : error.type + "." + error.code;
}

ErrorBody invalid_json(std::string_view detail) {
  return request_error("invalid_json", "Invalid event: failed to parse JSON value. " + std::string(detail));
}

ErrorBody binary_frame() {
  return request_error("invalid_event",
                       "Expected a text WebSocket message; binary frames are not supported.");
}

ErrorBody missing_type() {
  return request_error("invalid_event", "The 'type' field is missing.");
}

ErrorBody unknown_event_type(std::string_view type) {
  return invalid_value("type", type, kClientEvents);
}

ErrorBody missing_parameter(std::string_view path) {
  return request_error("missing_required_parameter", "Missing required parameter: " + quoted(path) + ".",
                       std::string(path));
}

ErrorBody unknown_parameter(std::string_view path) {
  return request_error("unknown_parameter", "Unknown parameter: " + quoted(path) + ".", std::string(path));
}

ErrorBody invalid_value(std::string_view path, std::string_view value,
                        std::span<const std::string_view> supported) {
  std::string message = "Invalid value: " + quoted(value) + ".";
  if (!supported.empty()) {
    message += " Supported values are: ";
    for (std::size_t i = 0; i < supported.size(); ++i) {
      const bool last = i + 1 == supported.size();
      if (i > 0) message += last && supported.size() == 2 ? " and " : last ? ", and " : ", ";
      message += quoted(supported[i]);
    }
    message += ".";
  }
  return request_error("invalid_value", std::move(message), std::string(path));
}

ErrorBody invalid_type(std::string_view path, std::string_view expected, std::string_view got) {
  return request_error("invalid_type",
                       "Invalid type for " + quoted(path) + ": expected " + std::string(expected) +
                           ", but got " + std::string(got) + " instead.",
                       std::string(path), OpenCode::wrong_type);
}

ErrorBody below_minimum(std::string_view path, std::string_view kind, double minimum, std::string_view got) {
  return request_error(std::string(kind) + "_below_min_value",
                       "Invalid " + quoted(path) + ": " + std::string(kind) +
                           " below minimum value. Expected a value >= " + plain(minimum) + ", but got " +
                           std::string(got) + " instead.",
                       std::string(path));
}

ErrorBody above_maximum(std::string_view path, std::string_view kind, double maximum, std::string_view got) {
  return request_error(std::string(kind) + "_above_max_value",
                       "Invalid " + quoted(path) + ": " + std::string(kind) +
                           " above maximum value. Expected a value <= " + plain(maximum) + ", but got " +
                           std::string(got) + " instead.",
                       std::string(path));
}

ErrorBody empty_text(std::string_view path) {
  return request_error("empty_string",
                       "Invalid " + quoted(path) +
                           ": empty string. Expected a string with minimum length 1, but got an empty string "
                           "instead.",
                       std::string(path));
}

ErrorBody text_too_long(std::string_view path, std::size_t most, std::size_t got) {
  return request_error(
      "string_above_max_length",
      "Invalid " + quoted(path) + ": string too long. Expected a string with maximum length " +
          std::to_string(most) + ", but got a string with length " + std::to_string(got) + " instead.",
      std::string(path));
}

ErrorBody invalid_modalities(std::string_view path, std::string_view sent,
                             std::span<const std::string_view> supported) {
  return request_error("invalid_value",
                       "Invalid modalities: " + listed(sent) + ". Supported combinations are: " +
                           listed(supported[0]) + " and " + listed(supported[1]) + ".",
                       std::string(path));
}

ErrorBody unsupported_parameter(std::string_view path) {
  return request_error("unsupported_parameter",
                       "Unsupported parameter: " + quoted(path) + " is not supported with this model.",
                       std::string(path));
}

ErrorBody transcription_update() {
  return request_error("",
                       "Passing a transcription session update to a realtime "
                       "session is not allowed",
                       "", OpenCode::transcription_update);
}

ErrorBody realtime_update() {
  return request_error("", "Passing a realtime session update to a transcription session is not allowed");
}

ErrorBody cannot_update_voice(std::string_view path) {
  return request_error("cannot_update_voice",
                       "Cannot update a conversation's voice if assistant audio is present.",
                       std::string(path));
}

ErrorBody cannot_update_tracing() {
  return request_error("invalid_value", "Cannot update tracing once it is enabled for a session.",
                       "session.tracing");
}

ErrorBody no_turn_detection(std::string_view model) {
  return request_error("invalid_value",
                       "Turn detection is not supported with " + quoted(model) +
                           " in a transcription session: set it to null.",
                       "session.audio.input.turn_detection");
}

ErrorBody transcription_only(std::string_view event) {
  return request_error("invalid_value", quoted(event) + " is not supported in a transcription session.",
                       "type");
}

ErrorBody translation_only(std::string_view event) {
  return request_error("invalid_value", quoted(event) + " is only supported in a translation session.",
                       "type");
}

ErrorBody session_expired(std::int64_t minutes) {
  return request_error("session_expired",
                       "Your session hit the maximum duration of " + std::to_string(minutes) + " minutes.");
}

ErrorBody bad_audio(std::string_view path, AudioFormat format) {
  const std::string_view kind = format == AudioFormat::pcm    ? "mono PCM16 at 24kHz"
                                : format == AudioFormat::pcmu ? "mono G.711 mu-law at 8kHz"
                                                              : "mono G.711 A-law at 8kHz";
  return request_error("invalid_value",
                       "Invalid " + quoted(path) + ". Expected base64-encoded audio bytes (" +
                           std::string(kind) + ") but got an invalid value.",
                       std::string(path));
}

ErrorBody invalid_url(std::string_view path) {
  return request_error(
      "invalid_value",
      "Invalid " + quoted(path) + ". Expected a data URI or an https URL but got an invalid value.",
      std::string(path));
}

ErrorBody commit_empty(double buffer_ms) {
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%.2fms", buffer_ms);
  return request_error("input_audio_buffer_commit_empty",
                       "Error committing input audio buffer: buffer too small. Expected at least 100ms of "
                       "audio, but buffer only has " +
                           std::string(text.data()) + " of audio.");
}

ErrorBody no_such_item(std::string_view verb, std::string_view gerund, std::string_view id) {
  return request_error(
      "item_" + std::string(verb) + "_invalid_item_id",
      "Error " + std::string(gerund) + " item: the item with id " + quoted(id) + " does not exist.");
}

ErrorBody truncate_beyond(std::int64_t generated_ms, std::int64_t asked_ms) {
  return request_error("invalid_value", "Audio content of " + std::to_string(generated_ms) +
                                            "ms is already shorter than " + std::to_string(asked_ms) + "ms");
}

ErrorBody truncate_not_audio() {
  return request_error("", "Only model output audio messages can be truncated", "",
                       OpenCode::not_truncatable);
}

ErrorBody already_truncated(std::string_view id) {
  return request_error("item_already_truncated",
                       "Error truncating item: the item with id " + quoted(id) + " was truncated already.",
                       "", OpenCode::second_truncation);
}

ErrorBody duplicate_item(std::string_view id) {
  return request_error("invalid_value",
                       "Error adding item: an item with id " + quoted(id) + " already exists.", "item.id",
                       OpenCode::duplicate_item);
}

ErrorBody no_previous_item(std::string_view id) {
  return request_error("invalid_value",
                       "Error adding item: the previous item with id " + quoted(id) + " does not exist.",
                       "previous_item_id", OpenCode::previous_item);
}

ErrorBody no_such_call(std::string_view call_id) {
  return request_error("invalid_value",
                       "Error adding item: no function call with call_id " + quoted(call_id) + " exists.",
                       "item.call_id", OpenCode::unknown_call_id);
}

ErrorBody transcription_failed(std::string_view item) {
  return {"server_error", "audio_unintelligible", "Input transcription failed for item " + quoted(item) + ".",
          ""};
}

ErrorBody deployment_not_found(std::string_view item) {
  ErrorBody error = transcription_failed(item);
  error.code = "DeploymentNotFound";
  return error;
}

ErrorBody no_such_reference(std::string_view path, std::string_view id) {
  return request_error("invalid_value", "Item with id " + quoted(id) + " does not exist.", std::string(path));
}

ErrorBody active_response(std::string_view response) {
  return request_error("conversation_already_has_active_response",
                       "Conversation already has an active response in progress: " + std::string(response) +
                           ". Wait until the response is finished before creating a new one.");
}

ErrorBody cancel_not_active() {
  return request_error("response_cancel_not_active", "Cancellation failed: no active response found");
}

}  // namespace simulators::openai::errors
