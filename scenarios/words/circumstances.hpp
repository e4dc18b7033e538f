#pragma once
#include "scenarios/engine/scenario.hpp"

#include <string>
#include <utility>
#include <vector>

namespace scenarios::words {

/// What the author says beside the parties' scripts and the expectations: key and value as written, by their
/// path ("line.latency: 80ms"), each with what the schema says of it.
std::vector<std::pair<std::string, std::string>> circumstances(const engine::Scenario& scenario);

}  // namespace scenarios::words
