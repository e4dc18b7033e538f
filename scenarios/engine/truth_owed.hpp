#pragma once
#include "scenarios/engine/truth_never_made.hpp"

#include <optional>
#include <vector>

namespace scenarios::engine {

/// What the caller waited for in vain when the call ended: an answer whose session was lost, with no other to
/// go over to, or the word after a function of the model's, which the bridge asks for.
std::optional<MissedDeadline> owed_at_the_end(
    const std::vector<const simulators::openai::SessionFacts*>& sessions, const NeverMade& around);

}  // namespace scenarios::engine
