#include "runtime/audio/flatness.hpp"

#include "runtime/audio/g711.hpp"

#include <array>
#include <cstddef>
#include <cstdint>

namespace runtime::audio {
namespace {

constexpr std::size_t kOrder = 8;
using Correlation = std::array<double, kOrder + 1>;

Correlation autocorrelation(const Pcm& pcm) {
  Correlation sums{};
  for (std::size_t lag = 0; lag <= kOrder; ++lag) {
    std::int64_t sum = 0;
    for (std::size_t i = lag; i < pcm.size(); ++i) sum += std::int64_t{pcm[i]} * pcm[i - lag];
    sums[lag] = static_cast<double>(sum);
  }
  return sums;
}

}  // namespace

/// Levinson-Durbin: the error of the best predictor of each order from that of the order before.
double flatness_mulaw(std::string_view mulaw) {
  const Correlation r = autocorrelation(mulaw_decode(mulaw));
  if (r[0] <= 0) return 0;
  Correlation taps{1.0};
  double error = r[0];
  for (std::size_t order = 1; order <= kOrder; ++order) {
    double sum = r[order];
    for (std::size_t j = 1; j < order; ++j) sum += taps[j] * r[order - j];
    const double reflection = -sum / error;
    const Correlation before = taps;
    for (std::size_t j = 1; j < order; ++j) taps[j] += reflection * before[order - j];
    taps[order] = reflection;
    error *= 1.0 - reflection * reflection;
    if (error <= 0) return 0;
  }
  return error / r[0];
}

}  // namespace runtime::audio
