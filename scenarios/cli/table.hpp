#pragma once
#include "scenarios/engine/result.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace scenarios::cli {

/// The table of results, a line each, which fits on the narrowest terminal; failures and which expectations
/// are not applicable follow indented, without secrets. `name_width`: columns of the longest name.
std::string table_header(std::size_t name_width);
std::string table_line(const engine::Result& unredacted, std::size_t name_width, bool colour);
/// `not_run`: those that a run which ended early never came to.
std::string summary(const std::vector<engine::Result>& results, std::size_t not_run, double wall_seconds);

}  // namespace scenarios::cli
