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

bool is_final(std::string_view status) {
  return status == "completed" || status == "busy" || status == "no-answer" || status == "failed" ||
         status == "canceled";
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

CallRegistry::CallRegistry(metrics::Sheet& sheet, std::size_t capacity)
    : sheet_(sheet), capacity_(capacity) {}

CallRegistry::Record& CallRegistry::record(std::string_view call_sid, Direction direction, TimePoint now) {
  if (const auto found = calls_.find(call_sid); found != calls_.end()) return found->second;
  make_room();
  Record& added = calls_[std::string(call_sid)];
  added.direction = direction;
  added.first_seen = now;
  added.place = open_.insert(open_.end(), std::string(call_sid));
  sheet_.counter("voicebridge_calls_started_total", {to_string(direction)}).add();
  return added;
}

void CallRegistry::make_room() {
  if (calls_.size() < capacity_) return;
  if (!over_.empty()) {
    calls_.erase(over_.front());
    over_.pop_front();
    return;
  }
  const auto idle =
      std::ranges::find_if(open_, [&](const auto& sid) { return !calls_.find(sid)->second.streaming; });
  if (idle == open_.end()) return;  // as many as the limit of calls allows, and all of them alive
  sheet_.counter("voicebridge_calls_forgotten_total").add();
  calls_.erase(calls_.find(*idle));
  open_.erase(idle);
}

void CallRegistry::end(Record& record, std::string_view outcome) {
  if (record.over) return;
  record.over = true;
  over_.splice(over_.end(), open_, record.place);
  sheet_.counter("voicebridge_calls_ended_total", {to_string(record.direction), outcome}).add();
}

void CallRegistry::judge(Record& record, CallVerdict verdict, Reason reason) {
  if (record.verdict) return;
  record.verdict = verdict;
  record.reason = reason;
  end(record, outcome_of(verdict));
  sheet_.counter("voicebridge_call_verdicts_total", {to_string(verdict), to_string(reason)}).add();
}

void CallRegistry::twiml_served(std::string_view call_sid, Direction direction, TimePoint now) {
  const std::lock_guard lock(mutex_);
  Record& call = record(call_sid, direction, now);
  if (call.served_at && !call.stream_seen) judge(call, CallVerdict::stream_never_started, Reason::none);
  call.served_at = now;
}

void CallRegistry::outbound_created(std::string_view call_sid, TimePoint now) {
  const std::lock_guard lock(mutex_);
  record(call_sid, Direction::outbound, now);
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

bool CallRegistry::stream_started(std::uint64_t upgrade, std::string_view call_sid, Direction direction,
                                  TimePoint now) {
  const std::lock_guard lock(mutex_);
  Record& call = record(call_sid, direction, now);
  if (call.streaming) return false;
  std::erase_if(unclaimed_, [&](const Upgrade& seen) { return seen.id == upgrade; });
  call.streaming = true;
  call.stream_seen = true;
  return true;
}

void CallRegistry::stream_over(const call::Outcome& outcome, TimePoint now) {
  const std::lock_guard lock(mutex_);
  if (!outcome.call) return;
  const auto found = calls_.find(outcome.call->value());
  if (found == calls_.end()) return;
  Record& call = found->second;
  call.streaming = false;
  if (outcome.ended_by != "caller" && !outcome.taken_by_twilio) call.return_expected = now;
  if (outcome.verdict) {
    judge(call, *outcome.verdict, outcome.reason);
  } else {
    end(call, "failed");
  }
}

CallRegistry::WayOn CallRegistry::returned(const Return& back, TimePoint now) {
  const std::lock_guard lock(mutex_);
  Record& call = record(back.call_sid, back.direction, now);
  call.return_expected.reset();
  const auto served_at = now - back.since_served;
  const bool upgraded = call.stream_seen || std::ranges::any_of(unclaimed_, [&](const Upgrade& seen) {
                          return seen.at >= served_at;
                        });
  const bool refused =
      !call.stream_seen && (back.refused_by_name || (back.since_served < kRefusedWithin && !upgraded));
  if (refused && back.can_heal && back.attempt == 1 && !call.second_attempt && !call.over) {
    call.second_attempt = true;
    call.served_at = now;
    sheet_.counter("voicebridge_track_refused_total").add();
    return WayOn::second_attempt;
  }
  if (!call.stream_seen) judge(call, CallVerdict::stream_never_started, Reason::none);
  return WayOn::after_stream;
}

void CallRegistry::note_way_on(std::string_view call_sid, call::WayOn way) {
  const std::lock_guard lock(mutex_);
  const auto found = calls_.find(call_sid);
  if (found != calls_.end()) found->second.way_on = std::move(way);
}

call::WayOn CallRegistry::take_way_on(std::string_view call_sid) {
  const std::lock_guard lock(mutex_);
  const auto found = calls_.find(call_sid);
  return found == calls_.end() ? call::WayOn{} : std::exchange(found->second.way_on, {});
}

bool CallRegistry::status(std::string_view call_sid, Direction direction, std::string_view status,
                          TimePoint now) {
  const std::lock_guard lock(mutex_);
  // A final status of a call that this process never met says nothing about it, unless nobody answered.
  const bool answered = status == "completed" || direction == Direction::inbound;
  if (is_final(status) && answered && calls_.find(call_sid) == calls_.end()) return true;
  Record& call = record(call_sid, direction, now);
  if (!is_final(status)) return false;
  call.return_expected.reset();
  if (call.stream_seen) return true;  // the stream's own end judges it
  if (direction == Direction::outbound && status != "completed") {
    judge(call, CallVerdict::not_answered, reason_of(status));
  } else if (call.served_at) {
    judge(call, CallVerdict::stream_never_started, Reason::none);
  } else {
    end(call, "completed");
  }
  return true;
}

bool CallRegistry::awaiting_stream(TimePoint since) const {
  const std::lock_guard lock(mutex_);
  return std::ranges::any_of(open_, [&](const auto& sid) {
    const Record& call = calls_.find(sid)->second;
    return !call.stream_seen && call.served_at && *call.served_at > since;
  });
}

bool CallRegistry::awaiting_return(TimePoint since) const {
  const std::lock_guard lock(mutex_);
  return std::ranges::any_of(calls_, [&](const auto& entry) {
    return entry.second.return_expected && *entry.second.return_expected > since;
  });
}

std::vector<CallRegistry::Line> CallRegistry::list(std::size_t ended) const {
  const std::lock_guard lock(mutex_);
  std::vector<Line> lines;
  const auto add = [&](const std::string& sid) {
    const Record& call = calls_.find(sid)->second;
    Line line{sid, call.direction, "calling", "", "", call.first_seen};
    if (call.served_at) line.state = "answered";
    if (call.streaming) line.state = "streaming";
    if (call.over && !call.streaming) line.state = "ended";
    if (call.verdict) {
      line.verdict = to_string(*call.verdict);
      line.reason = to_string(call.reason);
    }
    lines.push_back(std::move(line));
  };
  std::for_each(open_.rbegin(), open_.rend(), add);
  std::size_t left = ended;
  for (auto sid = over_.rbegin(); sid != over_.rend() && left > 0; ++sid, --left) add(*sid);
  return lines;
}

}  // namespace bridge::app
