#pragma once
#include "runtime/audio/g711.hpp"

#include <span>
#include <string>

namespace runtime::audio {

/// The bytes of a 16-bit WAV file at `rate`; samples of several channels alternate.
std::string wav_bytes(std::span<const std::int16_t> pcm, int rate, int channels = 1);

}  // namespace runtime::audio
