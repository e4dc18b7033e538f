#pragma once
#include <cstddef>
#include <string>
#include <string_view>

namespace scenarios::text {

/// "1 file", "2 files".
inline std::string counted(std::size_t number, std::string_view what) {
  return std::to_string(number) + " " + std::string(what) + (number == 1 ? "" : "s");
}

}  // namespace scenarios::text
