#pragma once
#include "runtime/core/time.hpp"

#include <optional>

namespace bridge::call {

/// The caller's turn as the model's voice detector tells it, and whether it takes the floor: at once where
/// the bot is silent; where it speaks, once there was enough sound for more than a cough, and not while the
/// bot must not be interrupted. Sans-IO.
class CallerTurn {
 public:
  struct Rules {
    runtime::Duration least{0};  // of sound before the bot is interrupted
    bool protect = false;        // not now at all
  };
  void started(bool over_the_bot, runtime::TimePoint now);
  void stopped(runtime::TimePoint now);
  /// A voice is heard on the line.
  void sounds(runtime::TimePoint now);
  /// The turn is over. False: over the bot's speech there was too little sound for it to have been one.
  bool committed(const Rules& rules);
  /// `sound`: the length of the present burst. True once a turn: from now on the floor is the caller's.
  bool takes_floor(runtime::Duration sound, const Rules& rules);
  /// Between its start and its end. One that was stopped and never committed is over after a while.
  bool open(runtime::TimePoint now) const;
  /// Likewise, and no longer than anybody speaks without a pause, unless a voice is heard all along: beyond
  /// that it is a noise whose end the detector does not find, and nobody waits for it.
  bool believable(runtime::TimePoint now) const;

 private:
  struct Turn {  // without defaults: inside of an optional here clang 14 could not begin one
    bool over_the_bot;
    bool has_floor;
    runtime::Duration longest;
    runtime::TimePoint started_at;
    runtime::TimePoint voiced_at;
    std::optional<runtime::TimePoint> stopped_at;
  };
  std::optional<Turn> turn_;
};

}  // namespace bridge::call
