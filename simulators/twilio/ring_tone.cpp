#include "simulators/twilio/ring_tone.hpp"

#include "runtime/audio/synth.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace simulators::twilio {
namespace audio = runtime::audio;
using runtime::Samples8k;
namespace {

constexpr double kDbfs = -24;  // each of a ring's tones

/// Tones that sound together, and for how long, in ms: on, off, and again where the ring is double. A tone
/// that is modulated (India, Singapore, South Africa, the old American one) is its carrier and the two tones
/// beside it.
struct Ring {
  std::string_view country;
  std::array<std::int16_t, 3> hertz;
  std::array<std::int16_t, 4> on_off_ms;
};

constexpr Ring kRings[]{
    {"at", {420}, {1000, 5000}},
    {"au", {413, 438}, {400, 200, 400, 2000}},
    {"be", {425}, {1000, 3000}},
    {"bg", {425}, {1000, 4000}},
    {"br", {425}, {1000, 4000}},
    {"ch", {425}, {1000, 4000}},
    {"cl", {400}, {1000, 3000}},
    {"cn", {450}, {1000, 4000}},
    {"cz", {425}, {1000, 4000}},
    {"de", {425}, {1000, 4000}},
    {"dk", {425}, {1000, 4000}},
    {"ee", {425}, {1000, 4000}},
    {"es", {425}, {1500, 3000}},
    {"fi", {425}, {1000, 4000}},
    {"fr", {440}, {1500, 3500}},
    {"gr", {425}, {1000, 4000}},
    {"hu", {425}, {1250, 3750}},
    {"il", {414}, {1000, 3000}},
    {"in", {400, 375, 425}, {400, 200, 400, 2000}},
    {"it", {425}, {1000, 4000}},
    {"jp", {400, 415}, {1000, 2000}},
    {"lt", {425}, {1000, 4000}},
    {"mx", {425}, {1000, 4000}},
    {"my", {425}, {400, 200, 400, 2000}},
    {"nl", {425}, {1000, 4000}},
    {"no", {425}, {1000, 4000}},
    {"nz", {400, 450}, {400, 200, 400, 2000}},
    {"ph", {425, 480}, {1000, 4000}},
    {"pl", {425}, {1000, 4000}},
    {"pt", {425}, {1000, 5000}},
    {"ru", {425}, {1000, 4000}},
    {"se", {425}, {1000, 5000}},
    {"sg", {425, 401, 449}, {400, 200, 400, 2000}},
    {"th", {420}, {1000, 5000}},
    {"tw", {440, 480}, {1000, 2000}},
    {"uk", {400, 450}, {400, 200, 400, 2000}},
    {"us", {440, 480}, {2000, 4000}},
    {"us-old", {420, 380, 460}, {2000, 4000}},
    {"ve", {425}, {1000, 4000}},
    {"za", {400, 367, 433}, {400, 200, 400, 2000}},
};
constexpr Ring kDefault{"us", {440, 480}, {2000, 4000}};

Samples8k samples(int ms) {
  return std::chrono::duration_cast<Samples8k>(std::chrono::milliseconds(ms));
}

std::string tones(const Ring& ring, Samples8k length) {
  std::vector<int> sum(static_cast<std::size_t>(length.count()));
  for (const int hertz : ring.hertz) {
    if (hertz == 0) continue;
    const auto one = audio::mulaw_decode(audio::tone(hertz, kDbfs, length).mulaw);
    for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += one[i];
  }
  audio::Pcm pcm;
  for (const int sample : sum) pcm.push_back(static_cast<std::int16_t>(std::clamp(sample, -32768, 32767)));
  return audio::mulaw_encode(pcm);
}

}  // namespace

std::string_view ring_tone_names() {
  static const std::string names = [] {
    std::string all = "automatic";
    for (const Ring& ring : kRings) all.append(" ").append(ring.country);
    return all;
  }();
  return names;
}

audio::Clip ring_tone(std::string_view name, runtime::Duration length) {
  const auto* found = std::ranges::find(kRings, name, &Ring::country);
  const Ring& ring = found == std::end(kRings) ? kDefault : *found;
  std::string round;
  for (std::size_t i = 0; i + 1 < ring.on_off_ms.size() && ring.on_off_ms.at(i) != 0; i += 2) {
    round += tones(ring, samples(ring.on_off_ms.at(i)));
    round += audio::silence(samples(ring.on_off_ms.at(i + 1))).mulaw;
  }
  const auto bytes = runtime::mulaw_bytes(std::chrono::duration_cast<Samples8k>(length));
  audio::Clip all;
  while (all.mulaw.size() < bytes) all.mulaw += round;
  all.mulaw.resize(bytes);
  return all;
}

}  // namespace simulators::twilio
