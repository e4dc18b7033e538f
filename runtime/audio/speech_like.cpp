#include "runtime/audio/sine.hpp"
#include "runtime/audio/synth.hpp"
#include "runtime/core/assert.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace runtime::audio {
namespace {

constexpr double kRate = 8000.0;
constexpr double kRms = 3277.0;    // -20 dBFS
constexpr std::size_t kRamp = 40;  // 5 ms at both ends, against clicks

/// Formants in Hz of a, e, i, o, u, ə, after Peterson and Barney.
using Vowel = std::array<double, 3>;
constexpr std::array<Vowel, 6> kVowels{{{730, 1090, 2440},
                                        {530, 1840, 2480},
                                        {270, 2290, 3010},
                                        {570, 840, 2410},
                                        {300, 870, 2240},
                                        {490, 1350, 1690}}};
/// Pole radii for bandwidths of 80, 100 and 140 Hz: exp(-pi * bandwidth / 8000).
constexpr std::array<double, 3> kRadii{0.9691, 0.9615, 0.9465};

/// A two-pole resonator with unity gain at zero.
class Resonator {
 public:
  void tune(double hertz, double radius) {
    b_ = 2.0 * radius * cosine(hertz / kRate);
    c_ = -radius * radius;
    a_ = 1.0 - b_ - c_;
  }
  double next(double in) {
    const double out = a_ * in + b_ * before_ + c_ * long_before_;
    long_before_ = before_;
    before_ = out;
    return out;
  }

 private:
  double a_ = 0, b_ = 0, c_ = 0, before_ = 0, long_before_ = 0;
};

/// One syllable: a vowel, a pitch that glides, a swell. 200 to 330 ms: three to five of them a second.
struct Syllable {
  std::size_t length = 0;
  double pitch_from = 0, pitch_to = 0;  // Hz
  const Vowel* vowel = nullptr;
};

class Voice {
 public:
  explicit Voice(std::uint64_t seed) : random_(seed), base_pitch_(115.0 + 55.0 * random_.unit()) {
    begin_syllable();
  }

  /// The swell's quietest is 9 dB below its loudest: a voice that never pauses.
  double next() {
    if (at_ == syllable_.length) begin_syllable();
    const double through = static_cast<double>(at_++) / static_cast<double>(syllable_.length);
    const double pitch = syllable_.pitch_from + (syllable_.pitch_to - syllable_.pitch_from) * through;
    phase_ += pitch / kRate;
    double source = 0.02 * (random_.unit() - 0.5);  // breath
    if (phase_ >= 1.0) {
      phase_ -= 1.0;
      source += 1.0;
    }
    glottis_ = source + 0.9 * glottis_;  // the pulse's fall towards high frequencies
    double sound = glottis_;
    for (Resonator& resonator : resonators_) sound = resonator.next(sound);
    const double lips = sound - before_;
    before_ = sound;
    return lips * (0.675 + 0.325 * sine(through + kLoudStart));
  }

 private:
  /// Syllables are cut where they are loud: the first sample of all is near a swell's top.
  static constexpr double kLoudStart = 0.25;

  void begin_syllable() {
    at_ = 0;
    syllable_.length = 1600 + random_.below(1040);
    syllable_.pitch_from = syllable_.pitch_to == 0 ? base_pitch_ : syllable_.pitch_to;
    syllable_.pitch_to = base_pitch_ * (0.88 + 0.27 * random_.unit());
    syllable_.vowel = &kVowels[random_.below(kVowels.size())];
    for (std::size_t i = 0; i < resonators_.size(); ++i)
      resonators_[i].tune((*syllable_.vowel)[i], kRadii[i]);
  }

  SeededRandom random_;
  double base_pitch_;
  Syllable syllable_;
  std::size_t at_ = 0;
  double phase_ = 0.999;  // the first pulse comes at once
  double glottis_ = 0, before_ = 0;
  std::array<Resonator, 3> resonators_;
};

}  // namespace

Clip speech_like(std::uint64_t seed, Samples8k length) {
  require(length.count() >= 0, "a length of audio is not negative");
  std::vector<double> sound(mulaw_bytes(length));
  Voice voice(seed);
  double squares = 0;
  for (double& sample : sound) {
    sample = voice.next();
    squares += sample * sample;
  }
  if (sound.empty()) return {};

  const double gain = kRms / std::sqrt(std::max(squares / static_cast<double>(sound.size()), 1e-12));
  Pcm pcm(sound.size());
  for (std::size_t i = 0; i < sound.size(); ++i) {
    const std::size_t from_edge = std::min(i, sound.size() - 1 - i) + 1;
    const double ramp = from_edge < kRamp ? static_cast<double>(from_edge) / kRamp : 1.0;
    const long value = std::lrint(sound[i] * gain * ramp);
    pcm[i] = static_cast<std::int16_t>(std::clamp(value, -32768L, 32767L));
  }
  return Clip{mulaw_encode(pcm)};
}

}  // namespace runtime::audio
