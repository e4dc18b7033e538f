#pragma once
#include <chrono>

namespace runtime {

/// Tag clock: gives our time points their own type, so that none can come from a real clock by
/// accident. It has no now(): only a Clock object (runtime/async/clock.hpp) knows the time.
struct MonotonicClock {
  using duration = std::chrono::nanoseconds;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<MonotonicClock>;
  static constexpr bool is_steady = true;
};
using TimePoint = MonotonicClock::time_point;
using Duration = MonotonicClock::duration;

/// Time of day (UTC), for logs, tokens and protocol timestamps. Never for measuring spans.
using WallTime = std::chrono::sys_time<std::chrono::nanoseconds>;

/// A span as seconds, for metrics and messages.
constexpr double seconds(Duration d) {
  return std::chrono::duration<double>(d).count();
}

}  // namespace runtime
