#pragma once
#include "runtime/core/time.hpp"
#include "runtime/core/units.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace simulators::twilio {

/// The buffer between a bidirectional stream and the caller's ear: audio and marks, first in first out,
/// played at 8 bytes a millisecond on the absolute clock. Playing begins the moment that audio arrives at an
/// empty buffer; sample n of such a run sounds n/8000 s later, exactly, however seldom advance() is called.
/// Sans-IO: the time is an argument and must not go back.
class Playback {
 public:
  /// Hears what the buffer plays: `bytes` begin to sound at `at`; they came at `arrived`. Adjacent calls may
  /// be contiguous.
  using Sink = std::function<void(runtime::TimePoint at, std::string_view bytes, runtime::TimePoint arrived)>;
  /// A mark whose turn has come: all audio before it has been played.
  struct Played {
    std::uint64_t mark;
    runtime::TimePoint at;
  };
  struct Cleared {
    std::size_t dropped_bytes = 0;
    std::vector<std::uint64_t> marks;  // were pending, in order
  };

  enum class Frames {
    joined,  // what is queued is played as it comes, seamlessly
    whole,   // a player with a clock of its own: a frame of 20 ms that is not full when its turn comes is
             // filled up with silence, and what comes later is heard behind it
  };

  /// `limit`: of queued audio.
  Playback(runtime::Samples8k limit, Sink sink, Frames frames = Frames::joined)
      : limit_bytes_(runtime::mulaw_bytes(limit)), sink_(std::move(sink)), frames_(frames) {}

  /// Plays up to `now`: every sample whose time is over by then. Returns the marks that were reached.
  std::vector<Played> advance(runtime::TimePoint now);
  /// False: it would exceed the limit, and was discarded whole. Call advance(now) first.
  bool push(runtime::TimePoint now, std::string_view mulaw);
  /// Returns a number for the mark. It is reached at once when nothing is queued: see idle().
  std::uint64_t mark();
  Cleared clear();

  bool idle() const { return queued_bytes() == 0; }
  std::size_t queued_bytes() const { return queue_.size() - head_; }
  /// Marks not yet reached, in order.
  std::vector<std::uint64_t> pending_marks() const;

 private:
  struct Mark {
    std::uint64_t number;
    std::uint64_t position;  // in bytes ever accepted
  };
  struct Arrival {
    runtime::TimePoint at;
    std::uint64_t end;  // position behind what came then
  };
  void play(std::size_t count);
  void fill_up(runtime::TimePoint now);
  runtime::TimePoint playhead() const { return run_start_ + runtime::Samples8k(run_played_); }

  const std::size_t limit_bytes_;
  Sink sink_;
  const Frames frames_;
  std::string queue_;
  std::size_t head_ = 0;            // of queue_: what lies before has been played
  std::uint64_t played_bytes_ = 0;  // or cleared: the position of head_ in all that was accepted
  runtime::TimePoint run_start_;
  std::int64_t run_played_ = 0;  // samples of this run
  std::deque<Mark> marks_;
  std::deque<Arrival> arrivals_;  // of what is queued
  std::uint64_t next_mark_ = 0;
};

}  // namespace simulators::twilio
