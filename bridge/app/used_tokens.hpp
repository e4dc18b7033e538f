#pragma once
#include "runtime/core/time.hpp"

#include <cstddef>
#include <deque>
#include <set>
#include <string>
#include <string_view>

namespace bridge::app {

/// Tokens that have opened a stream here, until they are too old to open another anyway. Only tokens that
/// were signed by us come here, so there are as many as streams within `valid_for`; beyond `capacity` the
/// oldest is forgotten. Sans-IO.
class UsedTokens {
 public:
  explicit UsedTokens(runtime::Duration valid_for, std::size_t capacity = 100'000)
      : valid_for_(valid_for), capacity_(capacity) {}

  /// Of the tokens that are still to come.
  void remember_for(runtime::Duration valid_for) { valid_for_ = valid_for; }

  /// False: it has been used before.
  bool first_use(std::string_view token, runtime::TimePoint now) {
    while (!order_.empty() && (order_.front().until < now || order_.size() >= capacity_)) {
      known_.erase(known_.find(order_.front().token));
      order_.pop_front();
    }
    if (known_.contains(token)) return false;
    known_.emplace(token);
    order_.push_back({std::string(token), now + valid_for_});
    return true;
  }

 private:
  struct Use {
    std::string token;
    runtime::TimePoint until;
  };
  runtime::Duration valid_for_;
  const std::size_t capacity_;
  std::set<std::string, std::less<>> known_;
  std::deque<Use> order_;  // oldest first
};

}  // namespace bridge::app
