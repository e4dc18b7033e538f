#pragma once
#include "scenarios/engine/judgement.hpp"
#include "scenarios/engine/run.hpp"
#include "scenarios/engine/scenario.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace scenarios::engine {

/// What a run of one scenario came to.
struct Result {
  enum class Status { passed, failed, broken /* the harness or its environment could not run it */ };
  Status status = Status::broken;
  std::string name;
  std::string verdict;          // the truth of the first call; with its reason, "verdict (reason)"
  double scenario_seconds = 0;  // in the scenario's own time
  double wall_seconds = 0;
  std::size_t expectations = 0;
  std::size_t not_applicable = 0;
  std::vector<std::string> failures;  // each ready to print, several lines
  std::vector<std::string> notes;     // rules never used, steps never reached
};

/// Judges a performance: the author's expectations, and what every scenario asserts without being asked:
/// verdict equals truth, audio is conserved, it ended within its limit.
Result conclude(const Scenario& scenario, const Performance& performance);

/// The conservation law of design.md over one scrape: what broke it, one line each.
std::vector<std::string> broken_conservation(const promql::Samples& samples);

}  // namespace scenarios::engine
