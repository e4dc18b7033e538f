#include "simulators/openai/behaviour.hpp"
#include "simulators/openai/close_codes.hpp"
#include "simulators/openai/codec.hpp"
#include "simulators/openai/fault.hpp"

#include <type_traits>
#include <utility>

// What each fault changes: of a session's behaviour, or of one reply.
namespace simulators::openai {
namespace {

std::uint16_t close_code_of(const ErrorBody& error) {
  if (error.code.empty() || error.code == "invalid_api_key") return close_code::kAuthentication;
  return error.code == "model_not_found" ? close_code::kModel : close_code::kRequest;
}

Refusal refusal_of(const Fault& fault, const OpenPoints& points) {
  const ErrorBody error = fault.body();
  const auto close =
      error.code == "insufficient_permissions" ? points.insufficient_permissions_close : close_code_of(error);
  if (fault.what->kind == FaultKind::http_status)
    return RefuseWithStatus{fault.what->number, http_error_body(error)};
  return RefuseAfterUpgrade{error, fault.close.value_or(close)};
}

void apply_transcription(const Fault& fault, InputTranscription& transcription) {
  using Outcome = InputTranscription::Outcome;
  if (fault.what->kind == FaultKind::transcription_failed) transcription.outcome = Outcome::failed;
  if (fault.what->kind == FaultKind::transcription_absent) transcription.outcome = Outcome::absent;
  if (fault.what->kind == FaultKind::transcription_early) transcription.before_commit = true;
  if (fault.what->kind == FaultKind::transcription_late) transcription.after_commit = fault.length();
}

EventDamage damage_of(const Fault& fault) {
  EventDamage damage;
  damage.event = fault.event.value_or(std::string(fault.what->event));
  damage.field = fault.field.value_or(std::string(fault.what->field));
  damage.fault = fault.place;
  if (fault.what->kind == FaultKind::field_null) damage.how = EventDamage::How::null;
  return damage;
}

/// For as many session.updates as the fault says, else for each.
void set_formats(const Fault& fault, Behaviour& behaviour, Formats formats) {
  behaviour.formats = formats;
  behaviour.formats_times = fault.count;
}

/// Of what goes over the wire. False: not one of these.
bool apply_wire(const Fault& fault, Behaviour& behaviour) {
  switch (fault.what->kind) {
    case FaultKind::field_missing:
    case FaultKind::field_null:
      behaviour.damages.push_back(damage_of(fault));
      return true;
    case FaultKind::fragmented_frames:
      behaviour.frame_bytes = fault.count.value_or(fault.what->number);
      return true;
    case FaultKind::no_pongs:
      behaviour.withholds_pongs = true;
      return true;
    default:
      return false;
  }
}

/// From where on in a response's audio.
Onset onset_of(const Fault& fault) {
  return {fault.after_deltas.value_or(0), fault.after_audio.value_or(Duration(0)), fault.place};
}
bool in_the_midst(const Fault& fault) {
  return fault.after_deltas || fault.after_audio;
}

/// It ends too early: where the fault says, else after half of its audio.
void cut_short(const Fault& fault, Reply& reply) {
  reply.ending = Incomplete{fault.error ? fault.error->code : std::string(fault.what->code)};
  if (in_the_midst(fault)) {
    reply.faults.breaks_off = onset_of(fault);
    return;
  }
  for (Output& output : reply.outputs) {
    if (auto* speech = std::get_if<Speech>(&output)) speech->mulaw.resize(speech->mulaw.size() / 2);
  }
}

/// What changes how the response begins and ends.
bool apply_course(const Fault& fault, Reply& reply) {
  switch (fault.what->kind) {
    case FaultKind::never_created:
      reply.ending = NeverCreated{};
      return true;
    case FaultKind::late_created:
      reply.faults.created_later += fault.length();
      return true;
    case FaultKind::no_items:
      reply.outputs.clear();
      return true;
    case FaultKind::done_lost:
      reply.faults.done_lost = true;
      return true;
    case FaultKind::never_ends:
      reply.faults.never_ends = true;
      return true;
    case FaultKind::done_without_created:
      reply.ending = CancelledAtBirth{false};
      return true;
    case FaultKind::cancelled_at_birth:
      reply.ending = CancelledAtBirth{true};
      return true;
    case FaultKind::failed:
      reply.ending = Failed{fault.body()};
      if (in_the_midst(fault)) reply.faults.breaks_off = onset_of(fault);
      return true;
    case FaultKind::incomplete:
      cut_short(fault, reply);
      return true;
    case FaultKind::cancel_unconfirmed:
      reply.faults.cancel = Faults::Cancel::unconfirmed;
      reply.faults.cancel_fault = fault.place;
      return true;
    case FaultKind::cancel_ignored:
      reply.faults.cancel = Faults::Cancel::ignored;
      reply.faults.cancel_fault = fault.place;
      return true;
    case FaultKind::beta_names:
      reply.faults.beta_names = true;
      return true;
    case FaultKind::low_rate_limits:
      reply.faults.tokens_left = static_cast<std::int64_t>(fault.count.value_or(fault.what->number));
      reply.faults.limits_fault = fault.place;
      return true;
    default:
      return false;
  }
}

/// What changes its content.
bool apply_content(const Fault& fault, Reply& reply, AudioFormat agreed) {
  switch (fault.what->kind) {
    case FaultKind::no_deltas:
      reply.faults.no_deltas = onset_of(fault);
      return true;
    case FaultKind::transcript_only:
      reply.faults.unheard = onset_of(fault);
      return true;
    case FaultKind::text_only:
      for (Output& output : reply.outputs) {
        if (auto* speech = std::get_if<Speech>(&output)) output = TextOnly{std::string(speech->transcript)};
      }
      return true;
    case FaultKind::silent_audio:
      reply.faults.silent = onset_of(fault);
      return true;
    case FaultKind::undecodable_audio:
      reply.faults.undecodable = onset_of(fault);
      return true;
    case FaultKind::wrong_format:
      reply.faults.speak_as_from = onset_of(fault);
      reply.faults.speak_as =
          fault.format.value_or(agreed == AudioFormat::pcm ? AudioFormat::pcmu : AudioFormat::pcm);
      return true;
    default:
      return false;
  }
}

/// What changes its audio deltas and their times.
bool apply_deltas(const Fault& fault, Reply& reply) {
  switch (fault.what->kind) {
    case FaultKind::late_first_audio:
      reply.faults.first_audio_later += fault.length();
      return true;
    case FaultKind::stall:
      reply.faults.stall = Stall{fault.after_deltas, fault.after_audio, fault.lasts, fault.place};
      return true;
    case FaultKind::trickle:
      reply.faults.trickle = onset_of(fault);
      return true;
    case FaultKind::burst:
      reply.faults.burst = onset_of(fault);
      return true;
    case FaultKind::empty_deltas:
      reply.faults.empty_deltas = onset_of(fault);
      return true;
    case FaultKind::oversized_deltas:
      reply.faults.oversized = onset_of(fault);
      return true;
    case FaultKind::duplicated_deltas:
      reply.faults.repeated_deltas = onset_of(fault);
      return true;
    case FaultKind::reordered_deltas:
      reply.faults.reordered_deltas = onset_of(fault);
      return true;
    case FaultKind::late_deltas_before_done:
      reply.faults.late_deltas_before_done = fault.count.value_or(fault.what->number);
      reply.faults.late_before_fault = fault.place;
      return true;
    case FaultKind::late_deltas_after_done:
      reply.faults.late_deltas_after_done = fault.count.value_or(fault.what->number);
      reply.faults.deltas_after_done = reply.faults.late_deltas_after_done;
      reply.faults.late_after_fault = fault.place;
      return true;
    default:
      return false;
  }
}

}  // namespace

bool strikes(const Fault& fault, std::size_t session, Duration since, runtime::Random& random) {
  if (fault.session && *fault.session != session) return false;
  if (fault.first && session > *fault.first) return false;
  if (fault.from && since < *fault.from) return false;
  if (fault.to && since >= *fault.to) return false;
  return fault.share_percent >= 100 || static_cast<std::int64_t>(random.below(100)) < fault.share_percent;
}

bool damages_events(const Fault& fault) {
  return fault.what->kind == FaultKind::field_missing || fault.what->kind == FaultKind::field_null;
}

bool has_its_time(const Fault& fault) {
  const FaultKind kind = fault.what->kind;
  return kind == FaultKind::expires || kind == FaultKind::expires_silently || kind == FaultKind::false_start;
}

bool begins_later(const Fault& fault) {
  if (fault.what->scope != FaultScope::session) return false;
  return fault.response != 0 || in_the_midst(fault) || (fault.at && !has_its_time(fault));
}

bool strikes_by_a_step(const Fault& fault) {
  switch (fault.what->kind) {
    case FaultKind::cancel_unconfirmed:
    case FaultKind::cancel_ignored:
    case FaultKind::late_deltas_before_done:
    case FaultKind::late_deltas_after_done:
    case FaultKind::low_rate_limits:
      return true;
    case FaultKind::failed:
    case FaultKind::incomplete:
      return in_the_midst(fault);
    default:
      return fault.what->scope == FaultScope::response && (fault.what->takes & takes::after_deltas) != 0;
  }
}

bool strikes_response(const Fault& fault, std::size_t response, Duration since_session_began) {
  if (fault.response != 0 && fault.response != response) return false;
  switch (fault.what->scope) {
    case FaultScope::response:
      return since_session_began >= fault.at.value_or(Duration(0));
    case FaultScope::moment:
      return !fault.at;
    case FaultScope::session:
      return begins_later(fault) && !fault.at;
    case FaultScope::handshake:
      return false;
  }
  return false;
}

Moment moment_of(const Fault& fault) {
  if (fault.after_audio) return {Moment::At::after_audio, *fault.after_audio};
  if (fault.after_deltas.value_or(0) > 0) return {Moment::At::after_deltas, {}, false, *fault.after_deltas};
  return {};
}

void apply(const Fault& fault, Behaviour& behaviour) {
  if (apply_wire(fault, behaviour)) return;
  switch (fault.what->kind) {
    case FaultKind::http_status:
    case FaultKind::error_then_close:
      behaviour.refusal = refusal_of(fault, behaviour.open_points);
      return;
    case FaultKind::slow_handshake:
      behaviour.upgrade_after = fault.length();
      return;
    case FaultKind::mute:
      behaviour.mute = true;
      return;
    case FaultKind::no_session_created:
      behaviour.announces_session = false;
      return;
    case FaultKind::late_session_created:
      behaviour.created_after = fault.length();
      return;
    case FaultKind::no_session_updated:
      set_formats(fault, behaviour, Formats::unconfirmed);
      return;
    case FaultKind::late_session_updated:
      behaviour.updated_after = fault.length();
      return;
    case FaultKind::update_refused:
      set_formats(fault, behaviour, Formats::refused);
      return;
    case FaultKind::echoes_pcm:
      set_formats(fault, behaviour, Formats::echoed_as_pcm);
      return;
    case FaultKind::expires:
    case FaultKind::expires_silently:
      behaviour.expires_after = fault.at.value_or(fault.what->lasts);
      behaviour.announces_expiry = fault.what->kind == FaultKind::expires;
      behaviour.expiry_fault = fault.place;
      return;
    case FaultKind::double_speech_started:
      behaviour.repeats_speech_started = true;
      return;
    case FaultKind::never_ending_speech:
      behaviour.speech_never_ends = true;
      return;
    case FaultKind::cancel_race:
      behaviour.cancel_looked_at_after = fault.length();
      return;
    default:
      return apply_transcription(fault, behaviour.transcription);
  }
}

void apply(const Fault& fault, Reply& reply, AudioFormat agreed) {
  if (fault.what->scope == FaultScope::moment) {
    reply.faults.insertions.push_back({moment_of(fault), happening_of(fault), fault.place});
    return;
  }
  if (apply_course(fault, reply) || apply_content(fault, reply, agreed)) return;
  apply_deltas(fault, reply);
}

Happening happening_of(const Fault& fault) {
  switch (fault.what->kind) {
    case FaultKind::close:
      return CloseConnection{fault.number(), {}};
    case FaultKind::abort:
      return AbortConnection{};
    case FaultKind::half_open:
      return HalfOpen{};
    case FaultKind::stop_reading:
      return StopReading{fault.lasts};
    case FaultKind::error:
      return ErrorEvent{fault.body()};
    case FaultKind::malformed_json:
      return MalformedJson{};
    default:
      return UnknownEvent{};
  }
}

}  // namespace simulators::openai
