#pragma once
#include <algorithm>
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
  /// `id` comes back in the call's own requests, if it ever makes any. Beyond kMost the oldest is forgotten.
  void add(std::string id) {
    if (ids_.size() == kMost) ids_.pop_front();
    ids_.push_back(std::move(id));
  }
  bool knows(std::string_view id) const { return std::ranges::find(ids_, id) != ids_.end(); }
  /// The call of `id` exists, or is known not to. False: that was known.
  bool take(std::string_view id) {
    const auto found = std::ranges::find(ids_, id);
    if (found == ids_.end()) return false;
    ids_.erase(found);
    return true;
  }

 private:
  static constexpr std::size_t kMost = 1000;
  std::deque<std::string> ids_;
};

}  // namespace bridge::app
