#pragma once
#include "scenarios/engine/bridge_under_test.hpp"

#include <optional>
#include <string>
#include <vector>

namespace scenarios::engine {

class Conductor;
struct Scenario;

/// Whose process ended, and what may be asked of it.
struct EndRules {
  bool ours = true;               // what it exits with after SIGTERM is in docs/operating.md
  bool calls_may_be_cut = false;  // the scenario itself sends signals or runs several: its exit status 1
  runtime::TimePoint started_at;  // of the scenario
};

/// What an end says of the bridge: it is wrong, or worth a note, or neither. At most one is not empty.
struct EndFinding {
  std::string wrong;
  std::string note;
};
EndFinding look_at_end(const ProcessEnd& end, const EndRules& rules);

/// Of a process that was stopped by `at`; nullopt: it was never started, or is nobody's here to stop. What
/// runs even then is too late.
std::optional<ProcessEnd> end_after_stop(const BridgeUnderTest& process, runtime::TimePoint at);

/// Asserted in every scenario: each process of the bridge ends when it is asked to, and well. To be asked
/// when all have ended. What is wrong carries the last lines of the process's log.
struct ProcessEnds {
  std::vector<std::string> wrong;
  std::vector<std::string> notes;
};
ProcessEnds process_ends(const Scenario& scenario, const Conductor& conductor);

}  // namespace scenarios::engine
