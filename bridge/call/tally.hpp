#pragma once
#include <cstdint>

namespace bridge::call {

/// What one call has carried so far, for whoever asks about that call; the metrics count all calls together.
struct Tally {
  std::uint64_t frames_from_caller = 0;  // of media, Twilio to bridge
  std::uint64_t appends_to_model = 0;    // of audio, bridge to OpenAI
  std::uint64_t deltas_from_model = 0;   // of audio, OpenAI to bridge
  std::uint64_t frames_to_caller = 0;    // taken by the transport to Twilio
  std::uint64_t marks_from_twilio = 0;   // echoes
  std::uint64_t clears_to_twilio = 0;    // barge-ins that stopped something
};

}  // namespace bridge::call
