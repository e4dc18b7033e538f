#include "scenarios/engine/truth_judge.hpp"

#include <algorithm>
#include <chrono>

namespace scenarios::engine {
using namespace std::chrono_literals;
using runtime::Duration;
using runtime::TimePoint;
using simulators::openai::CancelledBy;
using simulators::openai::ResponseFacts;
using simulators::openai::SessionFacts;
using simulators::openai::Trigger;
using simulators::twilio::StreamFacts;

TimePoint told_over(const ResponseFacts& r, const SessionFacts& session) {
  const TimePoint lost = session.ended_at.value_or(TimePoint::max());
  return r.done_lost ? lost : std::min(r.done_at.value_or(lost), lost);
}

TimePoint learned_by_the_end(const StreamFacts& stream, TimePoint end) {
  if (end > TimePoint::max() - 1h) return end;
  const TimePoint cut = std::max(end, stream.ended_at.value_or(TimePoint::max()));
  // `stop` follows whatever was sent before it.
  TimePoint carried = end + one_way(stream);
  for (const auto& mark : stream.marks) {
    if (mark.carried_at && mark.echoed_at <= end) carried = std::max(carried, *mark.carried_at);
  }
  return std::min(at_bridge(stream, carried).value_or(cut), cut);
}

namespace {
constexpr std::size_t kFirstMark = 4000;  // 500 ms
constexpr std::size_t kOneFrame = 160;    // a mark's echo may round by so much
constexpr Duration kStall = 3s;           // without an event, and nothing to be heard
constexpr Duration kUnsteady = 50ms;      // of a line: a key may have come sooner by this
constexpr Duration kBeat = 20ms;          // between two looks of the bridge at its deadlines
constexpr Duration kCatchUp = 100ms;      // after a hold it reads what came before it looks

/// When the bridge, which may be held up, finds that nothing of it has come.
TimePoint deadline_of(const ResponseFacts& r, const Circumstances& e) {
  return e.settings.holds.after(r.due_at, e.settings.response_start_timeout);
}

std::string silence_reason(const ResponseFacts& r, bool undecodable) {
  if (undecodable) return "undecodable";
  if (!r.created_at) return "not_created";
  if (r.done_lost) return "";  // how it ended was not told
  if (r.reason.find("insufficient_quota") != std::string::npos) return "quota";
  if (r.reason.find("rate_limit_exceeded") != std::string::npos) return "rate_limit";
  if (r.status == "failed" || r.status == "incomplete") return r.status;
  return "";  // whether the bridge saw no audio or an empty end depends on who was first
}

/// The first key that cuts it short: what the service itself answers has to have begun.
std::optional<TimePoint> key_in(const ResponseFacts& r, const Circumstances& e) {
  const bool by_service = r.trigger == Trigger::caller_turn;
  // The key that it answers may seem to come a little later.
  const TimePoint from = by_service ? r.created_at.value_or(TimePoint::max()) : r.due_at + kUnsteady;
  const auto key = std::ranges::find_if(e.keys, [&](TimePoint at) { return at >= from; });
  return key != e.keys.end() ? std::optional(*key) : std::nullopt;
}

/// When the client took it back, also where there was nothing left to cancel.
std::optional<TimePoint> taken_back(const ResponseFacts& r, const SessionFacts& session) {
  if (r.cancelled_by == CancelledBy::client) return r.cancelled_at;
  const auto asked =
      std::ranges::find_if(session.cancels, [&](const auto& cancel) { return cancel.response == r.id; });
  return asked != session.cancels.end() ? std::optional(asked->at) : std::nullopt;
}

/// The bridge took it back because the caller cut it short: by a key, or by his voice where the service
/// leaves it to the bridge.
bool for_the_caller(const ResponseFacts& r, const Circumstances& e, TimePoint taken_back_at) {
  const auto shortly_before = [&](TimePoint at) {
    return at >= r.due_at && at <= taken_back_at + kUnsteady &&
           taken_back_at - std::max(at, r.created_at.value_or(at)) < 1s;
  };
  if (const auto key = key_in(r, e); key && shortly_before(*key)) return true;
  return std::ranges::any_of(
      e.session.turns, [&](const auto& turn) { return turn.started_at && shortly_before(*turn.started_at); });
}

/// When the bridge gave it up for its silence: at its deadline, or sooner where words came without sound, or
/// sound that nobody can hear stood still.
std::optional<TimePoint> given_up(const ResponseFacts& r, const Circumstances& e) {
  const auto at = taken_back(r, e.session);
  if (!at || for_the_caller(r, e, *at)) return std::nullopt;
  const bool words = std::ranges::any_of(r.items, [](const auto& item) { return !item.transcript.empty(); });
  const bool early = *at < deadline_of(r, e);
  return early && !words && r.chunks.empty() ? std::nullopt : at;
}

/// A response that nobody can have heard for want of audible audio.
void judge_inaudible(ResponseTruth& truth, const Circumstances& e) {
  const auto& r = *truth.response;
  const bool undecodable = r.audio.empty() && std::any_of(r.chunks.begin(), r.chunks.end(),
                                                          [](const auto& chunk) { return !chunk.decodable; });
  const auto given_up_at = given_up(r, e);
  const bool by_watchdog = given_up_at.has_value();
  const TimePoint deadline = deadline_of(r, e);
  const TimePoint lost = e.session.ended_at.value_or(TimePoint::max());
  // With its session the turn goes over to the next, unless silence had begun already.
  const bool told = r.done_at && !r.done_lost;
  const bool goes_over = lost < std::min(deadline, e.learned) && !told && !by_watchdog && r.audio.empty();
  const bool by_deadline = !goes_over && e.learned >= deadline;
  const bool ended = r.done_at && !r.done_lost && r.cancelled_by != CancelledBy::turn_detected &&
                     (r.cancelled_by != CancelledBy::client || by_watchdog);
  const TimePoint cut = std::min(e.cut, key_in(r, e).value_or(e.cut));
  const bool interrupted = cut < e.end && !by_watchdog && cut < deadline;
  if (!(by_deadline || ended || by_watchdog) || (interrupted && !ended)) {
    truth.verdict = "excused";
    return;
  }
  truth.judged_at = std::min(deadline, told_over(r, e.session));
  if (r.cancelled_at) truth.judged_at = std::min(truth.judged_at, *r.cancelled_at);
  if (given_up_at) truth.judged_at = std::min(truth.judged_at, *given_up_at);
  truth.verdict = undecodable ? "stuck" : "silent";
  truth.reason = silence_reason(r, undecodable);
  if (r.audio.empty()) return;
  const TimePoint still = e.settings.holds.after(r.chunks.back().at, kStall);
  const bool stood_still = still < truth.judged_at;
  truth.reason = stood_still ? "stalled" : "silent_audio";
}

/// It fell silent before the client was told of its end, which waited for more in vain: when that was
/// certain.
std::optional<TimePoint> stalled(const ResponseTruth& truth, const Circumstances& e, const Path* path) {
  const auto& r = *truth.response;
  if (r.chunks.empty() || r.done_at.value_or(e.end) < r.chunks.back().at) return std::nullopt;
  const bool unfinished = r.withheld_bytes > 0 || r.done_lost || (!r.done_at && r.status.empty());
  if (r.cancelled_by != CancelledBy::client && !unfinished) return std::nullopt;
  const TimePoint played = path != nullptr ? path->due_until() : r.chunks.back().at;
  const TimePoint certain = std::max(e.settings.holds.after(r.chunks.back().at, kStall), played);
  if (certain > told_over(r, e.session) && !r.cancelled_at) return std::nullopt;
  if (certain > r.cancelled_at.value_or(e.cut < e.end ? e.cut : e.learned) ||
      truth.played + kEvidence / 2 < truth.generated)
    return std::nullopt;
  return certain;
}

/// When what was left of it was dropped, as the bridge decided it; the call's end, if it was not.
TimePoint interrupted_at(const ResponseFacts& r, const Circumstances& e, const Path& path) {
  const TimePoint began = r.first_audio_at.value_or(r.due_at);
  TimePoint at = e.end;
  if (r.cancelled_at) at = std::min(at, *r.cancelled_at);
  for (const auto& clear : e.stream->clears) {
    if (clear.at > began) at = std::min(at, clear.at - path.one_way());
  }
  // The clear may be in a connection that Twilio does not read, or on its way when the call ends.
  for (const TimePoint by : e.interruptions) {
    const bool unseen = path.stalled(by + path.one_way()) || by + path.one_way() + kUnsteady >= e.end;
    if (by > began && by < path.over() && unseen) at = std::min(at, by);
  }
  return at;
}

void judge_path(ResponseTruth& truth, const Circumstances& e, const Path& path) {
  const TimePoint last = e.learned;
  const auto stuck = path.stuck(e.cut);
  const auto unconfirmed = path.unconfirmed(e.cut < e.end ? e.cut : last);
  const TimePoint interrupted = interrupted_at(*truth.response, e, path);
  const auto by_mark = path.confirmed(interrupted < e.end ? interrupted : last);
  const std::size_t evidence = std::min(kEvidence, truth.generated);
  // What Twilio has played last may not have come out of the handset by the end.
  const std::size_t out = by_mark && *by_mark + kHandset > e.end ? 0 : evidence / 2;
  // Of a bridge that sends no marks, the handset is all there is: as much as would have brought a first mark.
  const bool heard = e.stream->marks.empty() ? truth.played >= std::min(kFirstMark, truth.generated)
                                             : by_mark && truth.played >= out;
  const auto missed = path.overdue(std::min(kFirstMark, truth.generated));
  const bool swallowed = e.stream->swallowed && !by_mark && truth.arrived >= evidence && missed &&
                         *missed < (e.cut < e.end ? e.cut : last);
  if (stuck && (!unconfirmed || *stuck <= *unconfirmed)) {
    truth.verdict = "stuck";
    truth.reason = "transport_blocked";
    truth.judged_at = *stuck;
  } else if (unconfirmed || swallowed || truth.discarded > kOneFrame) {
    truth.verdict = "unconfirmed";
    truth.judged_at = unconfirmed.value_or(swallowed ? *missed : e.end);
  } else {
    // One that was not cut short is judged when its last mark is back.
    const auto back = path.last_back();
    const TimePoint over = std::max(back.value_or(e.end), told_over(*truth.response, e.session));
    truth.judged_at = std::min({interrupted, over, e.end});
    truth.verdict = heard && !e.stream->swallowed ? "heard" : "excused";
  }
}

}  // namespace

void judge(ResponseTruth& truth, const Circumstances& e, const Path* path) {
  if (!truth.response->audible) return judge_inaudible(truth, e);
  truth.verdict = "excused";
  if (path != nullptr) judge_path(truth, e, *path);
  const auto silent = stalled(truth, e, path);
  const bool before = truth.verdict == "stuck" || truth.verdict == "unconfirmed";
  if (!silent || (before && truth.judged_at <= *silent)) return;
  truth.verdict = "silent";
  truth.reason = "stalled";
  truth.judged_at = *silent;
}

std::optional<MissedDeadline> missed_deadline(const ResponseFacts& r, const Circumstances& e) {
  const TimePoint deadline = deadline_of(r, e);
  const auto before = [&](std::optional<TimePoint> at) { return at && *at > r.due_at && *at < deadline; };
  if (!r.audible || !r.first_audio_at || *r.first_audio_at < deadline || deadline >= e.learned)
    return std::nullopt;
  if (before(r.cancelled_at) || before(key_in(r, e))) return std::nullopt;
  // Just in time for a bridge that had not looked yet; one that had cancels it.
  const Duration look = e.settings.holds.any() ? kBeat + kCatchUp : kBeat;
  if (*r.first_audio_at < deadline + look && r.cancelled_by != CancelledBy::client) return std::nullopt;
  if (std::ranges::any_of(e.session.turns, [&](const auto& turn) { return before(turn.started_at); }))
    return std::nullopt;
  const bool announced = r.created_at && *r.created_at < deadline;
  return MissedDeadline{announced ? "no_audio" : "not_created", deadline};
}

}  // namespace scenarios::engine
