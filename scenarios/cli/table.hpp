#pragma once
#include "scenarios/engine/result.hpp"

#include <string>
#include <vector>

namespace scenarios::cli {

/// One line of the table of results, at most 100 columns; failures follow indented.
std::string table_header();
std::string table_line(const engine::Result& result, bool colour);
std::string summary(const std::vector<engine::Result>& results, double wall_seconds);

}  // namespace scenarios::cli
