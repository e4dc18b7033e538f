#include "simulators/openai/recognition.hpp"

#include "runtime/audio/g711.hpp"
#include "runtime/core/assert.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdlib>

namespace simulators::openai {
namespace {

constexpr int kRate = 2000;
constexpr std::size_t kPiece = 500;  // a quarter of a second
constexpr std::size_t kPieces = 5;
constexpr double kAlike = 0.7;          // correlation of a piece that was found
constexpr std::ptrdiff_t kJitter = 80;  // 40 ms: what a line may shift pieces against each other
constexpr double kAudible = 100.0 * 100.0;

double energy(const Sketch& sound, std::size_t from, std::size_t length) {
  double sum = 0;
  for (std::size_t i = from; i < from + length; ++i) sum += static_cast<double>(sound[i]) * sound[i];
  return sum;
}

/// Beginnings of the loudest piece in each of several equal parts.
std::vector<std::size_t> loudest_pieces(const Sketch& sound, std::size_t piece) {
  std::vector<std::size_t> begins;
  const std::size_t parts = std::clamp<std::size_t>(sound.size() / piece, 1, kPieces);
  const std::size_t part = sound.size() / parts;
  for (std::size_t i = 0; i < parts; ++i) {
    std::size_t best = i * part;
    double most = 0;
    for (std::size_t from = i * part; from + piece <= std::min((i + 1) * part, sound.size()); from += 50) {
      const double here = energy(sound, from, piece);
      if (here <= most) continue;
      most = here;
      best = from;
    }
    if (most >= kAudible * static_cast<double>(piece)) begins.push_back(best);
  }
  return begins;
}

/// Where in `heard` the piece is most alike; -1: nowhere.
std::ptrdiff_t find_piece(const Sketch& heard, std::span<const std::int16_t> piece) {
  double own = 0;
  for (const double sample : piece) own += sample * sample;
  double there = energy(heard, 0, piece.size());
  double best = kAlike * kAlike;
  std::ptrdiff_t found = -1;
  for (std::size_t at = 0; at + piece.size() <= heard.size(); ++at) {
    std::int64_t product = 0;
    for (std::size_t i = 0; i < piece.size(); ++i) product += std::int32_t{heard[at + i]} * piece[i];
    const auto dot = static_cast<double>(product);
    if (dot > 0 && dot * dot > best * own * there) {
      best = dot * dot / (own * there);
      found = static_cast<std::ptrdiff_t>(at);
    }
    if (at + piece.size() == heard.size()) break;
    there += static_cast<double>(heard[at + piece.size()]) * heard[at + piece.size()] -
             static_cast<double>(heard[at]) * heard[at];
  }
  return found;
}

}  // namespace

Sketch sketch_of(std::span<const std::int16_t> pcm, int rate) {
  runtime::require(rate >= kRate && rate % kRate == 0, "a sketch is made from a multiple of its own rate");
  const auto step = static_cast<std::size_t>(rate / kRate);
  Sketch sketch;
  sketch.reserve(pcm.size() / step);
  for (std::size_t from = 0; from + step <= pcm.size(); from += step) {
    std::int32_t sum = 0;
    for (std::size_t i = 0; i < step; ++i) sum += pcm[from + i];
    sketch.push_back(static_cast<std::int16_t>(sum / static_cast<std::int32_t>(step)));
  }
  return sketch;
}

Sketch sketch_of_mulaw(std::string_view mulaw) {
  return sketch_of(runtime::audio::mulaw_decode(mulaw), 8000);
}

bool contains_sound(const Sketch& heard, const Sketch& sound) {
  const std::size_t length = std::min(kPiece, sound.size());
  if (length < kPiece / 5 || heard.size() < length) return false;
  const auto begins = loudest_pieces(sound, length);
  std::vector<std::ptrdiff_t> shifts;
  for (const std::size_t begin : begins) {
    const auto at = find_piece(heard, std::span(sound).subspan(begin, length));
    if (at >= 0) shifts.push_back(at - static_cast<std::ptrdiff_t>(begin));
  }
  std::size_t agreeing = 0;
  for (const auto one : shifts) {
    const auto near = std::count_if(shifts.begin(), shifts.end(),
                                    [&](auto other) { return std::abs(other - one) <= kJitter; });
    agreeing = std::max(agreeing, static_cast<std::size_t>(near));
  }
  return !begins.empty() && agreeing * 5 >= begins.size() * 3;
}

}  // namespace simulators::openai
