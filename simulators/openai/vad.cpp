#include "simulators/openai/vad.hpp"

#include "runtime/audio/g711.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

namespace simulators::openai {
namespace {

constexpr double kLowestDbfs = -65;
constexpr double kRangeDb = 50;
constexpr double kHysteresisDb = 8;
constexpr double kAboveFloorDb = 10;      // to begin
constexpr double kStillAboveFloorDb = 6;  // to go on
constexpr double kHighestFloorDbfs = -45;
constexpr double kFallDb = 3;
constexpr std::int64_t kFinishedShare = 8;  // of the wait, once an utterance sounds finished

/// The 256 values of a G.711 byte, full scale 1.
using Values = std::array<double, 256>;

Values values_of(bool mulaw) {
  std::string bytes(256, '\0');
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<char>(i);
  const auto pcm = mulaw ? runtime::audio::mulaw_decode(bytes) : runtime::audio::alaw_decode(bytes);
  Values values{};
  for (std::size_t i = 0; i < values.size() && i < pcm.size(); ++i) values[i] = pcm[i] / 32768.0;
  return values;
}

const Values& values(AudioFormat format) {
  static const Values mulaw = values_of(true);
  static const Values alaw = values_of(false);
  return format == AudioFormat::pcmu ? mulaw : alaw;
}

double mean_square(double dbfs) {
  return std::pow(10.0, dbfs / 10);
}

constexpr std::int64_t kTicksPerMs = 24;
constexpr std::int64_t kWindowTicks = Vad::kWindowMs * kTicksPerMs;

std::int64_t ticks_of_a_sample(AudioFormat format) {
  return format == AudioFormat::pcm ? 1 : 3;
}

}  // namespace

void Vad::set_format(AudioFormat format) {
  if (format == format_) return;
  sum_ = squares_ = 0;
  odd_byte_.clear();
  format_ = format;
}

std::int64_t Vad::position_ms() const {
  return ticks_ / kTicksPerMs;
}

void Vad::reset_speech() {
  speaking_ = false;
  silent_windows_ = 0;
  spoken_windows_ = 0;
  spoken_ = 0;
}

void Vad::clear() {
  reset_speech();
  sum_ = squares_ = 0;
}

void Vad::feed(std::string_view audio, std::vector<Event>& events) {
  if (format_ != AudioFormat::pcm) {
    const Values& table = values(format_);
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
    odd_byte_.clear();
    add_sample(static_cast<std::int16_t>(low | (high << 8)) / 32768.0, events);
  }
}

void Vad::add_sample(double value, std::vector<Event>& events) {
  sum_ += value;
  squares_ += value * value;
  ticks_ += ticks_of_a_sample(format_);
  in_window_ += ticks_of_a_sample(format_);
  if (in_window_ >= kWindowTicks) close_window(events);
}

void Vad::close_window(std::vector<Event>& events) {
  const auto samples = static_cast<double>(kWindowTicks / ticks_of_a_sample(format_));
  const double mean = sum_ / samples;
  const double level = std::max(0.0, squares_ / samples - mean * mean);
  const std::int64_t begins_ms = windows_ * kWindowMs;
  ++windows_;
  in_window_ -= kWindowTicks;
  sum_ = squares_ = 0;
  follow_floor(level);
  const double floor = std::min({floor_before_, floor_now_, mean_square(kHighestFloorDbfs)});
  const double wanted = kLowestDbfs + kRangeDb * options_.threshold;
  if (!speaking_) {
    if (level < std::max(mean_square(wanted), floor * mean_square(kAboveFloorDb))) return;
    reset_speech();
    speaking_ = true;
    note_speech(level);
    const auto start = std::max<std::int64_t>(0, begins_ms - options_.prefix_padding_ms);
    events.push_back({Event::Kind::started, start});
    return;
  }
  if (level >= std::max(mean_square(wanted - kHysteresisDb), floor * mean_square(kStillAboveFloorDb))) {
    silent_windows_ = 0;
    note_speech(level);
    return;
  }
  if (++silent_windows_ * kWindowMs < silence_wanted_ms()) return;
  reset_speech();
  events.push_back({Event::Kind::stopped, windows_ * kWindowMs});
}

void Vad::follow_floor(double level) {
  floor_now_ = std::min(floor_now_, level);
  if (++floor_windows_ < kFloorWindows) return;
  floor_windows_ = 0;
  floor_before_ = std::exchange(floor_now_, 1);
}

void Vad::note_speech(double level) {
  tail_[spoken_windows_++ % kTail] = level;
  spoken_ += level;
}

bool Vad::sounds_finished() const {
  if (options_.finished) return *options_.finished;
  const std::size_t count = std::min(spoken_windows_, kTail);
  if (count == 0) return true;
  double tail = 0;
  for (std::size_t i = 0; i < count; ++i) tail += tail_[i];
  return tail / static_cast<double>(count) <=
         spoken_ / static_cast<double>(spoken_windows_) * mean_square(-kFallDb);
}

std::int64_t Vad::silence_wanted_ms() const {
  if (!options_.semantic_wait_ms) return options_.silence_duration_ms;
  return sounds_finished() ? *options_.semantic_wait_ms / kFinishedShare : *options_.semantic_wait_ms;
}

}  // namespace simulators::openai
