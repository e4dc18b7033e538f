#pragma once
#include "runtime/core/random.hpp"
#include "simulators/openai/script.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace simulators::openai {

struct Behaviour;

// Everything that the fake can do wrong, by name: what a scenario says, what the documentation lists, and
// what strikes.

/// What a fault does. Several names may share one.
enum class FaultKind {
  // The handshake.
  http_status,
  error_then_close,
  slow_handshake,
  // The session.
  mute,
  no_session_created,
  late_session_created,
  no_session_updated,
  late_session_updated,
  update_refused,
  echoes_pcm,
  expires,
  expires_silently,
  transcription_failed,
  transcription_absent,
  transcription_early,
  transcription_late,
  double_speech_started,
  never_ending_speech,
  false_start,
  cancel_race,
  field_missing,
  field_null,
  fragmented_frames,
  no_pongs,
  // A moment: of the session's, or inside of a response.
  close,
  abort,
  half_open,
  stop_reading,
  error,
  unknown_event,
  malformed_json,
  // A response.
  never_created,
  late_created,
  no_items,
  no_deltas,
  transcript_only,
  text_only,
  silent_audio,
  undecodable_audio,
  wrong_format,
  late_first_audio,
  stall,
  trickle,
  burst,
  empty_deltas,
  oversized_deltas,
  duplicated_deltas,
  reordered_deltas,
  late_deltas_before_done,
  late_deltas_after_done,
  done_lost,
  never_ends,
  done_without_created,
  cancelled_at_birth,
  failed,
  incomplete,
  cancel_unconfirmed,
  cancel_ignored,
  beta_names,
  low_rate_limits,
};

/// What a fault strikes, and so by what its moment is told.
enum class FaultScope { handshake, session, moment, response };

/// The parameters that a fault may take, bit by bit.
namespace takes {
inline constexpr unsigned nothing = 0;
inline constexpr unsigned code = 1;          // an error's code, or a reason
inline constexpr unsigned close = 2;         // a close code
inline constexpr unsigned lasts = 4;         // `for`
inline constexpr unsigned after_deltas = 8;  // so many deltas into the response
inline constexpr unsigned after_audio = 16;  // so much audio into the response
inline constexpr unsigned count = 32;
inline constexpr unsigned format = 64;
inline constexpr unsigned at = 128;         // since the session began; of a response: asked for since then
inline constexpr unsigned event = 256;      // a type of event, or `any`
inline constexpr unsigned field = 512;      // of that event
inline constexpr unsigned response = 1024;  // its number in the session
}  // namespace takes

struct NamedFault {
  std::string_view name;
  FaultKind kind;
  FaultScope scope;
  unsigned takes;
  std::string_view what;       // for the documentation
  std::string_view code = {};  // unless the fault says otherwise: error code or reason
  std::uint16_t number = 0;    // HTTP status, close code or count
  std::chrono::milliseconds lasts{0};
  std::string_view event = {};
  std::string_view field = {};
};
std::span<const NamedFault> named_faults();
/// nullptr: no fault is called so.
const NamedFault* find_fault(std::string_view name);
/// What the API says with this code, as far as it is known; else the code for a message.
ErrorBody error_of(std::string_view code);
/// Those of which it is known.
std::vector<std::string> known_error_codes();
/// docs/openai-faults.md.
std::string describe_faults();

/// One fault of a script: what, in which sessions, when.
struct Fault {
  const NamedFault* what = nullptr;

  // The sessions. All that is given must hold.
  std::int64_t share_percent = 100;    // so many of them, drawn
  std::optional<std::size_t> session;  // only this one, from 1
  std::optional<std::size_t> first;    // only so many, the first
  std::optional<Duration> from, to;    // those that arrive in this time since the behaviour was set

  // The moment.
  std::size_t response = 0;  // only the session's response of this number, from 1; 0: each
  std::optional<std::size_t> after_deltas;
  std::optional<Duration> after_audio;
  std::optional<Duration> at;

  // The parameters; empty: the named fault's own.
  std::optional<ErrorBody> error;  // its code, or more of it
  std::optional<std::uint16_t> close;
  std::optional<Duration> lasts;
  std::optional<std::size_t> count;
  std::optional<AudioFormat> format;
  std::optional<std::string> event;  // empty: every type
  std::optional<std::string> field;

  std::optional<std::size_t> place = {};  // among the script's faults; absent: it came later

  std::uint16_t number() const { return close.value_or(what->number); }
  ErrorBody body() const { return error ? *error : error_of(what->code); }
  Duration length() const { return lasts.value_or(what->lasts); }
};

/// Whether it strikes the session that arrives as number `session` (from 1) under its behaviour, so long
/// after that was set. Draws only for a share.
bool strikes(const Fault& fault, std::size_t session, Duration since, runtime::Random& random);
/// A fault of the handshake or of a whole session, as a part of the session's behaviour.
void apply(const Fault& fault, Behaviour& behaviour);
/// It strikes when an event has the field that it takes away, and not before.
bool damages_events(const Fault& fault);
/// A fault of the session that is a moment of it, told by `at` in any case.
bool has_its_time(const Fault& fault);
/// A fault of a response that strikes when a step of it is carried out, or a cancel; others do with the
/// response.
bool strikes_by_a_step(const Fault& fault);
/// A fault of the session that begins at a moment, and not with the session.
bool begins_later(const Fault& fault);
/// Whether it is for the session's response of this number, from 1, that is asked for so long after the
/// session began; or begins inside of it.
bool strikes_response(const Fault& fault, std::size_t response, Duration since_session_began);
/// A fault of a response, or a moment inside of it.
void apply(const Fault& fault, Reply& reply, AudioFormat agreed);
/// Its moment inside of a response.
Moment moment_of(const Fault& fault);
/// What happens at a moment's fault.
Happening happening_of(const Fault& fault);

}  // namespace simulators::openai
