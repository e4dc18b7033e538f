#include "runtime/core/utf8.hpp"

#include <cstdint>
#include <cstring>

namespace runtime {

std::size_t utf8_until(std::string_view text) {
  const auto* const begin = reinterpret_cast<const unsigned char*>(text.data());
  const auto* const end = begin + text.size();
  const auto* at = begin;
  while (at != end) {
    if (end - at >= 8) {
      std::uint64_t word = 0;
      std::memcpy(&word, at, sizeof word);
      if ((word & 0x8080808080808080U) == 0) {
        at += sizeof word;
        continue;
      }
    }
    const unsigned first = *at;
    const int more = first < 0x80 ? 0 : first >= 0xF0 ? 3 : first >= 0xE0 ? 2 : 1;
    // Overlong forms, surrogates and what is above U+10FFFF show in the second byte.
    const unsigned least = first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : 0x80;
    const unsigned most = first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : 0xBF;
    const bool begins = first < 0x80 || (first >= 0xC2 && first <= 0xF4 && end - at > more);
    bool whole = begins && (more == 0 || (at[1] >= least && at[1] <= most));
    for (int i = 2; whole && i <= more; ++i) whole = (at[i] & 0xC0U) == 0x80U;
    if (!whole) break;
    at += more + 1;
  }
  return static_cast<std::size_t>(at - begin);
}

std::string_view utf8_characters(std::string_view text, std::size_t most) {
  std::size_t at = 0;
  for (; at < text.size(); ++at) {
    if (!continues_utf8(text[at]) && most-- == 0) break;
  }
  return text.substr(0, at);
}

}  // namespace runtime
