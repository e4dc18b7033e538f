#include "runtime/sim/link.hpp"

#include <algorithm>

namespace runtime::sim {

Link::Link(LinkOptions options, std::uint64_t seed) : latency_(options.latency), jitter_(options.jitter) {
  if (jitter_ > Duration::zero()) random_.emplace(seed);
}

TimePoint Link::send(TimePoint now) {
  TimePoint arrival = now + latency_;
  if (random_) arrival += Duration(random_->below(static_cast<std::uint64_t>(jitter_.count())));
  last_arrival_ = std::max(last_arrival_, arrival);
  return last_arrival_;
}

std::optional<TimePoint> Link::delivery(TimePoint arrival) const {
  if (black_hole_ || stalled_for_ever_) return std::nullopt;
  return std::max(arrival, stalled_until_);
}

void Link::stall(std::optional<TimePoint> until) {
  stalled_for_ever_ = !until;
  if (until) stalled_until_ = *until;
}

void Link::resume() {
  stalled_for_ever_ = false;
  stalled_until_ = TimePoint();
}

}  // namespace runtime::sim
