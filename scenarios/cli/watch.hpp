#pragma once
#include "scenarios/cli/run_request.hpp"

#include <filesystem>
#include <functional>
#include <set>
#include <string>

namespace scenarios::cli {

/// What the scenarios of a run are made of besides themselves.
struct Ingredients {
  std::set<std::filesystem::path> included;  // as engine::plain_path() has them
  std::set<std::string> sounds;              // file names
};

/// Runs what is asked for, and adds what its scenarios are made of.
using RunNoting = std::function<Exit(const RunRequest&, Ingredients& known)>;

/// Runs, and then again whenever something of it is saved, until it is interrupted: the scenarios that were
/// saved, or all of them when it was something that they share.
Exit run_on_save(const RunRequest& request, const RunNoting& run);

}  // namespace scenarios::cli
