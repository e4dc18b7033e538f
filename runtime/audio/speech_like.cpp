#include "runtime/audio/sine.hpp"
#include "runtime/audio/synth.hpp"
#include "runtime/core/assert.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

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

class MadeUpVoice {
 public:
  explicit MadeUpVoice(std::uint64_t seed)
      : random_(seed), base_pitch_(115.0 + 55.0 * random_.unit()), pitch_(base_pitch_) {}

  double next() {
    if (at_ == syllable_.size()) say_syllable();
    return syllable_[at_++];
  }

 private:
  /// 200 to 330 ms, three to five a second: a vowel, a pitch that glides, a swell. All are equally loud,
  /// whatever their vowel, and the swell's quietest is 9 dB below its loudest: a voice that never pauses.
  void say_syllable() {
    at_ = 0;
    // The mouth starts anew: what rang in the old shape would burst in the new one.
    resonators_ = {};
    glottis_ = before_ = 0;
    phase_ = 0.999;  // a pulse comes at once
    syllable_.resize(1600 + random_.below(1040));
    const double pitch_from = pitch_;
    const double pitch_to = base_pitch_ * (0.88 + 0.27 * random_.unit());
    const Vowel& vowel = kVowels[random_.below(kVowels.size())];
    for (std::size_t i = 0; i < resonators_.size(); ++i) resonators_[i].tune(vowel[i], kRadii[i]);

    const auto length = static_cast<double>(syllable_.size());
    double squares = 0;
    for (std::size_t i = 0; i < syllable_.size(); ++i) {
      pitch_ = pitch_from + (pitch_to - pitch_from) * static_cast<double>(i) / length;
      syllable_[i] = voiced();
      squares += syllable_[i] * syllable_[i];
    }
    const double gain = 1.0 / std::sqrt(squares / length);
    for (std::size_t i = 0; i < syllable_.size(); ++i) {
      // A swell begins and ends at its top, so that audio cut anywhere near a boundary is loud.
      syllable_[i] *= gain * (0.675 + 0.325 * cosine(static_cast<double>(i) / length));
    }
  }

  /// The next sample of a pulse train at pitch_, through the mouth.
  double voiced() {
    phase_ += pitch_ / kRate;
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
    return lips;
  }

  SeededRandom random_;
  double base_pitch_;  // Hz
  double pitch_;
  std::vector<double> syllable_;
  std::size_t at_ = 0;
  double phase_ = 0;
  double glottis_ = 0, before_ = 0;
  std::array<Resonator, 3> resonators_;
};

}  // namespace

Clip speech_like(std::uint64_t seed, Samples8k length) {
  require(length.count() >= 0, "a length of audio is not negative");
  std::vector<double> sound(mulaw_bytes(length));
  MadeUpVoice voice(seed);
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
