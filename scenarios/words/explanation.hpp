#pragma once
#include "scenarios/engine/scenario.hpp"

#include <string>

namespace scenarios::words {

/// What will happen when `scenario` is run, and what must be true of it, in plain words of at most 80
/// columns.
std::string explain(const engine::Scenario& scenario);

}  // namespace scenarios::words
