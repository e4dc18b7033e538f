#include "simulators/openai/audio_format.hpp"

#include "runtime/audio/clip.hpp"
#include "runtime/audio/g711.hpp"

#include <cstdint>

namespace simulators::openai {

std::string_view format_name(AudioFormat format) {
  switch (format) {
    case AudioFormat::pcm:
      return "audio/pcm";
    case AudioFormat::pcmu:
      return "audio/pcmu";
    case AudioFormat::pcma:
      return "audio/pcma";
  }
  return {};
}

std::size_t bytes_per_ms(AudioFormat format) {
  return format == AudioFormat::pcm ? 48 : 8;
}

std::string in_format(const std::string& mulaw, AudioFormat format) {
  if (format == AudioFormat::pcmu) return mulaw;
  auto pcm = runtime::audio::mulaw_decode(mulaw);
  if (format == AudioFormat::pcma) return runtime::audio::alaw_encode(pcm);
  pcm = runtime::audio::resample(pcm, 8'000, 24'000);
  pcm.resize(mulaw.size() * 3);
  std::string bytes;
  bytes.reserve(pcm.size() * 2);
  for (const std::int16_t sample : pcm) {
    const auto value = static_cast<std::uint16_t>(sample);
    bytes.push_back(static_cast<char>(value & 0xFFU));
    bytes.push_back(static_cast<char>(value >> 8U));
  }
  return bytes;
}

}  // namespace simulators::openai
