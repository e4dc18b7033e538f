#pragma once
#include "runtime/audio/clip.hpp"

#include <string>
#include <string_view>
#include <variant>

namespace runtime::audio {

/// As read_clip, from a descriptor at its current position (which stays open), at `rate`; `name` is what
/// errors call it.
std::variant<Pcm, std::string> read_pcm(int descriptor, const std::string& name, int rate);

/// As read_clip, from the bytes of a file.
std::variant<Clip, std::string> decode_clip(std::string_view file, const std::string& name);

}  // namespace runtime::audio
