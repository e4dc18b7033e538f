#pragma once
#include "scenarios/engine/scenario.hpp"

#include <vector>

namespace scenarios::engine {

/// What the bridge would say to a scenario's configuration of it, each at its place in the scenario's file:
/// `bridge: {config: ...}`, and what a process is started with later.
std::vector<Problem> check_bridge_config(const Scenario& scenario);

}  // namespace scenarios::engine
