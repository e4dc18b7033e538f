#pragma once
#include <cstddef>
#include <string>
#include <string_view>

namespace scenarios::text {

/// What a terminal shows at the least.
inline constexpr std::size_t kColumns = 80;

/// How many columns `text` takes: a letter of two or three bytes is one.
std::size_t columns(std::string_view text);

/// `text`, which begins in column `indent`, in lines of at most kColumns; those after the first are indented.
std::string wrapped(std::string_view text, std::size_t indent);

}  // namespace scenarios::text
