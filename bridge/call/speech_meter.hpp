#pragma once
#include "runtime/core/time.hpp"

#include <string_view>

namespace bridge::call {

/// How long the caller has been making a sound, measured on his audio as it passes: a voice detector's events
/// come late (it waits to see whether the silence lasts), and do not tell a cough from a word. Sans-IO.
class SpeechMeter {
 public:
  /// Mu-law of the caller, in order; any length, best a frame.
  void hear(std::string_view mulaw);
  /// Sound in the present burst; what lies between words belongs to no burst's length, but does not end one.
  runtime::Duration burst() const { return burst_; }

 private:
  double floor_ = -70;  // dBFS: the line's own noise, as the quietest of the last seconds
  runtime::Duration burst_{0};
  runtime::Duration pause_{0};
};

}  // namespace bridge::call
