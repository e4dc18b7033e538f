#include "runtime/audio/synth.hpp"

#include "runtime/audio/sine.hpp"
#include "runtime/core/assert.hpp"

#include <algorithm>
#include <cmath>

namespace runtime::audio {
namespace {

/// Linear amplitude of `dbfs`, rounded to 1/256 of a step: pow's last bit may differ between processors.
double amplitude(double dbfs) {
  return std::round(std::pow(10.0, dbfs / 20.0) * 32768.0 * 256.0) / 256.0;
}

std::int16_t to_sample(double value) {
  return static_cast<std::int16_t>(std::clamp(std::lrint(value), -32768L, 32767L));
}

std::size_t count(Samples8k length) {
  require(length.count() >= 0, "a length of audio is not negative");
  return mulaw_bytes(length);
}

}  // namespace

Clip tone(double hertz, double dbfs, Samples8k length) {
  const double peak = amplitude(dbfs);
  Pcm pcm(count(length));
  for (std::size_t i = 0; i < pcm.size(); ++i) {
    pcm[i] = to_sample(peak * sine(hertz * static_cast<double>(i) / 8000.0));
  }
  return Clip{mulaw_encode(pcm)};
}

Clip hold_tones() {
  constexpr std::size_t kPeriod = 24'000, kTone = 1'600, kFade = 320, kGap = 800;  // samples
  const double peak = amplitude(-26);
  Pcm pcm(kPeriod);
  std::size_t begin = 0;
  for (const double hertz : {523.25, 659.25}) {
    for (std::size_t i = 0; i < kTone; ++i) {
      const auto from_the_edge = static_cast<double>(std::min({i, kTone - i, kFade}));
      const double fade = 0.5 - 0.5 * cosine(0.5 * from_the_edge / static_cast<double>(kFade));
      pcm[begin + i] = to_sample(peak * fade * sine(hertz * static_cast<double>(i) / 8000.0));
    }
    begin += kTone + kGap;
  }
  return Clip{mulaw_encode(pcm)};
}

Clip noise(Random& random, double dbfs, Samples8k length) {
  const double peak = amplitude(dbfs) * std::sqrt(3.0);  // of a uniform distribution with that RMS
  Pcm pcm(count(length));
  for (std::int16_t& sample : pcm) sample = to_sample(peak * (2.0 * random.unit() - 1.0));
  return Clip{mulaw_encode(pcm)};
}

Clip silence(Samples8k length) {
  return Clip{std::string(count(length), kMulawSilence)};
}

}  // namespace runtime::audio
