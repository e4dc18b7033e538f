#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace runtime::audio {

using Pcm = std::vector<std::int16_t>;

/// G.711 mu-law, 8 kHz mono, to linear and back (spandsp). Decoding then encoding gives the same bytes,
/// but for 0x7F, which is a second zero and becomes 0xFF.
Pcm mulaw_decode(std::string_view mulaw);
std::string mulaw_encode(std::span<const std::int16_t> pcm);
Pcm alaw_decode(std::string_view alaw);
std::string alaw_encode(std::span<const std::int16_t> pcm);

/// What a silent line sounds like in mu-law.
inline constexpr char kMulawSilence = static_cast<char>(0xFF);

}  // namespace runtime::audio
