#pragma once
#include "scenarios/cli/commands.hpp"
#include "scenarios/recording/recording.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <variant>

namespace scenarios::cli {

/// A call's wires, with what is known besides.
struct Recorded {
  std::string wires;                          // JSON lines
  std::optional<recording::Verdict> verdict;  // the truth of the run; absent: the wires have to tell
  bool heard_nothing = false;                 // though the bridge may have sent sound
};
/// Of out/SCENARIO, or of a wires.jsonl. The error is ready to be shown.
std::variant<Recorded, std::string> read_recorded(const std::filesystem::path& from);

struct RecordTo {
  std::filesystem::path file;  // NAME.yaml
  std::size_t call = 1;
  bool force = false;
};
/// Empty: a scenario can be called so; else why not, with what would be right.
std::string wrong_name(const std::filesystem::path& file);
/// Writes the scenario and its clips. What was wrong has been said; `notes`: how much to look over.
Exit write_recorded(const Recorded& recorded, const RecordTo& to, std::size_t& notes);

/// That it was, and what to do next.
void say_recorded(const RecordTo& to, std::size_t notes);

}  // namespace scenarios::cli
