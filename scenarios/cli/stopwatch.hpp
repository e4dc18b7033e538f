#pragma once
#include "runtime/async/system_clock.hpp"

namespace scenarios::cli {

/// Seconds of the machine's own time since it was made.
class Stopwatch {
 public:
  double seconds() const { return runtime::seconds(clock_.now() - begin_); }

 private:
  runtime::SystemClock clock_;
  runtime::TimePoint begin_ = clock_.now();
};

}  // namespace scenarios::cli
