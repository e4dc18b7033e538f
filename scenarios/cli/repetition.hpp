#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace scenarios::cli {

/// The first line in which two journals of one scenario and seed differ, as both have it; nullopt: none.
std::optional<std::string> first_difference(std::string_view first, std::string_view again);

}  // namespace scenarios::cli
