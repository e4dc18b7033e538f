#pragma once
#include <cstddef>
#include <string_view>

namespace scenarios::text {

/// The character (code point) at `at`, which moves behind it. What is no UTF-8 is taken byte by byte.
char32_t next_code_point(std::string_view utf8, std::size_t& at);

/// How many columns of a terminal `utf8` takes: two for each character of East Asia and each picture, none
/// for a vowel point or an accent that stands on the letter before it.
std::size_t columns(std::string_view utf8);

}  // namespace scenarios::text
