#pragma once
#include "scenarios/cli/commands.hpp"

namespace scenarios::cli {

// What helps to write scenarios, as in commands.hpp.
void add_promql(CLI::App& app, Exit& exit);
void add_schema(CLI::App& app, Exit& exit);

}  // namespace scenarios::cli
