#pragma once
#include "runtime/audio/clip.hpp"
#include "runtime/audio/g711.hpp"

#include <string>
#include <string_view>
#include <variant>

namespace runtime::audio {

/// Who reads and how fast.
struct Voice {
  std::string name = "en";  // a language or voice as espeak-ng knows it, in any case: "en", "he-IL", "en+f3"
  int words_per_minute = 175;  // 80 to 450, espeak-ng's own limits
};

/// Text read aloud by espeak-ng, mono at `rate`, or as the line carries it. Same text, voice and rate: same
/// samples, in every process, whatever was read before. The error says what to install or what espeak-ng
/// said.
///
/// espeak-ng runs as a program and not as a library on purpose: its library keeps state from one text to the
/// next, and is under the GPL. It takes about 10 ms, during which the thread waits.
std::variant<Pcm, std::string> speak_pcm(std::string_view text, const Voice& voice, int rate);
std::variant<Clip, std::string> speak(std::string_view text, const Voice& voice = {});

}  // namespace runtime::audio
