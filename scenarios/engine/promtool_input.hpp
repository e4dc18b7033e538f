#pragma once
#include "runtime/core/time.hpp"
#include "scenarios/engine/scenario.hpp"
#include "scenarios/engine/scrapes.hpp"

#include <string>

namespace scenarios::engine {

/// A file for `promtool test rules` with the scenario's scrapes as its input and the scenario's `alerts` as
/// its tests. The rules are `*.rules.yml` beside that file.
std::string promtool_input(const Scenario& scenario, const Scrapes& scrapes, Duration interval);

}  // namespace scenarios::engine
