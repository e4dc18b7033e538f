#pragma once
#include "simulators/twilio/caller.hpp"

#include <deque>
#include <functional>
#include <string>
#include <string_view>

namespace simulators::twilio {

/// The way between the caller's phone and Twilio: the same delay in both directions. Sans-IO.
class HandsetPath {
 public:
  using Hear = std::function<void(TimePoint at, std::string_view mulaw, TimePoint arrived)>;

  /// `delay` is rounded down to whole slots. `hear`: what sounds at the phone, and when.
  HandsetPath(Duration delay, Hear hear) : slots_(delay / Caller::kSlot), hear_(std::move(hear)) {}

  /// What reaches Twilio while the phone sends `slot`. Valid until the next one.
  Caller::Slot to_twilio(const Caller::Slot& slot);
  /// Twilio plays `mulaw` from `at` on.
  void to_phone(TimePoint at, std::string_view mulaw, TimePoint arrived);
  /// Lets be heard what has sounded by `now`.
  void advance(TimePoint now);

 private:
  struct Voice {
    Caller::Slot slot;
    std::string mulaw;
  };
  struct Sound {
    TimePoint at;  // at the phone
    std::string mulaw;
    TimePoint arrived;
  };
  Duration delay() const { return slots_ * Caller::kSlot; }

  const std::int64_t slots_;
  Hear hear_;
  std::deque<Voice> voice_;
  Voice spoken_;
  std::deque<Sound> sounds_;
};

/// What Twilio plays to the caller, cut into slots: the outbound track of a stream. Sans-IO.
class OutboundTrack {
 public:
  void played(TimePoint at, std::string_view mulaw);
  /// The slot that begins at `begins`, with line noise where nothing was played. Slots in order; valid until
  /// the next one.
  std::string_view slot(TimePoint begins, runtime::Random& random);

 private:
  struct Piece {
    TimePoint at;
    std::string mulaw;
  };
  std::deque<Piece> pieces_;
  std::string slot_;
};

}  // namespace simulators::twilio
