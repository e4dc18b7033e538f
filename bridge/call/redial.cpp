#include "bridge/call/redial.hpp"

#include <algorithm>

namespace bridge::call {
using runtime::Duration;
using runtime::TimePoint;

void Redial::missing(TimePoint now) {
  const auto lived = ready_at_ ? now - *ready_at_ : options_.budget;
  ready_at_.reset();
  if (since_ && lived < options_.budget) {
    *since_ += lived;
    return;
  }
  since_ = now;
  wait_ = options_.first;
}

std::optional<TimePoint> Redial::next(TimePoint now, std::optional<Duration> told) {
  const auto drawn = std::chrono::duration_cast<Duration>(wait_ * (0.5 + random_.unit() / 2));
  wait_ = std::min(wait_ * 2, options_.most);
  const TimePoint at = now + std::max(drawn, told.value_or(Duration(0)));
  if (!since_ || at - *since_ > options_.budget) return std::nullopt;
  return at;
}

}  // namespace bridge::call
