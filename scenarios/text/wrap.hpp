#pragma once
#include "scenarios/text/columns.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace scenarios::text {

/// What a terminal shows at the least.
inline constexpr std::size_t kColumns = 80;

/// `text`, which begins in column `indent`, in lines of at most kColumns; those after the first are indented.
std::string wrapped(std::string_view text, std::size_t indent);

}  // namespace scenarios::text
