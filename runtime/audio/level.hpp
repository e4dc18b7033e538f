#pragma once
#include <cstdint>
#include <span>
#include <string_view>

namespace runtime::audio {

/// Root mean square against full scale (32768), in dBFS; -infinity for digital silence or nothing.
double rms_dbfs(std::span<const std::int16_t> pcm);
double rms_dbfs_mulaw(std::string_view mulaw);

/// Audio that never rises above this counts as none (design.md, "Verdicts").
inline constexpr double kSilenceDbfs = -60.0;

/// Highest magnitude in mu-law audio, as linear 0..32124. Cheap: a table look-up per byte, no decoding.
int peak_mulaw(std::string_view mulaw);
/// True when the peak of `mulaw` is above -60 dBFS.
bool audible_mulaw(std::string_view mulaw);

}  // namespace runtime::audio
