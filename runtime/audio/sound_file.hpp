#pragma once
#include "runtime/audio/clip.hpp"

#include <string>
#include <variant>

namespace runtime::audio {

/// As read_clip, from a descriptor at its current position (which stays open), at `rate`; `name` is what
/// errors call it.
std::variant<Pcm, std::string> read_pcm(int descriptor, const std::string& name, int rate);

}  // namespace runtime::audio
