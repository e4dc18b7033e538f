#pragma once
#include "runtime/core/time.hpp"
#include "simulators/twilio/facts.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace scenarios::engine {

inline constexpr std::size_t kFrame = 160;  // bytes of 20 ms

/// Sound without a gap, with the moment of its first byte. 8 kHz mu-law.
struct Run {
  runtime::TimePoint at;
  std::string mulaw;
  runtime::TimePoint time_of(std::size_t offset) const;
};
/// Joins what left a handset where one piece follows the other without a gap. `unsteady`: how far off its
/// time a piece may be, where it was handed over by a clock that ticks.
std::vector<Run> runs_of(const simulators::twilio::TimedAudio& audio, runtime::Duration unsteady = {});
/// What of them sounds at `from` or later.
std::vector<Run> later_runs(std::vector<Run> runs, runtime::TimePoint from);

/// Where a stretch of one sound stands in another, bit for bit.
struct Match {
  std::size_t run = 0;
  std::size_t at = 0;      // in the run
  std::size_t from = 0;    // in the sound that was looked for
  std::size_t length = 0;  // bytes; 0: none
};

/// The first stretch of at least `least` audible bytes of `sound` (all of it, if it is shorter), as long as
/// it goes on. Stretches that cannot be heard prove nothing and are not looked for.
Match find_stretch(const std::vector<Run>& runs, std::string_view sound, std::size_t least);
/// The first place at which all of `sound` stands in one run.
Match find_whole(const std::vector<Run>& runs, std::string_view sound);

/// The longest stretch of `sound` that is it by its shape (simulators/twilio/resemblance.hpp), exact to a
/// window of 20 ms at either end.
struct AlikeMatch {
  Match match;
  bool whole = false;  // all of its audible extent, in one go
};
AlikeMatch find_alike(const std::vector<Run>& runs, std::string_view sound);

}  // namespace scenarios::engine
