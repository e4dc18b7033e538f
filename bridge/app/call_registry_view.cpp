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

CallRegistry::Page CallRegistry::open() const {
  const std::lock_guard lock(mutex_);
  Page page;
  page.before = next_place_;
  page.calls.reserve(open_.size());
  for (auto entry = open_.rbegin(); entry != open_.rend(); ++entry)
    page.calls.push_back(summary_of(entry->second->first, entry->second->second));
  return page;
}

CallRegistry::Page CallRegistry::ended(std::uint64_t before, std::size_t most) const {
  const std::lock_guard lock(mutex_);
  Page page;
  auto entry = over_.lower_bound(before);
  while (entry != over_.begin() && page.calls.size() < most) {
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
