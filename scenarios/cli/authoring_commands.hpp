#pragma once
#include "scenarios/cli/commands.hpp"

namespace scenarios::cli {

// What helps to find, read and begin scenarios, as in commands.hpp.
void add_list(CLI::App& app, Exit& exit);
void add_explain(CLI::App& app, Exit& exit);
void add_new(CLI::App& app, Exit& exit);
void add_init(CLI::App& app, Exit& exit);
/// Last, since it completes what was added before.
void add_completion(CLI::App& app, Exit& exit);

}  // namespace scenarios::cli
