// What others are told of the calls.
#include "bridge/app/call_registry.hpp"

#include <algorithm>
#include <utility>

namespace bridge::app {

using runtime::TimePoint;

bool CallRegistry::awaiting_stream(TimePoint since) const {
  const std::lock_guard lock(mutex_);
  return std::ranges::any_of(open_, [&](const auto& entry) {
    const Record& call = entry.second->second;
    return !call.stream_seen && !call.elsewhere && call.served_at && *call.served_at > since;
  });
}

bool CallRegistry::awaiting_answer(TimePoint since) const {
  const std::lock_guard lock(mutex_);
  return std::ranges::any_of(open_, [&](const auto& entry) {
    const Record& call = entry.second->second;
    const bool ours = call.direction == Direction::outbound && call.counted;
    if (!ours || call.served_at || call.stream_seen || call.elsewhere) return false;
    return progress(call.status) < progress("in-progress") || call.heard_at > since;
  });
}

bool CallRegistry::awaiting_return(TimePoint since) const {
  const std::lock_guard lock(mutex_);
  return std::ranges::any_of(calls_, [&](const auto& entry) {
    return entry.second.return_expected && *entry.second.return_expected > since;
  });
}

std::optional<CallRecord> CallRegistry::find(std::string_view call_sid) const {
  const std::lock_guard lock(mutex_);
  const auto found = calls_.find(call_sid);
  if (found == calls_.end()) return std::nullopt;
  CallRecord call = found->second;
  if (call.live) call.tally = call.live->carried();
  return call;
}

CallRegistry::Page CallRegistry::open(std::uint64_t before, std::size_t most) const {
  return page_of(open_, before, most);
}

CallRegistry::Page CallRegistry::ended(std::uint64_t before, std::size_t most) const {
  return page_of(over_, before, most);
}

CallRegistry::Page CallRegistry::page_of(const Order& order, std::uint64_t before, std::size_t most) const {
  const std::lock_guard lock(mutex_);
  Page page;
  auto entry = order.lower_bound(before);
  while (entry != order.begin() && page.calls.size() < most) {
    --entry;
    page.before = entry->first;
    page.calls.push_back(summary_of(entry->second->first, entry->second->second));
  }
  return page;
}

std::vector<CallRegistry::Judged> CallRegistry::take_judged() {
  const std::lock_guard lock(mutex_);
  return std::exchange(judged_, {});
}

}  // namespace bridge::app
