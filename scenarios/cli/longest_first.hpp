#pragma once
#include "scenarios/engine/scenario.hpp"

#include <cstddef>
#include <vector>

namespace scenarios::cli {

/// In which order to begin them when many run at once in real time: the last to begin then holds up the
/// others least. How long each will last is a guess, from what its callers and its model say.
std::vector<std::size_t> longest_first(const std::vector<engine::Scenario>& scenarios);

}  // namespace scenarios::cli
