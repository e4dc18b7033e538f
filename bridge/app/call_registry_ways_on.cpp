// What a call does when its stream is over.
#include "bridge/app/call_registry.hpp"

#include <algorithm>
#include <memory>
#include <utility>

namespace bridge::app {

using runtime::TimePoint;

std::shared_ptr<const Verbs> CallRegistry::verbs_of(std::string_view call_sid) const {
  const std::lock_guard lock(mutex_);
  const auto found = calls_.find(call_sid);
  return found == calls_.end() ? nullptr : found->second.verbs;
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

void CallRegistry::transfer_rings(std::string_view call_sid, TimePoint until) {
  const std::lock_guard lock(mutex_);
  const auto found = calls_.find(call_sid);
  if (found != calls_.end() && !is_final(found->second.status)) found->second.rings_until = until;
}

void CallRegistry::transfer_over(std::string_view call_sid) {
  const std::lock_guard lock(mutex_);
  const auto found = calls_.find(call_sid);
  if (found != calls_.end()) found->second.rings_until.reset();
}

bool CallRegistry::awaiting_transfer(TimePoint now) const {
  const std::lock_guard lock(mutex_);
  return std::ranges::any_of(
      calls_, [&](const auto& entry) { return entry.second.rings_until && *entry.second.rings_until > now; });
}

}  // namespace bridge::app
