#pragma once
#include "simulators/twilio/facts.hpp"

#include <string>

namespace scenarios::cli {

/// The outcome of a test call as metrics, in Prometheus' text format and the blackbox exporter's convention:
/// probe_success, probe_duration_seconds, and what was measured. `took`: of the whole probe. `complete`: the
/// call came to its own end within the probe's time.
std::string probe_metrics(const simulators::twilio::CallFacts& call, runtime::Duration took, bool complete);

/// Whether both directions carry sound: the bot was heard, also after the caller's own last words.
bool probe_succeeded(const simulators::twilio::CallFacts& call, bool complete);

}  // namespace scenarios::cli
