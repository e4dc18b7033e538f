#pragma once
#include "runtime/audio/g711.hpp"
#include "runtime/core/units.hpp"

#include <filesystem>
#include <span>
#include <string>
#include <variant>

namespace runtime::audio {

/// 8 kHz mono audio in memory, as it goes over the phone line.
struct Clip {
  std::string mulaw;
  Samples8k length() const { return mulaw_length(mulaw.size()); }
};

/// Reads any file that libsndfile reads (WAV and others), mixes to mono, resamples to 8 kHz (libsamplerate).
/// The error names the file and what was wrong with it.
std::variant<Clip, std::string> read_clip(const std::filesystem::path& file);
/// The same of what was heard of a call, which may be nothing: a file without samples is a clip of no length.
std::variant<Clip, std::string> read_track(const std::filesystem::path& file);
/// Writes a mono 16-bit WAV at `rate`; empty on success, else what was wrong.
std::string write_wav(const std::filesystem::path& file, std::span<const std::int16_t> pcm, int rate);

Pcm resample(std::span<const std::int16_t> pcm, int from_rate, int to_rate);

}  // namespace runtime::audio
