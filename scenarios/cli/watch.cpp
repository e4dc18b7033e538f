#include "scenarios/cli/watch.hpp"

#include "scenarios/cli/file_watch.hpp"
#include "scenarios/cli/interruption.hpp"
#include "scenarios/cli/library.hpp"
#include "scenarios/engine/loader.hpp"

#include <algorithm>
#include <cstdio>
#include <set>
#include <system_error>

namespace scenarios::cli {
namespace fs = std::filesystem;

namespace {

std::vector<fs::path> watched_paths(const RunRequest& request) {
  std::vector<fs::path> paths(request.paths.begin(), request.paths.end());
  if (paths.empty()) paths.push_back(library_folder());
  paths.insert(paths.end(), request.clips.begin(), request.clips.end());
  return paths;
}

bool below(const fs::path& file, const fs::path& folder) {
  const auto relative =
      fs::absolute(file).lexically_normal().lexically_relative(fs::absolute(folder).lexically_normal());
  return !relative.empty() && *relative.begin() != "..";
}

/// Editors have files of their own beside what they save, and take them away again; a run writes its report.
bool of_interest(const fs::path& file, const RunRequest& request) {
  std::error_code ignored;
  const auto name = file.filename().string();
  const bool of_editors = name.starts_with('.') || name.ends_with('~') || name.starts_with('#');
  const bool of_ours = (!request.out.empty() && below(file, request.out)) ||
                       file.filename() == fs::path(request.journal).filename();
  return !of_editors && !of_ours && fs::is_regular_file(file, ignored);
}

/// The scenarios among what was saved; empty: something else was saved as well.
std::vector<std::string> saved_scenarios(const std::vector<fs::path>& files, const RunRequest& request) {
  const auto scenarios = engine::scenario_files(watched_paths(request)).files;
  std::vector<std::string> saved;
  for (const auto& file : files) {
    const auto same = [&](const fs::path& other) {
      return other.lexically_normal() == file.lexically_normal();
    };
    const auto found = std::ranges::find_if(scenarios, same);
    if (found == scenarios.end()) return {};
    saved.push_back(found->string());
  }
  return saved;
}

}  // namespace

Exit run_on_save(const RunRequest& request, const std::function<Exit(const RunRequest&)>& run) {
  FileWatch watch;
  RunRequest now = request;
  for (;;) {
    watch.cover(watched_paths(request));
    (void)run(now);
    if (Interruption::asked()) return Exit::interrupted;
    std::puts("watching: save a scenario, and it runs again (Ctrl-C ends)");
    std::fflush(stdout);
    std::vector<fs::path> files;
    while (files.empty()) {
      for (const auto& file : watch.wait(Interruption::descriptor())) {
        if (of_interest(file, request)) files.push_back(file);
      }
      if (Interruption::asked()) return Exit::interrupted;
    }
    now = request;
    if (auto saved = saved_scenarios(files, request); !saved.empty()) now.paths = std::move(saved);
    std::printf("\n%s was saved\n", files.front().c_str());
  }
}

}  // namespace scenarios::cli
