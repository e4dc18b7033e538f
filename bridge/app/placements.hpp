#pragma once
#include "runtime/core/time.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <deque>
#include <string>
#include <string_view>
#include <utility>

namespace bridge::app {

/// Calls that Twilio was asked to place and that nobody has heard of yet: the answer is on its way, or was
/// lost, and the call may exist all the same.
class Placements {
 public:
  static constexpr std::size_t kMost = 1000;
  /// Longer than one waits in Twilio's queue and rings.
  static constexpr runtime::Duration kKept = std::chrono::hours(1);

  /// `id` comes back in the call's own requests, if it ever makes any. False: the oldest of kMost was
  /// forgotten for it.
  bool add(std::string id, runtime::TimePoint now) {
    while (!ids_.empty() && ids_.front().added + kKept < now) ids_.pop_front();
    const bool full = ids_.size() == kMost;
    if (full) ids_.pop_front();
    ids_.push_back({std::move(id), now});
    return !full;
  }
  bool knows(std::string_view id) const { return std::ranges::find(ids_, id, &Placement::id) != ids_.end(); }
  /// The call of `id` exists, or is known not to. False: that was known.
  bool take(std::string_view id) {
    const auto found = std::ranges::find(ids_, id, &Placement::id);
    if (found == ids_.end()) return false;
    ids_.erase(found);
    return true;
  }

 private:
  struct Placement {
    std::string id;
    runtime::TimePoint added;
  };
  std::deque<Placement> ids_;  // oldest first
};

}  // namespace bridge::app
