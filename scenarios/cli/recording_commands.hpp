#pragma once
#include "scenarios/cli/commands.hpp"

namespace scenarios::cli {

// What makes scenarios of calls, and plays them again, as in commands.hpp.
void add_record(CLI::App& app, Exit& exit);
void add_replay(CLI::App& app, Exit& exit);

}  // namespace scenarios::cli
