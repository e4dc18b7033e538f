#include "bridge/call/response.hpp"

namespace bridge::call {
using openai::ResponseStatus;
using runtime::TimePoint;

bool Response::expected(runtime::Duration start_timeout, TimePoint now) const {
  if (created_at || fired || refused || now - due_at >= start_timeout) return false;
  if (cut_short == CutShort::session_lost) return false;
  // What was asked for is created also where nobody waits for it any more; a turn that goes on gets nothing.
  return ours || (!done_at && cut_short == CutShort::no);
}

std::optional<Stage> due_stage(const Response& r, const Settings& settings,
                               std::optional<TimePoint> silent_since, TimePoint now) {
  if (!r.judged_kind || r.fired || r.done_at || r.cut_short != CutShort::no) return std::nullopt;
  const TimePoint start_by = r.due_at + settings.response_start_timeout;
  if (!r.created_at) return now >= start_by ? std::optional(Stage::created) : std::nullopt;
  if (!r.first_audio_at) {
    if (r.text || (r.tool && !r.message)) return std::nullopt;
    if (r.transcript_at && now >= *r.transcript_at + settings.transcript_to_audio) return Stage::transcript;
    return now >= start_by ? std::optional(Stage::start) : std::nullopt;
  }
  // Audio that has never risen above the noise floor counts as none.
  if (!r.audible && now >= start_by) return Stage::start;
  const bool still = r.last_event_at && now - *r.last_event_at >= settings.delta_stall;
  return still && silent_since ? std::optional(Stage::stall) : std::nullopt;
}

namespace {

/// It ended without audio: why.
Reason reason_of_silence(const Response& r) {
  if (r.error_code == "insufficient_quota") return Reason::quota;
  if (r.error_code.find("rate_limit_exceeded") != std::string::npos) return Reason::rate_limit;
  switch (r.status) {
    case ResponseStatus::failed:
      return Reason::failed;
    case ResponseStatus::incomplete:
      return Reason::incomplete;
    case ResponseStatus::completed:
      return r.text ? Reason::text_only : Reason::completed_empty;
    case ResponseStatus::cancelled:
    case ResponseStatus::unknown:
      break;
  }
  return Reason::no_audio;
}

std::optional<Judgement> silence(const Response& r) {
  if (r.fired == Stage::stall) return Judgement{ResponseVerdict::silent, Reason::stalled};
  const bool over = r.fired || r.done_at;
  if (!over || (r.cut_short != CutShort::no && r.cut_short != CutShort::watchdog)) return std::nullopt;
  if (r.first_audio_at) {
    if (r.audible) return std::nullopt;
    return Judgement{ResponseVerdict::silent, Reason::silent_audio};
  }
  if (r.undecodable > 0) return Judgement{ResponseVerdict::stuck, Reason::undecodable};
  if (r.done_at && r.cut_short == CutShort::no)
    return Judgement{ResponseVerdict::silent, reason_of_silence(r)};
  return Judgement{ResponseVerdict::silent,
                   r.fired == Stage::created ? Reason::not_created : Reason::no_audio};
}

}  // namespace

std::optional<Judgement> judge(const Response& r, const Spoken& spoken) {
  if (auto silent = silence(r)) return silent;
  if (spoken.blocked) return Judgement{ResponseVerdict::stuck, Reason::transport_blocked};
  if (spoken.unconfirmed) return Judgement{ResponseVerdict::unconfirmed, *spoken.unconfirmed};
  const bool heard = spoken.confirmed && r.audible;
  const bool by_caller = r.cut_short == CutShort::barge_in || r.cut_short == CutShort::keys;
  const bool cut = spoken.interrupted || by_caller || r.cut_short == CutShort::server;
  if (cut) {
    if (heard) return Judgement{ResponseVerdict::heard, Reason::none};
    return Judgement{ResponseVerdict::excused,
                     r.cut_short == CutShort::server ? Reason::server_cancelled : Reason::barge_in};
  }
  const bool ended = r.done_at || r.cut_short != CutShort::no;
  if (ended && heard && spoken.last_mark_back) return Judgement{ResponseVerdict::heard, Reason::none};
  return std::nullopt;
}

Judgement judge_at_end(const Response& r, const Spoken& spoken) {
  if (auto judged = judge(r, spoken)) return *judged;
  if (spoken.confirmed && r.audible) return {ResponseVerdict::heard, Reason::none};
  return {ResponseVerdict::excused, Reason::call_ended};
}

}  // namespace bridge::call
