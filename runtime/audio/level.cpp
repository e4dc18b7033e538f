#include "runtime/audio/level.hpp"

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

/// `squares` fits: 2^30 a sample leaves room for 2^33 samples, twelve days of a line.
double dbfs(std::int64_t squares, std::size_t samples) {
  if (squares == 0) return -std::numeric_limits<double>::infinity();
  const double mean = static_cast<double>(squares) / static_cast<double>(samples);
  return 10.0 * std::log10(mean / (kFullScale * kFullScale));
}

}  // namespace

double rms_dbfs(std::span<const std::int16_t> pcm) {
  std::int64_t squares = 0;
  for (const std::int64_t sample : pcm) squares += sample * sample;
  return dbfs(squares, pcm.size());
}

double rms_dbfs_mulaw(std::string_view mulaw) {
  std::int64_t squares = 0;
  for (const char byte : mulaw) {
    const std::int64_t sample = magnitude(byte);
    squares += sample * sample;
  }
  return dbfs(squares, mulaw.size());
}

int peak_mulaw(std::string_view mulaw) {
  int peak = 0;
  for (const char byte : mulaw) peak = std::max(peak, magnitude(byte));
  return peak;
}

bool audible_mulaw(std::string_view mulaw) {
  constexpr double kThreshold = kFullScale / 1000.0;  // kSilenceDbfs, linear
  static_assert(kSilenceDbfs == -60.0);
  return std::any_of(mulaw.begin(), mulaw.end(), [](char byte) { return magnitude(byte) > kThreshold; });
}

}  // namespace runtime::audio
