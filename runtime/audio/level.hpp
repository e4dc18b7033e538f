#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace runtime::audio {

/// Root mean square against full scale (32768), in dBFS; -infinity for digital silence or nothing.
double rms_dbfs(std::span<const std::int16_t> pcm);
double rms_dbfs_mulaw(std::string_view mulaw);

/// The same in two steps, for audio that comes in pieces: sums of squares add up.
std::int64_t energy_mulaw(std::string_view mulaw);
double dbfs(std::int64_t energy, std::size_t samples);

/// Audio that never rises above this counts as none (design.md, "Verdicts").
inline constexpr double kSilenceDbfs = -60.0;

/// Highest magnitude in mu-law audio, as linear 0..32124. Cheap: a table look-up per byte, no decoding.
int peak_mulaw(std::string_view mulaw);
/// True when the peak of `mulaw` is above -60 dBFS.
bool audible_mulaw(std::string_view mulaw);
/// From the first to the last sample above -60 dBFS; empty when there is none.
std::string_view audible_part_mulaw(std::string_view mulaw);
/// How much of the energy lies at `hertz`, 0 to 1. A pure tone of that frequency: 1. Of 20 ms of anything
/// else, what is within about 25 Hz counts as well.
double tone_share_mulaw(std::string_view mulaw, double hertz);

}  // namespace runtime::audio
