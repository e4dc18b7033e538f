#include "scenarios/cli/workspace.hpp"

#include "scenarios/cli/library.hpp"
#include "scenarios/cli/project.hpp"
#include "scenarios/engine/config_check.hpp"

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

std::optional<Workspace> workspace_for(std::vector<std::string> paths) {
  auto read = read_project({});
  if (const auto* error = std::get_if<std::string>(&read)) {
    std::fputs(error->c_str(), stderr);
    return std::nullopt;
  }
  const auto& project = std::get<Project>(read);
  Workspace workspace{std::move(paths), project.clips};
  if (workspace.paths.empty()) {
    for (const auto& path : project.scenarios) workspace.paths.push_back(path.string());
  }
  return workspace;
}

}  // namespace scenarios::cli
