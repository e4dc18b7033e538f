#pragma once
#include "scenarios/cli/commands.hpp"
#include "scenarios/engine/result.hpp"

#include <vector>

namespace scenarios::cli {

/// Of a run. What says most comes first: interrupted, not deterministic, a finding about the bridge, then
/// that something says nothing about it. A run that judged nothing at all says nothing either.
Exit exit_of(const std::vector<engine::Result>& results, bool interrupted);

}  // namespace scenarios::cli
