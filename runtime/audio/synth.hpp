#pragma once
#include "runtime/audio/clip.hpp"
#include "runtime/core/random.hpp"

#include <string_view>

namespace runtime::audio {

/// Sine of `hertz` at `dbfs` (peak), continuous phase from zero.
Clip tone(double hertz, double dbfs, Samples8k length);
/// Two short soft tones, one above the other, and then silence: three seconds that are played over and over
/// to somebody who waits.
Clip hold_tones();
/// White noise at `dbfs` (RMS).
Clip noise(Random& random, double dbfs, Samples8k length);
Clip silence(Samples8k length);
/// The keys of a phone, 0-9 * # A-D, as DTMF tones (spandsp): `on` per key, `gap` between keys.
Clip dtmf(std::string_view keys, Samples8k on, Samples8k gap);
/// Speech-like audio without words for scripts that say `speech: 3s`: a voiced, syllable-modulated buzz at
/// about -20 dBFS RMS, loud within 20 ms of its start and up to its end. Different seeds differ audibly and
/// bit for bit.
Clip speech_like(std::uint64_t seed, Samples8k length);

}  // namespace runtime::audio
