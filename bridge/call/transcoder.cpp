#include "bridge/call/transcoder.hpp"

#include "runtime/audio/g711.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>

namespace bridge::call {
using openai::AudioFormat;

namespace {
constexpr int kLine = 8'000;
constexpr int kWide = 24'000;
constexpr float kFull = 32768;
constexpr std::size_t kCodes = 256;
constexpr std::size_t kLevels = 65536;

std::string every_byte() {
  std::string all;
  for (std::size_t i = 0; i < kCodes; ++i) all.push_back(static_cast<char>(i));
  return all;
}

std::size_t index(char byte) {
  return static_cast<std::uint8_t>(byte);
}

/// Tables, made once: a frame is converted by look-up.
struct Tables {
  std::array<float, kCodes> linear_of_mulaw{};
  std::string mulaw_of_alaw, alaw_of_mulaw;
  std::string mulaw_of_level;  // by the sample as an unsigned number

  Tables() {
    const std::string codes = every_byte();
    const auto mulaw = runtime::audio::mulaw_decode(codes);
    std::ranges::transform(mulaw, linear_of_mulaw.begin(),
                           [](std::int16_t level) { return static_cast<float>(level) / kFull; });
    alaw_of_mulaw = runtime::audio::alaw_encode(mulaw);
    mulaw_of_alaw = runtime::audio::mulaw_encode(runtime::audio::alaw_decode(codes));
    runtime::audio::Pcm levels;
    for (std::size_t i = 0; i < kLevels; ++i)
      levels.push_back(static_cast<std::int16_t>(static_cast<std::uint16_t>(i)));
    mulaw_of_level = runtime::audio::mulaw_encode(levels);
  }
};

const Tables& tables() {
  static const Tables kTables;
  return kTables;
}

std::int16_t level_of(float sample) {
  const float scaled = std::round(sample * kFull);
  return static_cast<std::int16_t>(std::clamp(scaled, -kFull, kFull - 1));
}

void translate(std::string_view from, const std::string& table, std::string& into) {
  into.resize(from.size());
  std::ranges::transform(from, into.begin(), [&](char byte) { return table[index(byte)]; });
}
}  // namespace

Transcoder::Transcoder(AudioFormat to_model, AudioFormat to_caller)
    : to_model_(to_model), to_caller_(to_caller) {
  if (to_model_ == AudioFormat::pcm24k) up_.emplace(kLine, kWide);
  if (to_caller_ == AudioFormat::pcm24k) down_.emplace(kWide, kLine);
}

std::string_view Transcoder::to_model(std::string_view mulaw) {
  if (to_model_ == AudioFormat::pcmu) return mulaw;
  if (to_model_ == AudioFormat::pcma) {
    translate(mulaw, tables().alaw_of_mulaw, model_bytes_);
    return model_bytes_;
  }
  in_.clear();
  for (const char byte : mulaw) in_.push_back(tables().linear_of_mulaw[index(byte)]);
  out_.clear();
  up_->push(in_, out_);
  model_bytes_.clear();
  for (const float sample : out_) {
    const auto level = static_cast<std::uint16_t>(level_of(sample));
    model_bytes_.push_back(static_cast<char>(level & 0xFFU));
    model_bytes_.push_back(static_cast<char>(level >> 8U));
  }
  return model_bytes_;
}

std::string_view Transcoder::to_caller(std::string_view audio) {
  if (to_caller_ == AudioFormat::pcmu) return audio;
  if (to_caller_ == AudioFormat::pcma) {
    translate(audio, tables().mulaw_of_alaw, caller_bytes_);
    return caller_bytes_;
  }
  in_.clear();
  for (const char byte : audio) {
    if (!half_) {
      half_ = byte;
      continue;
    }
    const auto level =
        static_cast<std::int16_t>(static_cast<std::uint16_t>(index(*half_) | (index(byte) << 8U)));
    half_.reset();
    in_.push_back(static_cast<float>(level) / kFull);
  }
  out_.clear();
  down_->push(in_, out_);
  return encode_mulaw();
}

std::string_view Transcoder::finish_to_caller() {
  half_.reset();
  if (!down_) return {};
  out_.clear();
  down_->finish(out_);
  return encode_mulaw();
}

void Transcoder::drop_to_caller() {
  half_.reset();
  if (down_) down_->reset();
}

std::string_view Transcoder::encode_mulaw() {
  caller_bytes_.clear();
  for (const float sample : out_)
    caller_bytes_.push_back(tables().mulaw_of_level[static_cast<std::uint16_t>(level_of(sample))]);
  return caller_bytes_;
}

}  // namespace bridge::call
