#include "simulators/openai/vad.hpp"

#include "runtime/audio/g711.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace simulators::openai {
namespace {

constexpr double kLowestDbfs = -65;
constexpr double kRangeDb = 50;
constexpr double kHysteresisDb = 8;

/// Squares of the 256 values of a G.711 byte, full scale 1.
using Squares = std::array<double, 256>;

Squares squares_of(bool mulaw) {
  std::string bytes(256, '\0');
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<char>(i);
  const auto pcm = mulaw ? runtime::audio::mulaw_decode(bytes) : runtime::audio::alaw_decode(bytes);
  Squares squares{};
  for (std::size_t i = 0; i < squares.size() && i < pcm.size(); ++i) {
    const double value = pcm[i] / 32768.0;
    squares[i] = value * value;
  }
  return squares;
}

const Squares& squares(AudioFormat format) {
  static const Squares mulaw = squares_of(true);
  static const Squares alaw = squares_of(false);
  return format == AudioFormat::pcmu ? mulaw : alaw;
}

double mean_square(double dbfs) {
  return std::pow(10.0, dbfs / 10);
}

std::int64_t samples_per_ms(AudioFormat format) {
  return format == AudioFormat::pcm ? 24 : 8;
}

}  // namespace

void Vad::set_format(AudioFormat format) {
  if (format == format_) return;
  position_us_ += format_samples_ * 1000 / samples_per_ms(format_);
  format_samples_ = 0;
  in_window_ = 0;
  energy_ = 0;
  odd_byte_.clear();
  format_ = format;
  window_samples_ = kWindowMs * samples_per_ms(format);
}

std::int64_t Vad::position_ms() const {
  return (position_us_ + format_samples_ * 1000 / samples_per_ms(format_)) / 1000;
}

void Vad::reset_speech() {
  speaking_ = false;
  silent_windows_ = 0;
}

void Vad::feed(std::string_view audio, std::vector<Event>& events) {
  if (format_ != AudioFormat::pcm) {
    const Squares& table = squares(format_);
    for (const char byte : audio) add_sample(table[static_cast<unsigned char>(byte)], events);
    return;
  }
  for (const char byte : audio) {
    if (odd_byte_.empty()) {
      odd_byte_.push_back(byte);
      continue;
    }
    const auto low = static_cast<unsigned char>(odd_byte_.front());
    const auto high = static_cast<unsigned char>(byte);
    const double value = static_cast<std::int16_t>(low | (high << 8)) / 32768.0;
    odd_byte_.clear();
    add_sample(value * value, events);
  }
}

void Vad::add_sample(double energy, std::vector<Event>& events) {
  energy_ += energy;
  ++format_samples_;
  if (++in_window_ == window_samples_) close_window(events);
}

void Vad::close_window(std::vector<Event>& events) {
  const double level = energy_ / static_cast<double>(window_samples_);
  const std::int64_t begins_ms = windows_ * kWindowMs;
  ++windows_;
  in_window_ = 0;
  energy_ = 0;
  const double wanted = kLowestDbfs + kRangeDb * options_.threshold;
  if (!speaking_) {
    if (level < mean_square(wanted)) return;
    speaking_ = true;
    silent_windows_ = 0;
    const auto start = std::max<std::int64_t>(0, begins_ms - options_.prefix_padding_ms);
    events.push_back({Event::Kind::started, start});
    return;
  }
  if (level >= mean_square(wanted - kHysteresisDb)) {
    silent_windows_ = 0;
    return;
  }
  if (++silent_windows_ * kWindowMs < options_.silence_duration_ms) return;
  reset_speech();
  events.push_back({Event::Kind::stopped, windows_ * kWindowMs});
}

}  // namespace simulators::openai
