#include "simulators/openai/fault.hpp"

#include <algorithm>
#include <array>

namespace simulators::openai {
namespace {

using enum FaultKind;
using Scope = FaultScope;
using std::chrono::milliseconds;

constexpr unsigned kFrom = takes::after_deltas | takes::after_audio;
constexpr unsigned kAnswer = takes::response | takes::at;
constexpr unsigned kInside = kAnswer | kFrom;

constexpr std::array kHandshakeFaults{
    NamedFault{"http_401", http_status, Scope::handshake, takes::nothing, "the upgrade is answered with 401",
               "invalid_api_key", 401},
    NamedFault{"http_403", http_status, Scope::handshake, takes::nothing,
               "with 403: an account without access", "insufficient_permissions", 403},
    NamedFault{"http_404", http_status, Scope::handshake, takes::nothing, "with 404", "model_not_found", 404},
    NamedFault{"http_429", http_status, Scope::handshake, takes::code, "with 429", "rate_limit_exceeded",
               429},
    NamedFault{"http_500", http_status, Scope::handshake, takes::nothing, "with 500", "server_error", 500},
    NamedFault{"http_503", http_status, Scope::handshake, takes::nothing, "with 503: overloaded",
               "server_error", 503},
    NamedFault{
        "error_then_close", error_then_close, Scope::handshake, takes::code | takes::close,
        "101, then an error event of any code and a close frame (3000, 4000 or 4004, as the code asks)",
        "server_error"},
    NamedFault{"invalid_api_key", error_then_close, Scope::handshake, takes::nothing,
               "the key is unknown: close 3000", "invalid_api_key"},
    NamedFault{"missing_api_key", error_then_close, Scope::handshake, takes::nothing,
               "no credentials were seen: close 3000", ""},
    NamedFault{"invalid_model", error_then_close, Scope::handshake, takes::nothing,
               "no such model in realtime mode: close 4000", "invalid_model"},
    NamedFault{"missing_model", error_then_close, Scope::handshake, takes::nothing,
               "no model was named: close 4000", "missing_model"},
    NamedFault{"model_not_found", error_then_close, Scope::handshake, takes::nothing,
               "retired or forbidden model: close 4004", "model_not_found"},
    NamedFault{"insufficient_permissions", error_then_close, Scope::handshake, takes::nothing,
               "the key may not: close 3000", "insufficient_permissions"},
    NamedFault{"beta_api_shape_disabled", error_then_close, Scope::handshake, takes::nothing,
               "taken for a beta client: close 4000", "beta_api_shape_disabled"},
    NamedFault{"slow_handshake", slow_handshake, Scope::handshake, takes::lasts,
               "the upgrade is answered late", "", 0, milliseconds(3000)}};

constexpr std::array kSessionFaults{
    NamedFault{"mute", mute, Scope::session, kInside, "101, and never an event"},
    NamedFault{"no_session_created", no_session_created, Scope::session, takes::nothing,
               "session.created never comes; everything else does"},
    NamedFault{"late_session_created", late_session_created, Scope::session, takes::lasts,
               "session.created comes late, and session.updated after it", "", 0, milliseconds(3000)},
    NamedFault{"no_session_updated", no_session_updated, Scope::session, kInside | takes::count,
               "session.update is applied and session.updated never comes"},
    NamedFault{"late_session_updated", late_session_updated, Scope::session, kInside | takes::lasts,
               "session.updated comes late", "", 0, milliseconds(3000)},
    NamedFault{"session_update_refused", update_refused, Scope::session, kInside | takes::count,
               "session.update gets an error, and the defaults stay"},
    NamedFault{"formats_echoed_as_pcm", echoes_pcm, Scope::session, kInside | takes::count,
               "session.updated says audio/pcm, and PCM is what comes"},
    NamedFault{"session_expired", expires, Scope::session, kInside,
               "the error session_expired and close 1001", "", 0, milliseconds(10000)},
    NamedFault{"expires_silently", expires_silently, Scope::session, kInside, "close 1001 without the error",
               "", 0, milliseconds(10000)},
    NamedFault{"transcription_failed", transcription_failed, Scope::session, kInside,
               "the caller's words could not be written down"},
    NamedFault{"transcription_absent", transcription_absent, Scope::session, kInside,
               "no transcription comes although it was asked for"},
    NamedFault{"transcription_early", transcription_early, Scope::session, kInside,
               "it comes before its item exists"},
    NamedFault{"transcription_late", transcription_late, Scope::session, kInside | takes::lasts,
               "it comes when the answer is long over", "", 0, milliseconds(8000)},
    NamedFault{"double_speech_started", double_speech_started, Scope::session, kInside,
               "every speech_started comes twice"},
    NamedFault{"never_ending_speech", never_ending_speech, Scope::session, kInside,
               "speech_stopped never comes: no turn ever ends"},
    NamedFault{"false_start", false_start, Scope::session, kInside | takes::lasts,
               "turn detection hears a voice where there is none, for a while: speech_started, stopped, "
               "committed, a response",
               "", 0, milliseconds(320)},
    NamedFault{"cancel_race", cancel_race, Scope::session, kInside | takes::lasts,
               "response.cancel is looked at late and may hit the next response", "", 0, milliseconds(1000)},
    NamedFault{"no_event_id", field_missing, Scope::session, kInside | takes::event,
               "events of a type come without `event_id`", "", 0, milliseconds(0),
               "response.output_audio.delta", "event_id"},
    NamedFault{"missing_field", field_missing, Scope::session, kInside | takes::event | takes::field,
               "a field of an event is left out", "", 0, milliseconds(0), "conversation.item.added",
               "item.content[0].transcript"},
    NamedFault{"null_field", field_null, Scope::session, kInside | takes::event | takes::field,
               "a field of an event is null, where the service has a value", "", 0, milliseconds(0),
               "response.output_audio_transcript.delta", "delta"},
    NamedFault{"fragmented_frames", fragmented_frames, Scope::session, kInside | takes::count,
               "every message comes in WebSocket frames of at most so many "
               "bytes (not in virtual time at message "
               "level, which has no frames)",
               "", 64},
    NamedFault{"no_pongs", no_pongs, Scope::session, kInside,
               "the client's pings are not answered (likewise)"}};

constexpr std::array kMomentFaults{
    NamedFault{"close", close, Scope::moment, kInside | takes::close, "a close frame of any code, or of none",
               "", 1011},
    NamedFault{"abort", abort, Scope::moment, kInside, "the connection is cut without a close frame"},
    NamedFault{"half_open", half_open, Scope::moment, kInside,
               "nothing is read or sent any more, and nobody is told"},
    NamedFault{"stop_reading", stop_reading, Scope::moment, kInside | takes::lasts,
               "nothing is read any more (for a while, or for ever); events go on"},
    NamedFault{"error_event", error, Scope::moment, kInside | takes::code,
               "an error event of any code; the session lives on", "server_error"},
    NamedFault{"unknown_event", unknown_event, Scope::moment, kInside,
               "an event of a type that nobody knows"},
    NamedFault{"malformed_json", malformed_json, Scope::moment, kInside, "a text frame that is no JSON"}};

constexpr std::array kResponseFaults{
    NamedFault{"never_created", never_created, Scope::response, kAnswer,
               "the turn is committed, and no response comes"},
    NamedFault{"late_created", late_created, Scope::response, kAnswer | takes::lasts,
               "response.created comes so much later", "", 0, milliseconds(2000)},
    NamedFault{"no_items", no_items, Scope::response, kAnswer,
               "created, then done and completed, with nothing between"},
    NamedFault{"no_deltas", no_deltas, Scope::response, kInside,
               "an item without a delta of any kind, or of no more from then on"},
    NamedFault{"transcript_only", transcript_only, Scope::response, kInside,
               "the transcript streams, audio never does"},
    NamedFault{"text_only", text_only, Scope::response, kAnswer, "a text item although audio was asked for"},
    NamedFault{"silent_audio", silent_audio, Scope::response, kInside, "audio deltas of pure silence"},
    NamedFault{"undecodable_audio", undecodable_audio, Scope::response, kInside,
               "audio deltas that are no base64"},
    NamedFault{"wrong_format", wrong_format, Scope::response, kInside | takes::format,
               "audio in another format than agreed: loud static"},
    NamedFault{"late_first_audio", late_first_audio, Scope::response, kAnswer | takes::lasts,
               "the first audio delta comes so much later", "", 0, milliseconds(2000)},
    NamedFault{"stall", stall, Scope::response, kInside | takes::lasts,
               "the audio stands still (for a while, or for ever)"},
    NamedFault{"trickle", trickle, Scope::response, kInside, "20 ms of audio in a delta, in real time"},
    NamedFault{"burst", burst, Scope::response, kInside, "the whole answer at once"},
    NamedFault{"empty_deltas", empty_deltas, Scope::response, kInside, "an empty audio delta before each"},
    NamedFault{"oversized_deltas", oversized_deltas, Scope::response, kInside,
               "all of an item's audio in one delta"},
    NamedFault{"duplicated_deltas", duplicated_deltas, Scope::response, kInside,
               "every audio delta comes twice"},
    NamedFault{"reordered_deltas", reordered_deltas, Scope::response, kInside,
               "audio deltas change places, two by two"},
    NamedFault{"late_deltas_before_done", late_deltas_before_done, Scope::response, kAnswer | takes::count,
               "after a cancel: so many deltas before response.done", "", 3},
    NamedFault{"late_deltas_after_done", late_deltas_after_done, Scope::response, kAnswer | takes::count,
               "so many deltas after response.done, cancelled or completed", "", 3},
    NamedFault{"no_response_done", done_lost, Scope::response, kAnswer,
               "it ends as any other, and its response.done never comes"},
    NamedFault{
        "response_never_ends", never_ends, Scope::response, kAnswer,
        "it is said to its end and stays active: no response.done, and response.create is refused until "
        "a cancel or the caller's voice ends it"},
    NamedFault{"done_without_created", done_without_created, Scope::response, kAnswer,
               "response.done {cancelled} is its first event"},
    NamedFault{"cancelled_at_birth", cancelled_at_birth, Scope::response, kAnswer,
               "created, then done {cancelled, turn_detected}"},
    NamedFault{
        "failed_response", failed, Scope::response, kInside | takes::code,
        "response.done {failed} of any code, and no error event; at once, or in the midst of its audio",
        "server_error"},
    NamedFault{"incomplete_response", incomplete, Scope::response, kInside | takes::code,
               "response.done {incomplete}: max_output_tokens or content_filter; half of its audio came, or "
               "what came until then",
               "max_output_tokens"},
    NamedFault{"cancel_unconfirmed", cancel_unconfirmed, Scope::response, kAnswer,
               "cancelled, its deltas stop and response.done never comes"},
    NamedFault{"cancel_ignored", cancel_ignored, Scope::response, kAnswer, "cancelled, it goes on"},
    NamedFault{"beta_names", beta_names, Scope::response, kAnswer,
               "events under their beta names (response.audio.delta)"},
    NamedFault{"low_rate_limits", low_rate_limits, Scope::response, kAnswer | takes::count,
               "rate_limits.updated says that so many tokens are left of the minute's", "", 100}};

const auto& all_faults() {
  static const auto all = [] {
    std::array<NamedFault, kHandshakeFaults.size() + kSessionFaults.size() + kMomentFaults.size() +
                               kResponseFaults.size()>
        joined{};
    auto at = std::copy(kHandshakeFaults.begin(), kHandshakeFaults.end(), joined.begin());
    at = std::copy(kSessionFaults.begin(), kSessionFaults.end(), at);
    at = std::copy(kMomentFaults.begin(), kMomentFaults.end(), at);
    std::copy(kResponseFaults.begin(), kResponseFaults.end(), at);
    return joined;
  }();
  return all;
}

}  // namespace

std::span<const NamedFault> named_faults() {
  return all_faults();
}

const NamedFault* find_fault(std::string_view name) {
  const auto& all = all_faults();
  const auto found =
      std::find_if(all.begin(), all.end(), [&](const auto& fault) { return fault.name == name; });
  return found == all.end() ? nullptr : &*found;
}

}  // namespace simulators::openai
