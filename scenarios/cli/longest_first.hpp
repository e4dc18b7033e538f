#pragma once
#include "scenarios/engine/scenario.hpp"

#include <cstddef>
#include <vector>

namespace scenarios::cli {

/// Puts `order`, numbers of scenarios, so that those which many at once in real time should begin with come
/// first: the last to begin then holds up the others least. How long each will last is a guess, from what its
/// callers and its model say.
void longest_first(std::vector<std::size_t>& order, const std::vector<engine::Scenario>& scenarios);

}  // namespace scenarios::cli
