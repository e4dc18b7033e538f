#pragma once
#include "runtime/core/random.hpp"
#include "runtime/sim/network.hpp"

#include <optional>

namespace runtime::sim {

/// When what is sent in one direction arrives: latency, jitter, stalls, silence. Sans-IO. What it promises
/// for a given thing in flight can change only by stall(), resume() and black_hole().
class Link {
 public:
  /// `seed` is the link's own: what happens on one link never moves the jitter of another.
  Link(LinkOptions options, std::uint64_t seed);

  /// When a thing that is sent at `now` reaches the other end, stalls apart; never before an earlier one.
  TimePoint send(TimePoint now);
  /// When a thing that reaches the other end at `arrival` is delivered. Nullopt: never, as things stand.
  std::optional<TimePoint> delivery(TimePoint arrival) const;

  /// Absent: for ever.
  void stall(std::optional<TimePoint> until);
  void resume();
  /// Cannot be undone.
  void black_hole() { black_hole_ = true; }

 private:
  Duration latency_;
  Duration jitter_;
  std::optional<SeededRandom> random_;  // only where there is jitter: the engine is 2.5 kB
  TimePoint last_arrival_{};
  bool stalled_for_ever_ = false;
  TimePoint stalled_until_{};
  bool black_hole_ = false;
};

}  // namespace runtime::sim
