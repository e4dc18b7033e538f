#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

namespace bridge::openai {

/// What a session can speak, one direction at a time: G.711 at 8 kHz, or linear PCM of 16 bits at 24 kHz.
enum class AudioFormat { pcmu, pcma, pcm24k };

/// In the words of the Realtime API: "audio/pcmu", ...
constexpr std::string_view type_of(AudioFormat format) {
  switch (format) {
    case AudioFormat::pcmu:
      return "audio/pcmu";
    case AudioFormat::pcma:
      return "audio/pcma";
    case AudioFormat::pcm24k:
      return "audio/pcm";
  }
  return {};
}

/// `rate` 0: not said, which is the format's own. None: a format that cannot be converted.
constexpr std::optional<AudioFormat> audio_format(std::string_view type, std::int64_t rate) {
  constexpr std::int64_t kPcmRate = 24'000;
  if (type == type_of(AudioFormat::pcmu)) return AudioFormat::pcmu;
  if (type == type_of(AudioFormat::pcma)) return AudioFormat::pcma;
  if (type == type_of(AudioFormat::pcm24k) && (rate == 0 || rate == kPcmRate)) return AudioFormat::pcm24k;
  return std::nullopt;
}

}  // namespace bridge::openai
