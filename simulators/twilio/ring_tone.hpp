#pragma once
#include "runtime/audio/clip.hpp"
#include "runtime/core/time.hpp"

#include <string_view>

namespace simulators::twilio {

/// The values of `<Dial ringTone>`, separated by blanks: "automatic" and codes of countries.
std::string_view ring_tone_names();

/// What a caller hears while the other party rings: `length` of it, from the first ring on. Each country has
/// its frequencies and its rhythm (ITU-T E.180). Any other name sounds as in the United States, `automatic`
/// too: what it goes by is not documented.
runtime::audio::Clip ring_tone(std::string_view name, runtime::Duration length);

}  // namespace simulators::twilio
