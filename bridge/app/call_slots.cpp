#include "bridge/app/call_slots.hpp"

#include <iterator>

namespace bridge::app {

CallSlots::CallSlots(metrics::Sheet& sheet, Limits limits) : sheet_(sheet), limits_(limits) {}

void CallSlots::limit(Limits limits) {
  const std::lock_guard lock(mutex_);
  limits_ = limits;
}

CallSlots::Answer CallSlots::take(std::string_view call_sid, std::string_view source,
                                  runtime::TimePoint now) {
  const std::lock_guard lock(mutex_);
  const auto until = now + limits_.held_for;
  if (const auto known = slots_.find(call_sid); known != slots_.end()) {
    if (known->second.until) known->second.until = until;
    return Answer::taken;
  }
  const auto taken_by_source = [&] {
    const auto found = by_source_.find(source);
    return found == by_source_.end() ? 0 : found->second;
  };
  const bool tight =
      slots_.size() >= limits_.calls || (limits_.per_source > 0 && taken_by_source() >= limits_.per_source);
  if (tight) expire(now);
  if (limits_.per_source > 0 && taken_by_source() >= limits_.per_source) {
    sheet_.counter("voicebridge_calls_refused_total", {"source"}).add();
    return Answer::source_has_its_share;
  }
  if (slots_.size() >= limits_.calls) {
    sheet_.counter("voicebridge_calls_refused_total", {"limit"}).add();
    return Answer::all_taken;
  }
  slots_.emplace(call_sid, Slot{std::string(source), until});
  ++by_source_[std::string(source)];
  return Answer::taken;
}

void CallSlots::stream_began(std::string_view call_sid) {
  const std::lock_guard lock(mutex_);
  const auto known = slots_.find(call_sid);
  if (known != slots_.end()) {
    known->second.until.reset();
    return;
  }
  slots_.emplace(call_sid, Slot{"", std::nullopt});
  ++by_source_[""];
}

void CallSlots::give_back(std::string_view call_sid) {
  const std::lock_guard lock(mutex_);
  if (const auto known = slots_.find(call_sid); known != slots_.end()) forget(known);
}

bool CallSlots::full(runtime::TimePoint now) {
  const std::lock_guard lock(mutex_);
  if (slots_.size() >= limits_.calls) expire(now);
  return slots_.size() >= limits_.calls;
}

void CallSlots::forget(Slots::iterator slot) {
  const auto source = by_source_.find(slot->second.source);
  if (--source->second == 0) by_source_.erase(source);
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
