#pragma once
#include "runtime/audio/clip.hpp"

#include <string>
#include <variant>

namespace runtime::audio {

/// As read_clip, from a descriptor at its current position (which stays open); `name` is what errors call it.
std::variant<Clip, std::string> read_clip(int descriptor, const std::string& name);

}  // namespace runtime::audio
