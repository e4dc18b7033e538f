#pragma once
#include <string_view>

namespace simulators::twilio {

/// Of which kind of sound file `payload` begins like: "wav", "au", "mp3"; empty: none. Media payloads are raw
/// mu-law: what a bridge took from a file, header and all, is heard as a click or as static.
inline std::string_view file_header(std::string_view payload) {
  if (payload.starts_with("RIFF")) return "wav";
  if (payload.starts_with(".snd")) return "au";
  if (payload.starts_with("ID3")) return "mp3";
  return {};
}

}  // namespace simulators::twilio
