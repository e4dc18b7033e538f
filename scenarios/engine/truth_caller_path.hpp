#pragma once
#include "scenarios/engine/truth.hpp"

#include <optional>
#include <vector>

namespace scenarios::engine {

/// Until when OpenAI last read nothing of what the caller said for so long that the connection was full and 2
/// s of it waited in the bridge. Only where the script or the path keeps it from reading: a bridge that says
/// goodbye sends nothing by its own choice. `end`: the call's.
std::optional<runtime::TimePoint> caller_blocked_until(
    const simulators::twilio::StreamFacts& stream,
    const std::vector<const simulators::openai::SessionFacts*>& sessions, const TruthSettings& settings,
    runtime::TimePoint end);

}  // namespace scenarios::engine
