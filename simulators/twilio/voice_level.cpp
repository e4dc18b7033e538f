#include "simulators/twilio/voice_level.hpp"

#include "runtime/audio/level.hpp"

#include <algorithm>

namespace simulators::twilio {
namespace audio = runtime::audio;
namespace {

/// 1 ms: shorter than any voice takes to swell or to fade. With these two numbers 2 of 358
/// recorded prompts begin or end with what counts as cut, none of speech_like(), and three in four that were
/// cut at random.
constexpr std::size_t kEdge = 8;
constexpr double kCutDbfs = -28.0;

bool loud_edge(std::string_view edge) {
  return audio::rms_dbfs_mulaw(edge) > kCutDbfs;
}
bool full_scale(char byte) {
  return byte == '\0' || byte == '\x80';
}

}  // namespace

void VoiceLevel::window(std::string_view mulaw, bool begins) {
  squares_ += audio::energy_mulaw(mulaw);
  samples_ += mulaw.size();
  measured_.speech_dbfs = audio::dbfs(squares_, samples_);
  measured_.clipped_samples +=
      static_cast<std::size_t>(std::count_if(mulaw.begin(), mulaw.end(), full_scale));

  const std::string_view sound = audio::audible_part_mulaw(mulaw);
  if (begins) begins_cut_ = loud_edge(sound.substr(0, kEdge));
  ends_cut_ = loud_edge(sound.substr(sound.size() - std::min(sound.size(), kEdge)));
}

void VoiceLevel::utterance_over(bool by_itself) {
  if (begins_cut_ || (by_itself && ends_cut_)) ++measured_.cut_utterances;
}

}  // namespace simulators::twilio
