#pragma once
#include "scenarios/engine/truth.hpp"

#include <vector>

namespace scenarios::engine {

struct NeverMade {
  const std::vector<runtime::TimePoint>& keys;  // as the bridge learned of them
  runtime::TimePoint end;                       // of the call
  runtime::Duration start_timeout;
  const Holds& holds;
};

/// Whether the service answers the caller's turns by itself.
bool answers_turns(const simulators::openai::SessionFacts& session);

/// The responses of a session that were due and that the service never began, for it took another, which it
/// had not announced, to be active: turns that it left without an answer, and creates that it refused.
std::vector<MissedDeadline> never_made(const simulators::openai::SessionFacts& session,
                                       const NeverMade& around);

}  // namespace scenarios::engine
