#pragma once
#include "scenarios/engine/loader.hpp"
#include "scenarios/engine/other_bridge.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace scenarios::cli {

/// What linecheck.yaml says. Paths are relative to here, or absolute.
struct Project {
  std::filesystem::path file;  // empty: there is none
  std::optional<engine::OtherBridge> bridge;
  std::vector<std::filesystem::path> scenarios, clips;
  std::string track_rules;  // empty: each scenario's own
};

using engine::kProjectFile;
/// Where the fakes listen for a bridge that runs already, unless something else is said.
inline constexpr std::uint16_t kOpenAiPort = 4020, kTwilioPort = 4010;

/// What `text` says, which is or will be in `file`. The error is ready to be shown.
std::variant<Project, std::string> parse_project(const std::filesystem::path& file, std::string text);
/// `file`, or the linecheck.yaml of this folder or of the nearest above it that has one. Nothing is said of
/// one that is not there, unless it was asked for.
std::variant<Project, std::string> read_project(const std::optional<std::filesystem::path>& file);

}  // namespace scenarios::cli
