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
  const bool of_nobody = paths.empty() && !workspace.library;
  if (of_nobody || workspace.library) {
    auto library = library_folder();
    if (library.empty()) {
      std::fprintf(stderr, "linecheck: %s, and no scenario library is beside this program\n",
                   workspace.library ? "--library was given" : "no PATH was given");
      return std::nullopt;
    }
    paths.push_back(std::move(library));
  }
  auto clips = clip_library(workspace.clips);
  auto found = engine::lint(paths, clips, engine::check_bridge_config);
  if (of_nobody) {
    std::fprintf(stderr, "no PATH and no `scenarios:` in %s: the built-in library (%zu scenarios)\n",
                 kProjectFile, found.scenarios.size());
  }
  return found;
}

std::optional<Workspace> workspace_for(std::vector<std::string> paths,
                                       const std::optional<std::string>& project, bool library) {
  auto read = read_project(project);
  if (const auto* error = std::get_if<std::string>(&read)) {
    std::fputs(error->c_str(), stderr);
    return std::nullopt;
  }
  const auto& found = std::get<Project>(read);
  Workspace workspace{std::move(paths), found.clips, library};
  if (workspace.paths.empty() && !library) {
    for (const auto& path : found.scenarios) workspace.paths.push_back(path.string());
  }
  return workspace;
}

void add_project_option(CLI::App& command, std::optional<std::string>& project) {
  command.add_option("--project", project,
                     "instead of the linecheck.yaml here or in a folder above; '': none");
}

void add_library_option(CLI::App& command, bool& library) {
  command.add_flag("--library", library, "the scenarios that come with linecheck, besides any PATH");
}

}  // namespace scenarios::cli
