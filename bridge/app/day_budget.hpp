#pragma once
#include "runtime/core/time.hpp"

#include <chrono>
#include <cstdint>
#include <mutex>

namespace bridge::app {

/// The tokens that all calls of a day (UTC) may cost. A call's are booked at its end. Shared by the workers:
/// asked when a stream is let in, and never on the audio path.
class DayBudget {
 public:
  /// `most` 0: no limit.
  explicit DayBudget(std::uint64_t most) : most_(most) {}

  /// From now on; what the day has cost so far counts.
  void limit(std::uint64_t most) {
    const std::lock_guard lock(mutex_);
    most_ = most;
  }
  void spend(std::int64_t tokens, runtime::WallTime now) {
    const std::lock_guard lock(mutex_);
    turn(now);
    if (tokens > 0) spent_ += static_cast<std::uint64_t>(tokens);
  }
  bool spent(runtime::WallTime now) {
    const std::lock_guard lock(mutex_);
    turn(now);
    return most_ != 0 && spent_ >= most_;
  }

 private:
  void turn(runtime::WallTime now) {
    const auto day = std::chrono::floor<std::chrono::days>(now);
    if (day != day_) spent_ = 0;
    day_ = day;
  }

  std::mutex mutex_;  // guards all that follows
  std::uint64_t most_;
  std::uint64_t spent_ = 0;
  std::chrono::sys_days day_{};
};

}  // namespace bridge::app
