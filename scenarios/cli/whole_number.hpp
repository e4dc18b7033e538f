#pragma once
#include <charconv>
#include <cstdint>
#include <limits>
#include <string>
#include <system_error>

namespace scenarios::cli {

/// A check for CLI11, which takes -1 and all that is too large for the largest number there is. What is
/// wrong; empty: nothing.
inline std::string whole_number(const std::string& text) {
  std::uint64_t number = 0;
  const auto* end = text.data() + text.size();
  const auto [rest, problem] = std::from_chars(text.data(), end, number);
  if (rest != end || problem == std::errc::invalid_argument)
    return "expected a whole number from 0 on, found '" + text + "'";
  if (problem == std::errc()) return {};
  return "expected a whole number of at most " + std::to_string(std::numeric_limits<std::uint64_t>::max()) +
         ", found '" + text + "'";
}

}  // namespace scenarios::cli
