#pragma once
#include "simulators/twilio/measurement.hpp"

#include <optional>

namespace simulators::twilio {

/// What the bot does when the caller begins to speak: the part of a Measurement that is about barge-in.
/// Sans-IO.
class Interruptions {
 public:
  explicit Interruptions(Measurement& measured) : measured_(measured) {}

  /// The caller speaks in [begin, end), in order. `pause`: of the caller's, that makes the next sound a
  /// beginning.
  void caller(runtime::TimePoint begin, runtime::TimePoint end, runtime::Duration pause);
  /// The bot was loud; `of` is its utterance up to there. `arrived`: when that audio had reached Twilio.
  void bot(const Utterance& window, const Utterance& of, runtime::TimePoint arrived);
  /// The caller began inside of `utterance`.
  bool interrupted(const Utterance& utterance) const;

 private:
  void extend(const Utterance& of);

  Measurement& measured_;
  std::optional<runtime::TimePoint> began_;  // the caller's latest beginning
  std::optional<runtime::TimePoint> spoke_;  // end of the caller's latest sound
  bool counted_ = false;                     // as an interruption
};

}  // namespace simulators::twilio
