#include "runtime/audio/level.hpp"

#include "runtime/audio/g711.hpp"
#include "runtime/audio/sine.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <limits>

namespace runtime::audio {
namespace {

constexpr double kFullScale = 32768.0;

/// Magnitude of each mu-law byte (G.711, table 2a), linear with 16 bits.
constexpr std::array<int, 256> make_magnitudes() {
  std::array<int, 256> magnitudes{};
  for (unsigned byte = 0; byte < magnitudes.size(); ++byte) {
    const unsigned code = ~byte & 0x7FU;
    const unsigned biased = (((code & 0x0FU) << 3U) + 132U) << (code >> 4U);
    magnitudes[byte] = static_cast<int>(biased - 132U);
  }
  return magnitudes;
}
constexpr std::array<int, 256> kMagnitudes = make_magnitudes();
static_assert(kMagnitudes[0x00] == 32124 && kMagnitudes[0x80] == 32124 && kMagnitudes[0xFF] == 0);

int magnitude(char byte) {
  return kMagnitudes[static_cast<unsigned char>(byte)];
}

bool audible(char byte) {
  constexpr double kThreshold = kFullScale / 1000.0;  // kSilenceDbfs, linear
  static_assert(kSilenceDbfs == -60.0);
  return magnitude(byte) > kThreshold;
}

}  // namespace

/// The sum fits: 2^30 a sample leaves room for 2^33 samples, twelve days of a line.
double dbfs(std::int64_t energy, std::size_t samples) {
  if (energy == 0) return -std::numeric_limits<double>::infinity();
  const double mean = static_cast<double>(energy) / static_cast<double>(samples);
  return 10.0 * std::log10(mean / (kFullScale * kFullScale));
}

std::int64_t energy_mulaw(std::string_view mulaw) {
  std::int64_t squares = 0;
  for (const char byte : mulaw) {
    const std::int64_t sample = magnitude(byte);
    squares += sample * sample;
  }
  return squares;
}

double rms_dbfs(std::span<const std::int16_t> pcm) {
  std::int64_t squares = 0;
  for (const std::int64_t sample : pcm) squares += sample * sample;
  return dbfs(squares, pcm.size());
}

double rms_dbfs_mulaw(std::string_view mulaw) {
  return dbfs(energy_mulaw(mulaw), mulaw.size());
}

int peak_mulaw(std::string_view mulaw) {
  int peak = 0;
  for (const char byte : mulaw) peak = std::max(peak, magnitude(byte));
  return peak;
}

bool audible_mulaw(std::string_view mulaw) {
  return std::any_of(mulaw.begin(), mulaw.end(), audible);
}

std::string_view audible_part_mulaw(std::string_view mulaw) {
  const auto first = std::find_if(mulaw.begin(), mulaw.end(), audible);
  const auto behind_last = std::find_if(mulaw.rbegin(), mulaw.rend(), audible).base();
  if (first == mulaw.end()) return {};
  return {&*first, static_cast<std::size_t>(behind_last - first)};
}

double tone_share_mulaw(std::string_view mulaw, double hertz) {
  constexpr double kRate = 8000.0;
  const Pcm pcm = mulaw_decode(mulaw);
  double in_phase = 0, quadrature = 0, energy = 0;
  for (std::size_t i = 0; i < pcm.size(); ++i) {
    const double sample = pcm[i];
    const double cycles = hertz * static_cast<double>(i) / kRate;
    in_phase += sample * cosine(cycles);
    quadrature += sample * sine(cycles);
    energy += sample * sample;
  }
  if (energy == 0) return 0;
  const double at_tone = 2.0 * (in_phase * in_phase + quadrature * quadrature);
  return std::min(1.0, at_tone / (static_cast<double>(pcm.size()) * energy));
}

}  // namespace runtime::audio
