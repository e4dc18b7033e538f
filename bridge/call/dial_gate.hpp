#pragma once
#include "runtime/core/time.hpp"

#include <algorithm>

namespace bridge::call {

/// How many connections to OpenAI may be begun a second, over all calls of one thread: a bucket of one
/// second's worth. A call that finds it empty asks again on its next tick.
class DialGate {
 public:
  /// `per_second` 0: no limit.
  explicit DialGate(double per_second) : per_second_(per_second), left_(std::max(per_second, 1.0)) {}

  bool take(runtime::TimePoint now) {
    if (per_second_ <= 0) return true;
    left_ = std::min(std::max(per_second_, 1.0), left_ + per_second_ * runtime::seconds(now - filled_at_));
    filled_at_ = now;
    if (left_ < 1) return false;
    left_ -= 1;
    return true;
  }

 private:
  double per_second_;
  double left_;
  runtime::TimePoint filled_at_{};
};

}  // namespace bridge::call
