#include "scenarios/engine/promql/pattern.hpp"

#include <cstddef>
#include <string_view>

namespace scenarios::engine::promql {
namespace {

/// The library reads the number of a group or of a repetition without a look at its length.
bool numbers_fit(std::string_view pattern) {
  constexpr std::size_t kMostDigits = 9;
  std::size_t digits = 0;
  bool counted = false;  // the digits stand where a number is read
  bool repetition = false;
  for (const char c : pattern) {
    const bool digit = c >= '0' && c <= '9';
    digits = digit && counted ? digits + 1 : 0;
    if (digits > kMostDigits) return false;
    repetition = c == '{' || (repetition && (digit || c == ','));
    if (!digit) counted = c == '\\' || repetition;
  }
  return true;
}

}  // namespace

std::variant<std::regex, std::string> read_pattern(const std::string& text) {
  if (!numbers_fit(text)) return "this is no regular expression: a number in it has more than nine digits";
  try {  // the library reports a bad pattern in no other way
    return std::regex(text, std::regex::ECMAScript | std::regex::optimize);
  } catch (const std::regex_error&) {
    return "this is no regular expression";
  }
}

}  // namespace scenarios::engine::promql
