#pragma once
#include "runtime/core/random.hpp"
#include "simulators/twilio/script.hpp"

#include <cstdint>
#include <optional>

namespace simulators::twilio {

/// One direction of the path between Twilio and the bridge: says when what is sent now arrives. Sans-IO, the
/// same in virtual and in real time; the time must not go back.
class Line {
 public:
  /// `seed` is this direction's own: what goes one way never moves the jitter of the other.
  Line(const LineTraits& traits, std::uint64_t seed);

  /// Arrival of what is sent at `now`, script's stalls apart; never before an earlier one's.
  TimePoint send(TimePoint now);
  /// When what should arrive at `arrival` is delivered. Nullopt: never, as things stand.
  std::optional<TimePoint> delivery(TimePoint arrival) const;

  /// Nothing is delivered until `until`; absent: for ever.
  void stall(std::optional<TimePoint> until);
  void resume();
  bool stalled(TimePoint now) const { return stalled_for_ever_ || now < stalled_until_; }

 private:
  Duration drawn(Duration lowest, Duration highest);
  void plan_stall(TimePoint after);

  const LineTraits traits_;
  runtime::SeededRandom random_;
  TimePoint last_arrival_{};
  std::optional<TimePoint> lost_at_;  // the next segment to be lost
  TimePoint repaired_at_{};           // and when it has been sent again
  bool stalled_for_ever_ = false;
  TimePoint stalled_until_{};
};

}  // namespace simulators::twilio
