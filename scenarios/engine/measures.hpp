#pragma once
#include "runtime/core/time.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace scenarios::engine {

/// "250ms", "8s", "1.5s", "2min", "1h".
std::optional<runtime::Duration> parse_duration(std::string_view text);
/// "0B", "32KiB", "1MiB".
std::optional<std::size_t> parse_size(std::string_view text);
/// The shortest spelling that parse_duration() reads back.
std::string duration_text(runtime::Duration duration);

}  // namespace scenarios::engine
