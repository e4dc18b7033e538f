#include "simulators/twilio/voice_level.hpp"

#include "runtime/audio/flatness.hpp"
#include "runtime/audio/level.hpp"
#include "runtime/core/units.hpp"

#include <algorithm>

namespace simulators::twilio {
namespace audio = runtime::audio;
namespace {

/// 1 ms: shorter than any voice takes to swell or to fade. With these two numbers 2 of 358
/// recorded prompts begin or end with what counts as cut, none of speech_like(), and three in four that were
/// cut at random.
constexpr std::size_t kEdge = 8;
constexpr double kCutDbfs = -28.0;

/// With these two numbers no window of 985 recorded prompts is static, nor more than 4 % of any that is 10 dB
/// too loud; of the same prompts as PCM that is played for mu-law at least 26 % are.
constexpr double kStaticDbfs = -9.0;
constexpr double kStaticFlatness = 0.3;

bool is_static(std::string_view window, std::int64_t energy) {
  return audio::dbfs(energy, window.size()) > kStaticDbfs && audio::flatness_mulaw(window) > kStaticFlatness;
}

bool loud_edge(std::string_view edge) {
  return audio::rms_dbfs_mulaw(edge) > kCutDbfs;
}
bool full_scale(char byte) {
  return byte == '\0' || byte == '\x80';
}

}  // namespace

void VoiceLevel::window(std::string_view mulaw, bool begins) {
  const auto energy = audio::energy_mulaw(mulaw);
  squares_ += energy;
  samples_ += mulaw.size();
  measured_.speech_dbfs = audio::dbfs(squares_, samples_);
  measured_.clipped_samples +=
      static_cast<std::size_t>(std::count_if(mulaw.begin(), mulaw.end(), full_scale));
  if (is_static(mulaw, energy)) measured_.static_sound += runtime::mulaw_length(mulaw.size());

  const std::string_view sound = audio::audible_part_mulaw(mulaw);
  if (begins) begins_cut_ = loud_edge(sound.substr(0, kEdge));
  ends_cut_ = loud_edge(sound.substr(sound.size() - std::min(sound.size(), kEdge)));
}

void VoiceLevel::utterance_over(bool by_itself) {
  if (begins_cut_ || (by_itself && ends_cut_)) ++measured_.cut_utterances;
}

}  // namespace simulators::twilio
