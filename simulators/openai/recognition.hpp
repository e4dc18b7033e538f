#pragma once
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace simulators::openai {

/// What is left of a sound for recognising it: 2 kHz, mono. Pitch and first formant survive.
using Sketch = std::vector<std::int16_t>;
/// `rate`: a multiple of 2000.
Sketch sketch_of(std::span<const std::int16_t> pcm, int rate);
Sketch sketch_of_mulaw(std::string_view mulaw);

/// Whether `sound` is in `heard`, softer or louder, with noise, with pieces missing: most of the loudest
/// quarters of a second of `sound` are found again by correlation, in their order and at their distances.
bool contains_sound(const Sketch& heard, const Sketch& sound);

}  // namespace simulators::openai
