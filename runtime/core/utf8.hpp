#pragma once
#include <algorithm>
#include <cstddef>
#include <string_view>

namespace runtime {

/// Whether a byte goes on with the character of the byte before it: 10xxxxxx.
inline bool continues_utf8(char byte) {
  return (static_cast<unsigned char>(byte) & 0xC0U) == 0x80U;
}

/// How many characters (code points) a text has.
inline std::size_t utf8_length(std::string_view text) {
  return text.size() - static_cast<std::size_t>(std::ranges::count_if(text, continues_utf8));
}

/// A text's beginning of at most `most` bytes, which cuts no character in two.
inline std::string_view utf8_prefix(std::string_view text, std::size_t most) {
  if (text.size() <= most) return text;
  while (most > 0 && continues_utf8(text[most])) --most;
  return text.substr(0, most);
}

}  // namespace runtime
