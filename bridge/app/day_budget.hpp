#pragma once
#include "runtime/core/time.hpp"

#include <chrono>
#include <cstdint>

namespace bridge::app {

/// The tokens that all calls of a day (UTC) may cost. A call's are booked at its end.
class DayBudget {
 public:
  /// `most` 0: no limit.
  explicit DayBudget(std::uint64_t most) : most_(most) {}

  void spend(std::int64_t tokens, runtime::WallTime now) {
    turn(now);
    if (tokens > 0) spent_ += static_cast<std::uint64_t>(tokens);
  }
  bool spent(runtime::WallTime now) {
    turn(now);
    return most_ != 0 && spent_ >= most_;
  }

 private:
  void turn(runtime::WallTime now) {
    const auto day = std::chrono::floor<std::chrono::days>(now);
    if (day != day_) spent_ = 0;
    day_ = day;
  }

  const std::uint64_t most_;
  std::uint64_t spent_ = 0;
  std::chrono::sys_days day_{};
};

}  // namespace bridge::app
