#pragma once
#include <algorithm>
#include <cstddef>
#include <string_view>

namespace runtime {

/// Whether a byte goes on with the character of the byte before it: 10xxxxxx.
inline bool continues_utf8(char byte) {
  return (static_cast<unsigned char>(byte) & 0xC0U) == 0x80U;
}

/// Where a text ceases to be UTF-8: at the first byte of what is no character, else at its end
/// (RFC 3629: no surrogates, nothing overlong, nothing above U+10FFFF).
std::size_t utf8_until(std::string_view text);
inline bool is_utf8(std::string_view text) {
  return utf8_until(text) == text.size();
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

/// A text's first `most` characters.
std::string_view utf8_characters(std::string_view text, std::size_t most);

}  // namespace runtime
