#pragma once
#include "scenarios/engine/evidence.hpp"
#include "scenarios/engine/expectation.hpp"

#include <set>
#include <string>
#include <vector>

namespace scenarios::engine {

/// What became of one expectation.
struct Outcome {
  enum class Status {
    passed,
    failed,
    not_applicable,  // it asks for what this bridge does not publish
    inconclusive,    // it is about time, and the harness itself was late
  } status = Status::failed;
  std::string why;                      // the values: what broke it, or what it came to
  std::string nearest_miss;             // "would have held at 5.1 s"; empty: never near
  std::vector<std::size_t> calls = {};  // that broke it, from 0; empty: it is not about calls one by one
  bool passed() const { return status == Status::passed; }
};

/// Judges one expectation after the run.
Outcome judge(const Expectation& expectation, const Evidence& evidence);
/// All of them, in their order.
std::vector<Outcome> judge(const std::vector<Expectation>& expectations, const Evidence& evidence);

/// Whether some of them are about alerts, for which the run's scrapes have to be kept.
bool names_alerts(const std::vector<Expectation>& expectations);

/// Whether some of them are about recordings, which have to be read when the bridge has ended.
bool names_recordings(const std::vector<Expectation>& expectations);

/// Whether some of them are about every moment: `always` and `never`.
bool about_every_moment(const std::vector<Expectation>& expectations);

/// The metrics whose course over time the expectations ask for.
std::set<std::string> watched_metrics(const std::vector<Expectation>& expectations);

}  // namespace scenarios::engine
