#pragma once
#include "scenarios/engine/expectation.hpp"

namespace scenarios::engine {

/// Whether it asks when something happened or how long it took, and not only whether.
bool about_timing(const Expectation& expectation);

}  // namespace scenarios::engine
