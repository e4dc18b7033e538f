#pragma once
#include "simulators/control/api.hpp"
#include "simulators/openai/facts.hpp"

namespace simulators::openai {

/// What a session did, for people and programs: times in seconds since its handshake. The shapes are those of
/// control.openapi.yaml: SessionSummary and Session.
control::Json summary_json(const SessionFacts& session);
control::Json session_json(const SessionFacts& session);

}  // namespace simulators::openai
