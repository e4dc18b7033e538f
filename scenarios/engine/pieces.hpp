#pragma once
#include "scenarios/engine/reading.hpp"

#include <optional>

namespace scenarios::engine {

/// Of a scenario that the schema refuses, what can be checked all the same, also inside of what is refused.
/// Its queries, recordings and names: their errors are added to the reading's problems. And a scenario that
/// has nothing but its servers, its OpenAI and its bridge, for whoever checks how it configures the bridge;
/// none when the schema refuses one of these three.
std::optional<Scenario> read_pieces(Reading& reading);

}  // namespace scenarios::engine
