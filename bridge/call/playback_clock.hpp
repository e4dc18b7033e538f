#pragma once
#include "bridge/call/part.hpp"
#include "runtime/core/time.hpp"
#include "runtime/core/units.hpp"

#include <deque>

namespace bridge::call {

/// What the caller has heard by now, reckoned from when the transport took each frame: Twilio plays what it
/// is sent in order and without pause, and falls silent when nothing is left. Times are as seen from here: a
/// line with a constant delay shifts what is played and the effect of a `clear` alike, so the delay cancels
/// out. Sans-IO.
class PlaybackClock {
 public:
  /// The transport took `length` of `part` at `now`.
  void taken(const Part& part, runtime::Samples8k length, runtime::TimePoint now);
  /// Twilio was told to forget what it has not played.
  void cleared(runtime::TimePoint now);

  /// When everything taken so far will have been played; in the past when the caller hears nothing.
  runtime::TimePoint end() const { return end_; }
  bool playing(runtime::TimePoint now) const { return end_ > now; }
  /// How much of `part` was played by `now`.
  runtime::Samples8k heard(const Part& part, runtime::TimePoint now) const;
  /// How much of `part` was taken, and not flushed, in all.
  runtime::Samples8k taken(const Part& part) const;

 private:
  struct Run {  // played without pause
    Part part;
    runtime::TimePoint start;
    runtime::Samples8k length;
  };
  void prune(runtime::TimePoint now);

  std::deque<Run> runs_;
  runtime::TimePoint end_{};
};

}  // namespace bridge::call
