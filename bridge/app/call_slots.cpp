#include "bridge/app/call_slots.hpp"

#include <iterator>

namespace bridge::app {

CallSlots::CallSlots(metrics::Sheet& sheet, Limits limits) : sheet_(sheet), limits_(limits) {}

void CallSlots::limit(Limits limits) {
  const std::lock_guard lock(mutex_);
  limits_ = limits;
}

CallSlots::Answer CallSlots::take(std::string_view call_sid, std::optional<std::string_view> source,
                                  runtime::TimePoint now) {
  const std::lock_guard lock(mutex_);
  const auto answer = take_locked(call_sid, source, now);
  if (answer == Answer::source_has_its_share)
    sheet_.counter("voicebridge_calls_refused_total", {"source"}).add();
  if (answer == Answer::all_taken) sheet_.counter("voicebridge_calls_refused_total", {"limit"}).add();
  return answer;
}

CallSlots::Answer CallSlots::take_locked(std::string_view call_sid, std::optional<std::string_view> source,
                                         runtime::TimePoint now) {
  const auto until = now + limits_.held_for;
  if (const auto known = slots_.find(call_sid); known != slots_.end()) {
    if (known->second.until) known->second.until = until;
    return Answer::taken;
  }
  const auto has_its_share = [&] {
    if (!source || limits_.per_source == 0) return false;
    const auto found = by_source_.find(*source);
    return found != by_source_.end() && found->second >= limits_.per_source;
  };
  if (slots_.size() >= limits_.calls || has_its_share()) expire(now);
  if (has_its_share()) return Answer::source_has_its_share;
  if (slots_.size() >= limits_.calls) return Answer::all_taken;
  slots_.emplace(call_sid, Slot{std::optional<std::string>(source), until});
  if (source) ++by_source_[std::string(*source)];
  return Answer::taken;
}

bool CallSlots::holds(std::string_view call_sid) {
  const std::lock_guard lock(mutex_);
  return slots_.contains(call_sid);
}

void CallSlots::admit(std::string_view call_sid, runtime::TimePoint now) {
  const std::lock_guard lock(mutex_);
  slots_.try_emplace(std::string(call_sid), Slot{std::nullopt, now + limits_.held_for});
}

void CallSlots::stream_began(std::string_view call_sid) {
  const std::lock_guard lock(mutex_);
  slots_.try_emplace(std::string(call_sid)).first->second.until.reset();
}

void CallSlots::give_back(std::string_view call_sid) {
  const std::lock_guard lock(mutex_);
  if (const auto known = slots_.find(call_sid); known != slots_.end()) forget(known);
}

std::optional<std::string> CallSlots::reserve(runtime::TimePoint now) {
  const std::lock_guard lock(mutex_);
  auto reservation = "reserved-" + std::to_string(++reservations_);  // no CallSid has a dash
  if (take_locked(reservation, std::nullopt, now) != Answer::taken) return std::nullopt;
  return reservation;
}

void CallSlots::redeem(const std::string& reservation, std::string_view call_sid, runtime::TimePoint now) {
  const std::lock_guard lock(mutex_);
  slots_.erase(reservation);
  slots_.try_emplace(std::string(call_sid), Slot{std::nullopt, now + limits_.held_for});
}

void CallSlots::forget(Slots::iterator slot) {
  if (slot->second.source) {
    const auto source = by_source_.find(*slot->second.source);
    if (--source->second == 0) by_source_.erase(source);
  }
  slots_.erase(slot);
}

void CallSlots::expire(runtime::TimePoint now) {
  for (auto slot = slots_.begin(); slot != slots_.end();) {
    const auto next = std::next(slot);
    if (slot->second.until && *slot->second.until <= now) forget(slot);
    slot = next;
  }
}

}  // namespace bridge::app
