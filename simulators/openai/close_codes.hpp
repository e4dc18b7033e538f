#pragma once
#include <cstdint>

namespace simulators::openai::close_code {

// With what the live service closes a connection that it refuses after the 101.
inline constexpr std::uint16_t kAuthentication = 3000;
inline constexpr std::uint16_t kRequest = 4000;
inline constexpr std::uint16_t kModel = 4004;

/// An empty close frame (RFC 6455, 7.1.5).
inline constexpr std::uint16_t kNone = 1005;

/// RFC 6455, 7.4: what a close frame may hold.
constexpr bool may_be_sent(std::int64_t code) {
  if (code >= 3000) return code <= 4999;
  return code >= 1000 && code <= 1014 && (code < 1004 || code > 1006);
}

}  // namespace simulators::openai::close_code
