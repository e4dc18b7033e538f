#pragma once
#include <string_view>

namespace runtime::audio {

/// How flat the spectrum is, from 0 (tones, voices: each sample follows from those before) to 1 (white noise:
/// none does). Measured as the share of the energy that a linear prediction from 8 samples leaves over. Of
/// 20 ms of loud speech it is below 0.2, of nearly all overdriven speech below 0.3. 0 for silence.
double flatness_mulaw(std::string_view mulaw);

}  // namespace runtime::audio
