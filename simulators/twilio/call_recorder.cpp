#include "simulators/twilio/call_recorder.hpp"

#include "runtime/audio/g711.hpp"
#include "runtime/audio/level.hpp"
#include "runtime/core/units.hpp"

#include <algorithm>
#include <cstdint>
#include <utility>

namespace simulators::twilio {
namespace audio = runtime::audio;

std::string mixed(std::string_view one, std::string_view other) {
  auto sum = audio::mulaw_decode(one);
  const auto second = audio::mulaw_decode(other);
  sum.resize(std::max(sum.size(), second.size()));
  for (std::size_t i = 0; i < second.size(); ++i) {
    sum[i] = static_cast<std::int16_t>(std::clamp(sum[i] + second[i], -32768, 32767));
  }
  return audio::mulaw_encode(sum);
}

void CallRecorder::lay(std::string& channel, TimePoint at, std::string_view mulaw) const {
  const auto samples = std::chrono::floor<runtime::Samples8k>(at - begins_).count();
  if (samples < 0) mulaw.remove_prefix(std::min(mulaw.size(), static_cast<std::size_t>(-samples)));
  const auto from = static_cast<std::size_t>(std::max<std::int64_t>(samples, 0));
  if (channel.size() < from + mulaw.size()) channel.resize(from + mulaw.size(), audio::kMulawSilence);
  channel.replace(from, mulaw.size(), mulaw);
}

void keep_voices(const KeptVoices& wanted, std::string first, std::string second, RecordingFacts& into) {
  const std::size_t length = std::max(first.size(), second.size());
  const auto quiet = [&](std::string& channel, std::string_view track) {
    if (wanted.track != "both" && wanted.track != track) channel.clear();
    channel.resize(length, audio::kMulawSilence);
  };
  quiet(first, "inbound");
  quiet(second, "outbound");
  const std::string both = mixed(first, second);
  std::size_t from = 0;
  std::size_t count = length;
  if (wanted.trim) {
    const auto audible = audio::audible_part_mulaw(both);
    from = audible.empty() ? 0 : static_cast<std::size_t>(audible.data() - both.data());
    count = audible.size();
  }
  into.running = false;
  into.track = wanted.track;
  into.mulaw = (wanted.dual ? first : both).substr(from, count);
  if (wanted.dual) into.second = second.substr(from, count);
}

void CallRecorder::finish(TimePoint at, RecordingFacts& into) {
  const auto length =
      runtime::mulaw_bytes(std::chrono::floor<runtime::Samples8k>(std::max(at - begins_, Duration(0))));
  called_.resize(length, audio::kMulawSilence);
  played_.resize(length, audio::kMulawSilence);
  keep_voices({wanted_.dual, wanted_.track, wanted_.trim}, std::move(called_), std::move(played_), into);
}

}  // namespace simulators::twilio
