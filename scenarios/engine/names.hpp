#pragma once

namespace scenarios::engine {

/// What the names consist of that an author gives to variables and servers.
constexpr bool of_a_name(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

}  // namespace scenarios::engine
