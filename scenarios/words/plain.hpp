#pragma once
#include "runtime/core/time.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace scenarios::words {

/// "500 ms", "1.5 s", "2 min": as one would say it.
std::string duration(runtime::Duration length);
/// Seconds of that much mu-law audio.
std::string length_of(std::string_view mulaw);
/// "1st", "2nd", "3rd".
std::string ordinal(std::size_t number);
/// In double quotes, shortened when it is long.
std::string cited(std::string_view text);

}  // namespace scenarios::words
