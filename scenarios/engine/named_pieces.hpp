#pragma once
#include "scenarios/engine/reading.hpp"

namespace scenarios::engine {

/// Of a scenario that the schema refuses: recordings that do not exist, and names in its expectations that
/// nothing has. A name counts as given wherever its word stands: what is wrong elsewhere is told once.
void check_named_pieces(const Field& root);

}  // namespace scenarios::engine
