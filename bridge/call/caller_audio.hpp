#pragma once
#include "bridge/call/instruments.hpp"
#include "runtime/core/time.hpp"
#include "runtime/core/units.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace bridge::call {

/// The caller's audio on its way to the model: buffered while the session is not ready, and filled with
/// silence where Twilio sent none, since the model's turn detection counts appended audio, not time. Silence
/// inserted by the clock is not inserted again when Twilio's timestamps show the same gap. A full buffer
/// sheds of the pause at its end what is longer than turn detection needs, then the oldest: who has asked
/// waits in silence for the session that is to answer. Sans-IO.
class CallerAudio {
 public:
  struct Options {
    runtime::Duration gap_after;  // without media before silence is inserted
    runtime::Samples8k capacity;  // beyond, audio is shed
  };
  explicit CallerAudio(Instruments& instruments) : count_(instruments) {}

  /// The socket lives and `start` came: from now on a gap is a gap.
  void begin(Options options, runtime::TimePoint now);
  void media(std::string_view mulaw, std::uint64_t timestamp_ms, runtime::TimePoint now);
  void tick(runtime::TimePoint now);

  /// Takes the next append, at most 200 ms, valid until the next call; empty when nothing waits. Counts as
  /// queued until the transport has taken it, which appended() says, or drop() when it never will.
  std::string_view take(runtime::TimePoint now);
  void appended(runtime::TimePoint now);
  /// What was taken but not appended will never be: its connection is gone. What is queued waits on.
  void lose_in_flight(ModelDrop reason);
  /// Drops everything queued, and what was taken but not appended.
  void drop(ModelDrop reason);
  runtime::Samples8k queued() const { return runtime::mulaw_length(buffer_.size() - read_ + in_flight_); }
  /// How long the transport has had an append of ours without taking it.
  runtime::Duration blocked(runtime::TimePoint now) const;
  bool any_media() const { return media_seen_; }

  /// How unsteady the line is: the spread of the delay of the last second's frames. Absent before the first
  /// frames.
  std::optional<runtime::Duration> delay_spread() const;

 private:
  void insert_silence(runtime::Samples8k length, runtime::TimePoint now);
  void append(std::string_view mulaw, runtime::TimePoint now);
  void observe_delay(runtime::Duration delay);
  void make_room(std::size_t bytes);
  void shed(std::size_t bytes);
  runtime::Duration offset() const;

  Options options_{};
  Instruments& count_;
  std::string buffer_;
  std::size_t read_ = 0;
  std::size_t pause_ = 0;      // bytes of quiet at the end of buffer_, of what had to wait
  std::size_t in_flight_ = 0;  // bytes handed out, not yet appended
  runtime::TimePoint in_flight_since_{};
  runtime::TimePoint newest_{};  // arrival of the newest sample
  runtime::TimePoint in_flight_arrival_{};
  bool begun_ = false;
  bool media_seen_ = false;
  bool filling_ = false;
  runtime::TimePoint last_arrival_{};
  runtime::Duration offset_{0};  // where timestamp 0 lies on our clock, until a frame says so
  std::int64_t covered_ms_ = 0;  // of Twilio's timeline, by what was appended
  static constexpr std::size_t kDelays = 50;
  std::array<runtime::Duration, kDelays> delays_{};
  std::size_t delay_count_ = 0;
};

}  // namespace bridge::call
