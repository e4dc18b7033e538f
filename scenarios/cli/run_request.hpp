#pragma once
#include "scenarios/cli/commands.hpp"
#include "scenarios/cli/selection.hpp"
#include "scenarios/engine/other_bridge.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace scenarios::cli {

/// What `linecheck run` was asked for.
struct RunRequest {
  std::string time;  // virtual, real
  std::string level = "message";
  std::optional<std::uint64_t> seed;
  std::string journal;
  std::string out = "out";
  std::string keep = "failed";
  std::string prometheus_input;
  Selection selection;
  Shard shard;
  std::size_t repeat = 1;
  bool fail_fast = false;
  bool strict = false;
  std::size_t jobs = 0;  // 0: as many as fit the kind of time
  std::vector<std::string> paths;
  bool library = false;                      // that comes with linecheck, besides the paths
  std::vector<std::filesystem::path> clips;  // folders
  std::optional<engine::OtherBridge> other;  // instead of linecheck-bridge
  std::string bridge_words;                  // of the command line that name it, for a replay
  std::string track_rules;                   // over the scenarios' own
  Surroundings surroundings;

  bool real() const { return time == "real"; }
  /// For the first line of output, and for reports.
  std::string bridge_name() const;
};

}  // namespace scenarios::cli
