#pragma once
#include "runtime/core/time.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>

namespace bridge::call {

/// How many connections to OpenAI may be begun a second, over all calls of a process: one second's worth at
/// once, then one after the other. A call that is not let through asks again on its next tick. Any thread,
/// without a lock: calls ask between two frames.
class DialGate {
 public:
  /// `per_second` 0: no limit.
  explicit DialGate(double per_second) { limit(per_second); }

  /// From now on.
  void limit(double per_second) { apart_ = per_second > 0 ? static_cast<Count>(kSecond / per_second) : 0; }

  bool take(runtime::TimePoint now) {
    const Count apart = apart_;
    if (apart == 0) return true;
    const Count at = std::chrono::nanoseconds(now.time_since_epoch()).count();
    const Count ahead = std::max<Count>(kSecond - apart, 0);  // a second's worth, and never less than one
    auto next = next_.load();
    do {
      if (next - at > ahead) return false;
    } while (!next_.compare_exchange_weak(next, std::max(next, at) + apart));
    return true;
  }

 private:
  using Count = std::chrono::nanoseconds::rep;
  static constexpr Count kSecond = 1'000'000'000;

  std::atomic<Count> apart_{0};  // ns from one dial to the next; 0: no limit
  std::atomic<Count> next_{0};   // when the next dial would be due, were they spread evenly
};

}  // namespace bridge::call
