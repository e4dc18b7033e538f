#include "bridge/app/call_registry.hpp"

#include <algorithm>
#include <utility>

namespace bridge::app {
namespace {

using call::CallVerdict;
using call::Reason;
using runtime::TimePoint;

/// A return this soon, without an upgrade request, is taken for a refused track (design: "Track rules").
constexpr runtime::Duration kRefusedWithin = 2s;
/// Longer than any return that an unclaimed upgrade could speak against.
constexpr runtime::Duration kUnclaimedFor = 10s;
constexpr std::size_t kUnclaimedMost = 4096;

/// Twilio's codes of a stream whose socket never opened (docs/failures.md); others end one that ran.
bool never_opened(int code) {
  return code == 31900 || (code >= 31901 && code <= 31902) || code == 31904 || code == 31910 ||
         code == 31920 || code == 31922 || code == 31923 || (code >= 31940 && code <= 31942);
}

Reason reason_of(std::string_view status) {
  if (status == "busy") return Reason::busy;
  if (status == "no-answer") return Reason::no_answer;
  if (status == "canceled") return Reason::canceled;
  return Reason::call_failed;
}

std::string_view outcome_of(CallVerdict verdict) {
  switch (verdict) {
    case CallVerdict::bridge_fault:
    case CallVerdict::openai_unreachable:
    case CallVerdict::openai_misconfigured:
      return "failed";
    case CallVerdict::not_answered:
      return "not_answered";
    case CallVerdict::stream_never_started:
      return "never_started";
    default:
      return "completed";
  }
}

}  // namespace

CallRegistry::CallRegistry(metrics::Sheet& sheet, Options options)
    : sheet_(sheet),
      options_(options),
      token_valid_for_(options.token_valid_for),
      tokens_(options.token_valid_for) {}

void CallRegistry::remember_tokens_for(runtime::Duration valid_for) {
  const std::lock_guard lock(mutex_);
  token_valid_for_ = std::max(token_valid_for_, valid_for);
  tokens_.remember_for(valid_for);
}

CallRegistry::Record& CallRegistry::record(std::string_view call_sid, Direction direction, TimePoint now) {
  if (const auto found = calls_.find(call_sid); found != calls_.end()) {
    if (std::exchange(found->second.unheard, false)) reopen(found->second);
    return found->second;
  }
  make_room();
  const auto entry = calls_.try_emplace(std::string(call_sid)).first;
  Record& added = entry->second;
  added.direction = direction;
  added.first_seen = added.heard_at = now;
  added.place = next_place_++;
  open_.emplace(added.place, entry);
  return added;
}

CallRegistry::Record& CallRegistry::started(const Named& named, TimePoint now) {
  const bool known = calls_.contains(named.sid);
  Record& call = record(named.sid, named.direction, now);
  if (!known && (!named.counted || placements_.take(named.placement))) {
    call.counted = true;
    sheet_.counter("voicebridge_calls_started_total", {to_string(named.direction)}).add();
  }
  return call;
}

void CallRegistry::make_room() {
  if (calls_.size() < options_.capacity) return;
  const auto over = over_.begin();
  if (over != over_.end()) {
    calls_.erase(over->second);
    over_.erase(over);
    return;
  }
  const auto idle =
      std::ranges::find_if(open_, [](const auto& entry) { return !entry.second->second.streaming; });
  if (idle == open_.end()) return;  // as many as the limit of calls allows, and all of them alive
  sheet_.counter("voicebridge_calls_forgotten_total").add();
  calls_.erase(idle->second);
  open_.erase(idle);
}

void CallRegistry::close(Record& call) {
  if (call.over) return;
  call.over = true;
  auto entry = open_.extract(call.place);
  entry.key() = call.place = next_place_++;
  over_.insert(std::move(entry));
}

void CallRegistry::reopen(Record& call) {
  if (!call.over || call.verdict) return;
  call.over = false;
  open_.insert(over_.extract(call.place));
}

void CallRegistry::end(Record& call, std::string_view outcome) {
  if (call.over) return;
  close(call);
  sheet_.counter("voicebridge_calls_ended_total", {to_string(call.direction), outcome}).add();
}

void CallRegistry::judge(Record& call, CallVerdict verdict, Reason reason, TimePoint now) {
  if (call.verdict) return;
  call.verdict = verdict;
  call.reason = reason;
  call.note(now, "verdict", to_string(verdict));
  end(call, outcome_of(verdict));
  sheet_.counter("voicebridge_call_verdicts_total", {to_string(verdict), to_string(reason)}).add();
}

void CallRegistry::judge_here(Record& call, CallVerdict verdict, Reason reason, TimePoint now) {
  if (call.verdict) return;
  judge(call, verdict, reason, now);
  judged_.push_back({over_.at(call.place)->first, verdict, reason, now - call.first_seen});
}

/// There is no sign of a stream. Where another replica may have had it, that is no evidence, and no verdict.
void CallRegistry::never_started(Record& call, TimePoint now) {
  if (call.turned_away) return;
  if (options_.alone) {
    judge_here(call, CallVerdict::stream_never_started, Reason::none, now);
  } else {
    close(call);
  }
}

void CallRegistry::twiml_served(const Named& named, TimePoint now) {
  const std::lock_guard lock(mutex_);
  Record& call = started(named, now);
  call.served_at = now;
  call.runs_elsewhere = false;
  call.note(now, "twiml_served");
}

void CallRegistry::left_to_machine(const Named& named, std::string_view who, TimePoint now) {
  const std::lock_guard lock(mutex_);
  Record& call = started(named, now);
  call.answered_by = who;
  call.note(now, "answered_by", who);
  judge_here(call, CallVerdict::not_answered, Reason::machine, now);
}

void CallRegistry::turned_away(std::string_view call_sid, TimePoint now) {
  const std::lock_guard lock(mutex_);
  const auto found = calls_.find(call_sid);
  if (found == calls_.end()) return;
  found->second.turned_away = true;
  found->second.note(now, "turned_away");
  end(found->second, "failed");
}

void CallRegistry::placing(std::string placement, TimePoint now) {
  const std::lock_guard lock(mutex_);
  if (!placements_.add(std::move(placement), now)) sheet_.counter("voicebridge_calls_forgotten_total").add();
}

void CallRegistry::not_placed(std::string_view placement) {
  const std::lock_guard lock(mutex_);
  placements_.take(placement);
}

void CallRegistry::outbound_created(std::string_view call_sid, std::string_view placement, TimePoint now) {
  const std::lock_guard lock(mutex_);
  placements_.take(placement);
  Record& call = record(call_sid, Direction::outbound, now);
  call.note(now, "created");
  if (std::exchange(call.counted, true)) return;
  sheet_.counter("voicebridge_calls_started_total", {to_string(Direction::outbound)}).add();
}

std::uint64_t CallRegistry::upgrade_seen(TimePoint now) {
  const std::lock_guard lock(mutex_);
  while (!unclaimed_.empty() &&
         (unclaimed_.front().at + kUnclaimedFor < now || unclaimed_.size() >= kUnclaimedMost)) {
    unclaimed_.pop_front();
  }
  unclaimed_.push_back({next_upgrade_, now});
  return next_upgrade_++;
}

bool CallRegistry::upgrade_since(TimePoint served) const {
  return std::ranges::any_of(unclaimed_, [&](const Upgrade& seen) { return seen.at >= served; });
}

CallRegistry::Entry CallRegistry::stream_started(const Start& start, TimePoint now) {
  const std::lock_guard lock(mutex_);
  // The token says that a webhook of ours was answered, and the call counted there.
  Record& call = record(start.call_sid, start.direction, now);
  if (call.streaming) return Entry::occupied;
  if (!may_begin(call, start)) {
    call.note(now, "stream_elsewhere");
    return Entry::elsewhere;
  }
  if (!tokens_.first_use(start.token, now)) {
    call.note(now, "token_replayed");
    return Entry::replayed;
  }
  std::erase_if(unclaimed_, [&](const Upgrade& seen) { return seen.id == start.upgrade; });
  call.streaming = true;
  call.stream_seen = true;
  call.live = start.live;
  call.verbs = start.verbs;
  if (call.live && call.end_asked) call.live->ask_to_end();
  call.note(now, "stream_started");
  sheet_.counter("voicebridge_streams_started_total").add();
  return Entry::admitted;
}

void CallRegistry::stream_over(const call::Outcome& outcome, TimePoint now) {
  const std::lock_guard lock(mutex_);
  if (!outcome.call) return;
  const auto found = calls_.find(outcome.call->value());
  if (found == calls_.end()) return;
  Record& call = found->second;
  call.streaming = false;
  if (call.live) call.tally = std::exchange(call.live, nullptr)->carried();
  call.note(now, "stream_over", outcome.ended_by);
  if (outcome.ended_by != "caller" && !outcome.taken_by_twilio) call.return_expected = now;
  if (outcome.verdict) {
    judge(call, *outcome.verdict, outcome.reason, now);
  } else {
    end(call, "failed");
  }
}

CallRegistry::WayOn CallRegistry::returned(const Return& back, TimePoint now) {
  const std::lock_guard lock(mutex_);
  Record& call = record(back.call_sid, back.direction, now);
  call.return_expected.reset();
  call.runs_elsewhere = false;
  call.note(now, "returned");
  const bool by_name = back.refused_by_name || call.track_refused;
  const bool by_time =
      options_.alone && back.since_served < kRefusedWithin && !upgrade_since(now - back.since_served);
  const bool refused = !call.stream_seen && (by_name || by_time);
  if (refused && back.can_heal && back.attempt == 1 && !call.second_attempt && !call.over &&
      !call.end_asked) {
    call.second_attempt = true;
    call.served_at = now;
    call.note(now, "track_refused", by_name ? "31941" : "no stream was asked for");
    sheet_.counter("voicebridge_track_refused_total").add();
    return WayOn::second_attempt;
  }
  if (!call.stream_seen) {
    // A call that was answered by a process which is no more, or forgotten since, may have had its stream.
    if (call.served_at) {
      never_started(call, now);
    } else {
      close(call);
    }
  }
  return call.end_asked ? WayOn::hang_up : WayOn::after_stream;
}

void CallRegistry::stream_reported(const StreamReport& report, TimePoint now) {
  const std::lock_guard lock(mutex_);
  const bool failed = report.event == "stream-error" && never_opened(report.code);
  const bool started = report.event == "stream-started";
  const bool known = calls_.contains(report.call_sid);
  // Of a call that is not known here, a failure says something that nobody else will say, and a start that a
  // stream which is still to come here is none of Twilio's.
  if (!known && (options_.alone || !(failed || started))) return;
  Record& call = record(report.call_sid, report.direction, now);
  if (started) call.note(now, "twilio_stream_started");
  if (started) return opened(call, report, known);
  call.runs_elsewhere = false;
  if (report.event == "stream-stopped") call.note(now, "twilio_stream_stopped");
  if (report.event == "stream-error") call.note(now, "twilio_stream_error", std::to_string(report.code));
  if (!failed || call.stream_seen) return;
  if (report.code == kTrackRefused && report.can_heal && report.attempt == 1) {
    call.track_refused = true;
  } else {
    judge_here(call, CallVerdict::stream_never_started, Reason::none, now);
  }
}

void CallRegistry::track_refused(std::string_view call_sid, TimePoint now) {
  const std::lock_guard lock(mutex_);
  const auto found = calls_.find(call_sid);
  if (found == calls_.end()) return;
  found->second.note(now, "debugger", "31941");
  if (!found->second.second_attempt) found->second.track_refused = true;
}

bool CallRegistry::status(const Named& named, std::string_view status, TimePoint now,
                          std::optional<int> sequence) {
  const std::lock_guard lock(mutex_);
  // A final status of a call that this process never met says nothing about it, unless nobody answered or it
  // was placed here.
  const bool answered = status == "completed" || named.direction == Direction::inbound;
  const bool ours = named.counted && placements_.knows(named.placement);
  if (is_final(status) && answered && !ours && !calls_.contains(named.sid)) return true;
  Record& call = started(named, now);
  const bool numbered = sequence && call.sequence;
  // A final one is behind nothing, whoever numbered it: Twilio's sources each begin at 0.
  const bool behind = !is_final(status) &&
                      (numbered ? *sequence <= *call.sequence : progress(status) < progress(call.status));
  if (!call.status.empty() && (is_final(call.status) || behind)) {
    call.note(now, "status_late", status);
    return is_final(status);
  }
  call.status = status;
  call.sequence = sequence;
  call.note(now, "status", status);
  if (!is_final(status)) return false;
  call.return_expected.reset();
  call.rings_until.reset();
  call.runs_elsewhere = false;
  if (call.stream_seen) return true;  // the stream's own end judges it
  if (call.elsewhere) {               // likewise, at the replica that had it
    close(call);
    return true;
  }
  if (named.direction == Direction::outbound && status != "completed") {
    judge_here(call, CallVerdict::not_answered, reason_of(status), now);
  } else if (call.served_at || named.direction == Direction::outbound) {
    never_started(call, now);
  } else {
    end(call, "completed");
  }
  return true;
}

void CallRegistry::answered_by(const Named& named, std::string_view who, TimePoint now) {
  const std::lock_guard lock(mutex_);
  Record& call = started(named, now);
  call.answered_by = who;
  call.note(now, "answered_by", who);
}

bool CallRegistry::ask_to_end(std::string_view call_sid, TimePoint now) {
  const std::lock_guard lock(mutex_);
  const auto found = calls_.find(call_sid);
  if (found == calls_.end()) return false;
  Record& call = found->second;
  if (!std::exchange(call.end_asked, true)) call.note(now, "end_asked");
  if (call.live) call.live->ask_to_end();
  return true;
}

}  // namespace bridge::app
