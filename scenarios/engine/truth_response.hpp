#pragma once
#include "scenarios/engine/truth.hpp"

namespace scenarios::engine {

/// The responses of one call, each followed from the model's mouth to the handset and judged; no verdict yet.
CallTruth find_response_truths(const simulators::twilio::CallFacts& call,
                               const std::vector<const simulators::openai::SessionFacts*>& sessions,
                               const TruthSettings& settings);

}  // namespace scenarios::engine
