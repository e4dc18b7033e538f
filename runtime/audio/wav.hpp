#pragma once
#include "runtime/audio/g711.hpp"

#include <span>
#include <string>

namespace runtime::audio {

/// The bytes of a mono 16-bit WAV file at `rate`.
std::string wav_bytes(std::span<const std::int16_t> pcm, int rate);

}  // namespace runtime::audio
