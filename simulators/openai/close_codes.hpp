#pragma once
#include <cstdint>

/// With what the live service closes a connection that it refuses after the 101.
namespace simulators::openai::close_code {

inline constexpr std::uint16_t kAuthentication = 3000;
inline constexpr std::uint16_t kRequest = 4000;
inline constexpr std::uint16_t kModel = 4004;

}  // namespace simulators::openai::close_code
