#include "simulators/twilio/line.hpp"

#include <algorithm>

namespace simulators::twilio {

Line::Line(const LineTraits& traits, std::uint64_t seed) : traits_(traits), random_(seed) {}

Duration Line::drawn(Duration lowest, Duration highest) {
  if (highest <= lowest) return lowest;
  return lowest + Duration(random_.below(static_cast<std::uint64_t>((highest - lowest).count())));
}

/// Half to one and a half of the average time from one to the next.
void Line::plan_stall(TimePoint after) {
  lost_at_ = after + drawn(traits_.stall_every / 2, traits_.stall_every * 3 / 2);
  repaired_at_ = *lost_at_ + drawn(traits_.stall_shortest, traits_.stall_longest);
}

TimePoint Line::send(TimePoint now) {
  TimePoint leaves = now;
  if (traits_.stall_every > Duration(0)) {
    if (!lost_at_) plan_stall(now);
    while (now >= repaired_at_) plan_stall(repaired_at_);
    if (now >= *lost_at_) leaves = repaired_at_;
  }
  const TimePoint arrival = leaves + traits_.latency + drawn(Duration(0), traits_.jitter);
  last_arrival_ = std::max(last_arrival_, arrival);
  return last_arrival_;
}

std::optional<TimePoint> Line::delivery(TimePoint arrival) const {
  if (stalled_for_ever_) return std::nullopt;
  return std::max(arrival, stalled_until_);
}

void Line::stall(std::optional<TimePoint> until) {
  stalled_for_ever_ = !until;
  if (until) stalled_until_ = std::max(stalled_until_, *until);
}

void Line::resume() {
  stalled_for_ever_ = false;
  stalled_until_ = TimePoint();
}

}  // namespace simulators::twilio
