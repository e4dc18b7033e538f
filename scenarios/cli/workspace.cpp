#include "scenarios/cli/workspace.hpp"

#include "scenarios/cli/library.hpp"
#include "scenarios/cli/project.hpp"
#include "scenarios/engine/config_check.hpp"

#include <algorithm>
#include <cstdio>
#include <utility>

namespace scenarios::cli {
namespace fs = std::filesystem;

namespace {

engine::ClipLibrary clip_library(const std::vector<fs::path>& folders) {
  auto all = folders;
  for (auto& built_in : engine::ClipLibrary::installed_prompts()) all.push_back(std::move(built_in));
  return engine::ClipLibrary(std::move(all));
}

}  // namespace

std::optional<engine::Lint> checked(const Workspace& workspace) {
  std::vector<fs::path> paths(workspace.paths.begin(), workspace.paths.end());
  if (std::ranges::find(paths, fs::path()) != paths.end()) {
    std::fputs("linecheck: a PATH is empty: expected a file or folder with scenarios\n", stderr);
    return std::nullopt;
  }
  if (paths.empty()) {
    auto library = library_folder();
    if (library.empty()) {
      std::fputs("linecheck: no PATH was given, and no scenario library is beside this program\n", stderr);
      return std::nullopt;
    }
    paths.push_back(std::move(library));
  }
  auto clips = clip_library(workspace.clips);
  return engine::lint(paths, clips, engine::check_bridge_config);
}

std::optional<Workspace> workspace_for(std::vector<std::string> paths,
                                       const std::optional<std::string>& project) {
  auto read = read_project(project);
  if (const auto* error = std::get_if<std::string>(&read)) {
    std::fputs(error->c_str(), stderr);
    return std::nullopt;
  }
  const auto& found = std::get<Project>(read);
  Workspace workspace{std::move(paths), found.clips};
  if (workspace.paths.empty()) {
    for (const auto& path : found.scenarios) workspace.paths.push_back(path.string());
  }
  return workspace;
}

void add_project_option(CLI::App& command, std::optional<std::string>& project) {
  command.add_option("--project", project,
                     "instead of the linecheck.yaml here or in a folder above; '': none");
}

}  // namespace scenarios::cli
