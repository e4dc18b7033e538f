#pragma once
#include <cstddef>
#include <string_view>

namespace bridge::call {

constexpr bool digit(char c) {
  return c >= '0' && c <= '9';
}
constexpr bool in_a_word(char c) {
  return digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
/// Where the digits end that begin at `from`.
std::size_t end_of_digits(std::string_view text, std::size_t from);

/// Where something ends that begins at `from` and, although it has digits, is no phone number: a date, a time
/// stamp, an address, an id, a fraction, a number with its unit or its name (`12345678 bytes`,
/// `size=12345678`). `from`: nothing of the kind begins there. What may be either is a phone number.
std::size_t end_of_no_phone(std::string_view text, std::size_t from);

}  // namespace bridge::call
