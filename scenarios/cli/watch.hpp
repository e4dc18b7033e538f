#pragma once
#include "scenarios/cli/run_request.hpp"

#include <filesystem>
#include <functional>
#include <set>

namespace scenarios::cli {

/// Runs what is asked for, and adds the files that its scenarios include.
using RunNoting = std::function<Exit(const RunRequest&, std::set<std::filesystem::path>& included)>;

/// Runs, and then again whenever something of it is saved, until it is interrupted: the scenarios that were
/// saved, or all of them when it was something that they share.
Exit run_on_save(const RunRequest& request, const RunNoting& run);

}  // namespace scenarios::cli
