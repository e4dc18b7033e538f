#include "simulators/twilio/private_host.hpp"

#include <arpa/inet.h>

#include <array>
#include <cstdint>

namespace simulators::twilio {

bool is_private_host(const std::string& host) {
  if (host == "localhost" || host.ends_with(".localhost")) return true;
  std::array<std::uint8_t, 4> v4{};
  if (inet_pton(AF_INET, host.c_str(), v4.data()) == 1) {
    const auto [a, b, c, d] = v4;
    return a == 10 || a == 127 || (a == 172 && b >= 16 && b < 32) || (a == 192 && b == 168) ||
           (a == 169 && b == 254);
  }
  const bool brackets = host.starts_with('[') && host.ends_with(']');
  std::array<std::uint8_t, 16> v6{};
  if (inet_pton(AF_INET6, brackets ? host.substr(1, host.size() - 2).c_str() : host.c_str(), v6.data()) != 1)
    return false;
  static constexpr std::array<std::uint8_t, 16> kLoopback{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
  const bool unique_local = (v6[0] & 0xFEU) == 0xFC;
  const bool link_local = v6[0] == 0xFE && (v6[1] & 0xC0U) == 0x80;
  return v6 == kLoopback || unique_local || link_local;
}

}  // namespace simulators::twilio
