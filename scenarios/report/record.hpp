#pragma once
#include "scenarios/engine/result.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace scenarios::report {

/// One scenario of a run that is over, as every kind of report tells it.
struct ScenarioRecord {
  std::string key;    // its folder, and its anchor in the page: unlike any other's
  std::string about;  // this and the result: redacted
  std::vector<std::string> tags;
  std::shared_ptr<const engine::Source> source;
  std::uint64_t seed = 1;
  engine::Result result;
  std::string story;         // for the page: JSON that may stand inside of <script>
  bool kept_folder = false;  // key/ holds its wires, log, metrics and sound
  bool ran = false;          // until then the run's plan, and no result
};

/// A result as it may be shown: what a bridge said and what an author wrote can hold secrets, and characters
/// that a terminal obeys.
engine::Result redacted(engine::Result result);

/// A scenario that was meant and never ran.
struct Unrun {
  enum class Why {
    other_time,   // it makes sense in the other kind of time alone
    not_reached,  // the run had ended before
  };
  std::string name;
  std::shared_ptr<const engine::Source> source;
  Why why = Why::not_reached;
  std::string words;  // of it, for a reader
};

/// A run that is over.
struct RunRecord {
  std::string version;  // of linecheck
  std::string bridge;   // the one under test
  std::string time;     // virtual, real
  double wall_seconds = 0;
  std::vector<ScenarioRecord> scenarios;  // in the order in which they were given
  std::vector<Unrun> unrun{};
  bool interrupted = false;  // then, and with --fail-fast, some were never reached
};

struct Totals {
  std::size_t passed = 0, failed = 0, broken = 0;  // broken: also one seed that gave two runs
  std::size_t known_failing = 0, inconclusive = 0;
  std::size_t not_reached = 0, other_time = 0;  // never ran
  std::size_t left_out = 0;                     // nothing of them can be asked of this bridge
  std::size_t expectations = 0, not_applicable = 0;
  double scenario_seconds = 0;
};
Totals totals(const RunRecord& run);
/// "interrupted, and 3 of 10 scenarios were not run"; empty: all were.
std::string ended_early(const RunRecord& run);

/// "passed", "failed", "not_applicable": as reports and programs read it.
std::string_view word(engine::Result::Status status);
std::string_view word(engine::Outcome::Status status);

/// Its failures then say why, and no expectation was judged.
bool could_not_be_run(engine::Result::Status status);

/// One thing that failed, and where to look for it.
struct Finding {
  std::string file;      // as it was given
  std::size_t line = 1;  // of the expectation, or of the key that it is about; 1: no line says it
  std::string headline;  // the expectation, or what was found
  std::string detail;    // the values, the nearest miss; may be empty
};
std::vector<Finding> findings(const ScenarioRecord& scenario);

}  // namespace scenarios::report
