#pragma once
#include "scenarios/engine/clips.hpp"
#include "scenarios/engine/scenario.hpp"

#include <filesystem>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace scenarios::engine {

/// A file's scenarios (several when it has a matrix), or everything that is wrong with it. Never both: a
/// broken scenario is never half-run.
struct Loaded {
  std::shared_ptr<const Source> source;
  std::vector<Scenario> scenarios;
  std::vector<Problem> problems;
  std::set<std::string> asked;  // keys that were looked for, by their last part
  std::set<std::string> given;  // the file's own keys, with those of what it includes
  bool good() const { return problems.empty(); }
  /// Every problem, ready to print.
  std::string text() const;
};

/// `also`: what else may be wrong with a scenario than that it breaks the language's rules. It is asked too
/// about what can be read of a broken one.
using AlsoCheck = std::function<std::vector<Problem>(const Scenario&)>;

Loaded load(std::shared_ptr<const Source> source, ClipLibrary& clips, const AlsoCheck& also = {});
/// A scenario, or a part of one: what only a judged run needs (name, about, expectations) may be missing.
/// At most one scenario: with a matrix, its first.
Loaded load_part(std::shared_ptr<const Source> source, ClipLibrary& clips);
/// An unreadable file is a problem like any other.
Loaded load_file(const std::filesystem::path& file, ClipLibrary& clips, const AlsoCheck& also = {});

/// Says which bridge is tested, and is no scenario wherever it stands.
inline constexpr auto kProjectFile = "linecheck.yaml";

/// What is found at and below some paths.
struct ScenarioFiles {
  std::vector<std::filesystem::path> files;        // sorted, each once
  std::vector<std::filesystem::path> passed_over;  // YAML of another kind
  std::vector<std::filesystem::path> missing;      // paths that do not exist
  /// Folders whose listing broke off, and why. What is below and nobody may read is passed over.
  std::vector<std::pair<std::filesystem::path, std::string>> unreadable;
};
/// Of a folder below one that was named: nobody keeps scenarios there (`.git`, node_modules, build, out), and
/// there may be many thousands of files.
bool is_of_tools(const std::filesystem::path& folder);
/// A path that is a file is taken for a scenario, but for a kProjectFile. Below a folder a scenario is what
/// ends in .yaml or .yml and has a line that begins with `linecheck:` or `expect:`: beside scenarios stand
/// linecheck.yaml, what they include, and what other tools want. (What has `expect:` and is included is found
/// out by lint().)
ScenarioFiles scenario_files(const std::vector<std::filesystem::path>& paths);

/// All of a run's scenarios, checked before anything runs. A file that another of them includes is passed
/// over.
struct Lint {
  std::vector<Scenario> scenarios;  // of the files that are good, in the order of the files
  std::size_t files = 0;
  std::size_t broken_files = 0;
  std::size_t passed_over = 0;               // YAML files that are no scenarios
  std::string text;                          // everything that is wrong, ready to print; empty: nothing is
  std::set<std::filesystem::path> included;  // by good and broken ones: absolute, see plain_path()
  std::set<std::string> sounds;              // the file names of those that good and broken ones ask for
};
/// The same for every way to write a path.
std::filesystem::path plain_path(const std::filesystem::path& path);
Lint lint(const std::vector<std::filesystem::path>& paths, ClipLibrary& clips, const AlsoCheck& also = {});

}  // namespace scenarios::engine
