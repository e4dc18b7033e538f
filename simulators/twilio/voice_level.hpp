#pragma once
#include "simulators/twilio/measurement.hpp"

#include <cstdint>
#include <string_view>

namespace simulators::twilio {

/// How loud the bot was, how much of it was clipped or static, and whether its utterances begin and end as
/// sounds do: the part of a Measurement that looks at samples. Sans-IO.
class VoiceLevel {
 public:
  explicit VoiceLevel(Measurement& measured) : measured_(measured) {}

  /// One loud window, in order. `begins`: it is the first of an utterance.
  void window(std::string_view mulaw, bool begins);
  /// The utterance of the last window is over. `by_itself`: the caller has neither interrupted nor hung up.
  void utterance_over(bool by_itself);

 private:
  Measurement& measured_;
  std::int64_t squares_ = 0;
  std::size_t samples_ = 0;
  bool begins_cut_ = false;
  bool ends_cut_ = false;  // if it ended with the last window
};

}  // namespace simulators::twilio
