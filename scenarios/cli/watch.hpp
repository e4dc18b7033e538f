#pragma once
#include "scenarios/cli/run_request.hpp"

#include <functional>

namespace scenarios::cli {

/// Runs, and then again whenever something is saved, until it is interrupted: the scenarios that were saved,
/// or all of them when it was something that they share.
Exit run_on_save(const RunRequest& request, const std::function<Exit(const RunRequest&)>& run);

}  // namespace scenarios::cli
