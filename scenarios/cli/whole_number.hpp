#pragma once
#include <string>

namespace scenarios::cli {

/// A check for CLI11, which takes -1 for the largest number there is. What is wrong; empty: nothing.
inline std::string whole_number(const std::string& text) {
  const bool digits = !text.empty() && text.find_first_not_of("0123456789") == std::string::npos;
  return digits ? std::string() : "expected a whole number from 0 on, found '" + text + "'";
}

}  // namespace scenarios::cli
