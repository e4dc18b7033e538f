#pragma once
#include "scenarios/engine/clips.hpp"
#include "scenarios/engine/scenario.hpp"

#include <filesystem>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace scenarios::engine {

/// A file's scenarios (several when it has a matrix), or everything that is wrong with it. Never both: a
/// broken scenario is never half-run.
struct Loaded {
  std::shared_ptr<const Source> source;
  std::vector<Scenario> scenarios;
  std::vector<Problem> problems;
  std::set<std::string> asked;  // keys that were looked for, by their last part
  bool good() const { return problems.empty(); }
  /// Every problem, ready to print.
  std::string text() const;
};

Loaded load(std::shared_ptr<const Source> source, ClipLibrary& clips);
/// A scenario, or a part of one: what only a judged run needs (name, about, expectations) may be missing.
/// At most one scenario: with a matrix, its first.
Loaded load_part(std::shared_ptr<const Source> source, ClipLibrary& clips);
/// An unreadable file is a problem like any other.
Loaded load_file(const std::filesystem::path& file, ClipLibrary& clips);

/// Scenario files at and below `paths`, sorted, each once. A path that does not exist is added to `missing`.
std::vector<std::filesystem::path> scenario_files(const std::vector<std::filesystem::path>& paths,
                                                  std::vector<std::filesystem::path>& missing);

/// All of a run's scenarios, checked before anything runs.
struct Lint {
  std::vector<Scenario> scenarios;  // of the files that are good, in the order of the files
  std::size_t files = 0;
  std::size_t broken_files = 0;
  std::string text;  // everything that is wrong, ready to print; empty: nothing is
};
/// `also`: what else may be wrong with a scenario that follows the language.
using AlsoCheck = std::function<std::vector<Problem>(const Scenario&)>;
Lint lint(const std::vector<std::filesystem::path>& paths, ClipLibrary& clips, const AlsoCheck& also = {});

}  // namespace scenarios::engine
