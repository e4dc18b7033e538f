#pragma once
#include "simulators/openai/script.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

/// What the service says when something is wrong, word for word (openai-realtime.md, 1.3 and 8).
namespace simulators::openai::errors {

// Refusals, after the upgrade.
ErrorBody invalid_api_key(std::string_view key);
ErrorBody missing_authentication();
ErrorBody invalid_model(std::string_view model);
ErrorBody missing_model();
ErrorBody model_not_found(std::string_view model);
ErrorBody model_with_intent();
ErrorBody bad_subprotocol(std::string_view name);
ErrorBody no_such_call_to_join(std::string_view call_id);
ErrorBody beta_disabled();
/// `<type>[.<code>]`: the reason text of the close frame that follows a refusal.
std::string close_reason(const ErrorBody& error);

// Envelope.
ErrorBody invalid_json(std::string_view detail);
ErrorBody binary_frame();
ErrorBody missing_type();
ErrorBody unknown_event_type(std::string_view type);

// Fields.
ErrorBody missing_parameter(std::string_view path);
ErrorBody unknown_parameter(std::string_view path);
ErrorBody invalid_value(std::string_view path, std::string_view value,
                        std::span<const std::string_view> supported);
ErrorBody invalid_type(std::string_view path, std::string_view expected, std::string_view got);
/// `kind`: "integer" or "decimal".
ErrorBody below_minimum(std::string_view path, std::string_view kind, double minimum, std::string_view got);
ErrorBody above_maximum(std::string_view path, std::string_view kind, double maximum, std::string_view got);
ErrorBody empty_text(std::string_view path);
ErrorBody text_too_long(std::string_view path, std::size_t most, std::size_t got);
/// `sent` and `supported`: lists in JSON.
ErrorBody invalid_modalities(std::string_view path, std::string_view sent,
                             std::span<const std::string_view> supported);
ErrorBody unsupported_parameter(std::string_view path);

// Session.
ErrorBody transcription_update();
ErrorBody realtime_update();
ErrorBody cannot_update_voice(std::string_view path);
ErrorBody cannot_update_tracing();
ErrorBody no_turn_detection(std::string_view model);
ErrorBody transcription_only(std::string_view event);
ErrorBody translation_only(std::string_view event);
ErrorBody session_expired(std::int64_t minutes);

// Audio in, items, responses.
ErrorBody bad_audio(std::string_view path, AudioFormat format);
ErrorBody invalid_url(std::string_view path);
ErrorBody commit_empty(double buffer_ms);
ErrorBody no_such_item(std::string_view verb, std::string_view gerund, std::string_view id);
ErrorBody truncate_beyond(std::int64_t generated_ms, std::int64_t asked_ms);
ErrorBody truncate_not_audio();
ErrorBody already_truncated(std::string_view id);
ErrorBody duplicate_item(std::string_view id);
ErrorBody no_previous_item(std::string_view id);
ErrorBody no_such_call(std::string_view call_id);
ErrorBody transcription_failed(std::string_view item);
/// Azure: a transcription model without a deployment of its name.
ErrorBody deployment_not_found(std::string_view item);
ErrorBody no_such_reference(std::string_view path, std::string_view id);
ErrorBody active_response(std::string_view response);
ErrorBody cancel_not_active();

}  // namespace simulators::openai::errors
