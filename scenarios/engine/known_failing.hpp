#pragma once
#include "runtime/core/time.hpp"
#include "scenarios/engine/result.hpp"
#include "scenarios/engine/scenario.hpp"

namespace scenarios::engine {

/// Applies the scenario's `known_failing` to what its run came to: a failure is as its author said, for as
/// long as that may be; a pass is a failure, since the word is out of date.
void settle_known_failing(const Scenario& scenario, runtime::WallTime now, Result& result);

/// What this bridge could not be asked is a failure too.
void settle_strictly(Result& result);

}  // namespace scenarios::engine
