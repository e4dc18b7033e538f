#pragma once
#include "runtime/async/clock.hpp"

namespace runtime {
/// Clock of production: CLOCK_MONOTONIC through asio::steady_timer.
class SystemClock final : public Clock {
 public:
  TimePoint now() const override;
  WallTime wall_now() const override;
  boost::asio::awaitable<bool> sleep_until(TimePoint deadline) override;
};
}  // namespace runtime
