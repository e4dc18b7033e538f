#include "scenarios/cli/watch.hpp"

#include "scenarios/cli/file_watch.hpp"
#include "scenarios/cli/interruption.hpp"
#include "scenarios/cli/library.hpp"
#include "scenarios/engine/loader.hpp"

#include <algorithm>
#include <cstdio>
#include <optional>
#include <set>
#include <string>
#include <system_error>
#include <vector>

namespace scenarios::cli {
namespace fs = std::filesystem;

namespace {

using Files = std::set<fs::path>;  // as engine::plain_path() has them

/// Files and folders, those of what the scenarios include as well: one may lie anywhere.
std::vector<fs::path> watched_paths(const RunRequest& request, const Files& included) {
  std::vector<fs::path> paths(request.paths.begin(), request.paths.end());
  if (paths.empty() || request.library) paths.push_back(library_folder());
  paths.insert(paths.end(), request.clips.begin(), request.clips.end());
  paths.insert(paths.end(), included.begin(), included.end());
  return paths;
}

bool below(const fs::path& file, const fs::path& folder) {
  const auto relative =
      fs::absolute(file).lexically_normal().lexically_relative(fs::absolute(folder).lexically_normal());
  return !relative.empty() && *relative.begin() != "..";
}

/// Editors have files of their own beside what they save, and take them away again; a run writes its report.
bool is_nobodys(const fs::path& file, const RunRequest& request) {
  std::error_code ignored;
  const auto name = file.filename().string();
  const bool of_editors = name.starts_with('.') || name.ends_with('~') || name.starts_with('#');
  const bool of_ours = (!request.out.empty() && below(file, request.out)) ||
                       file.filename() == fs::path(request.journal).filename();
  return of_editors || of_ours || !fs::is_regular_file(file, ignored);
}

/// A folder that was made or moved here may hold files that nobody has told of.
void add_what_folders_hold(Files& changed, const RunRequest& request) {
  std::error_code gone;
  for (const auto& path : Files(changed)) {
    const bool of_ours = !request.out.empty() && below(path, request.out);
    if (of_ours || engine::is_of_tools(path) || !fs::is_directory(path, gone)) continue;
    const fs::recursive_directory_iterator end;
    for (fs::recursive_directory_iterator entry(path, gone); entry != end; entry.increment(gone)) {
      if (engine::is_of_tools(entry->path())) entry.disable_recursion_pending();
      changed.insert(entry->path());
    }
  }
}

/// What was saved, as far as the run is made of it.
struct Saved {
  std::vector<std::string> scenarios;  // each runs again
  std::optional<fs::path> part;  // a file that is included or said, whose users are not looked for: all run
  bool nothing() const { return scenarios.empty() && !part; }
};

Saved saved(const Files& files, const RunRequest& request, const Ingredients& known) {
  const auto scenarios = engine::scenario_files(watched_paths(request, {})).files;
  Saved found;
  for (const auto& file : files) {
    if (is_nobodys(file, request)) continue;
    const auto plain = engine::plain_path(file);
    const auto scenario = std::ranges::find(scenarios, plain, engine::plain_path);
    if (known.included.contains(plain) || known.sounds.contains(file.filename().string())) {
      found.part = file;
    } else if (scenario != scenarios.end()) {
      found.scenarios.push_back(scenario->string());
    }
  }
  return found;
}

}  // namespace

Exit run_on_save(const RunRequest& request, const RunNoting& run) {
  FileWatch watch;
  Ingredients known;
  RunRequest now = request;
  for (;;) {
    watch.cover(watched_paths(request, known.included));
    (void)run(now, known);
    watch.cover(watched_paths(request, known.included));
    if (Interruption::asked()) return Exit::interrupted;
    if (watch.full())
      std::fprintf(stderr,
                   "linecheck: only %zu folders are watched, and there are more: name yours as PATH\n",
                   watch.folders());
    std::puts("watching: save a scenario, and it runs again (Ctrl-C ends)");
    std::fflush(stdout);
    Saved change;
    while (change.nothing()) {
      auto changed = watch.wait(Interruption::descriptor());
      if (Interruption::asked()) return Exit::interrupted;
      watch.cover(watched_paths(request, known.included));
      add_what_folders_hold(changed, request);
      change = saved(changed, request, known);
    }
    now = request;
    if (!change.part) {
      now.paths = change.scenarios;
      now.library = false;
    }
    const auto& name = change.part ? change.part->string() : change.scenarios.front();
    std::printf("\n%s was saved%s\n", name.c_str(), change.part ? ": everything runs that may need it" : "");
  }
}

}  // namespace scenarios::cli
