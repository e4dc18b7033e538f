#pragma once
#include "runtime/core/time.hpp"

#include <algorithm>
#include <iterator>
#include <vector>

namespace scenarios::engine {

/// When a process of the bridge was held up: what came to it meanwhile it saw when it was let go.
class Holds {
 public:
  /// In the order of their beginnings.
  void add(runtime::TimePoint from, runtime::TimePoint until) {
    if (held_.empty() || held_.back().until < from) {
      held_.push_back({from, until});
    } else {
      held_.back().until = std::max(held_.back().until, until);
    }
  }
  /// One that is killed is held no longer.
  void end(runtime::TimePoint at) {
    if (!held_.empty()) held_.back().until = std::min(held_.back().until, at);
  }
  bool any() const { return !held_.empty(); }
  /// When it sees what comes at `at`.
  runtime::TimePoint seen(runtime::TimePoint at) const {
    const auto after = std::ranges::upper_bound(held_, at, {}, &Hold::from);
    return after == held_.begin() ? at : std::max(at, std::prev(after)->until);
  }
  /// When it finds that `span` is over since it saw what came at `at`.
  runtime::TimePoint after(runtime::TimePoint at, runtime::Duration span) const {
    return seen(seen(at) + span);
  }

 private:
  struct Hold {
    runtime::TimePoint from, until;
  };
  std::vector<Hold> held_;
};

}  // namespace scenarios::engine
