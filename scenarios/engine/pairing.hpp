#pragma once
#include "simulators/openai/facts.hpp"
#include "simulators/twilio/facts.hpp"

#include <deque>
#include <vector>

namespace scenarios::engine {

/// The last of the call's streams that began; null: none did.
const simulators::twilio::StreamFacts* started_stream(const simulators::twilio::CallFacts& call);

/// Which sessions served which call: by the caller's audio, which no two calls share, else by the time of the
/// dial.
std::vector<std::vector<const simulators::openai::SessionFacts*>> pair_sessions(
    const std::vector<const simulators::twilio::CallFacts*>& calls,
    const std::deque<simulators::openai::SessionFacts>& sessions);

}  // namespace scenarios::engine
