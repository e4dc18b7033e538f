#pragma once
#include "scenarios/cli/commands.hpp"
#include "scenarios/engine/clips.hpp"
#include "scenarios/engine/loader.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace scenarios::cli {

/// The scenarios that a command is about, checked: those of its PATHs, else of linecheck.yaml, else of the
/// library, which is then said. Nullopt: there is nothing to work on, which has been said.
struct Workspace {
  std::vector<std::string> paths;
  std::vector<std::filesystem::path> clips;  // folders, besides those where clips are always looked for
  bool library = false;                      // besides the paths
};
std::optional<engine::Lint> checked(const Workspace& workspace);

/// What of linecheck.yaml, or of `project` (empty: of none), is about files, for the paths of a command line.
/// Nullopt: it is broken, which has been said.
std::optional<Workspace> workspace_for(std::vector<std::string> paths,
                                       const std::optional<std::string>& project = std::nullopt,
                                       bool library = false);
/// --project, as `run` has it.
void add_project_option(CLI::App& command, std::optional<std::string>& project);
/// --library, as `run` has it.
void add_library_option(CLI::App& command, bool& library);

}  // namespace scenarios::cli
