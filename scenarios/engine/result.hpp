#pragma once
#include "scenarios/engine/clue.hpp"
#include "scenarios/engine/judgement.hpp"
#include "scenarios/engine/run.hpp"
#include "scenarios/engine/scenario.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace scenarios::engine {

/// What became of one expectation, and where it stands.
struct Judged {
  Mark at;
  std::string text;  // one line
  Outcome outcome;
  /// Where it had to hold, in seconds since the scenario's start; absent: at the end, or its anchor never
  /// came.
  struct Span {
    double from = 0;
    double to = 0;
  };
  std::optional<Span> window;
};

/// How far one of the model's answers came. Seconds of audio.
struct AnswerPath {
  std::string as;  // the reply's name; may be empty; "small talk": no rule fitted
  double generated_seconds = 0;
  double arrived_seconds = 0;  // of it, at Twilio
  double played_seconds = 0;   // of it, out of the handset
  std::string verdict;         // empty: never judged
  std::string reason;
};

/// The truth of one call, beside what the bridge said of it.
struct CallResult {
  std::string sid;
  std::vector<std::string> sessions;  // ids
  std::string verdict, reason;        // the truth; no verdict: nobody had to judge it
  std::string bridge_verdict, bridge_reason;
  std::vector<AnswerPath> answers;
  bool broke = false;  // an expectation, or the rule that the bridge's verdict is the truth; where what
                       // failed names no call: it is one that did not go well
  // For those who look for what was wrong, of a scenario that failed:
  std::vector<std::string> twilio_errors = {};  // "at 2.70 s, warning 31951: ..."
  Clue clue = {};
  std::string track_rules = {};  // that its Twilio had
};

/// What a run of one scenario came to.
struct Result {
  enum class Status {
    passed,
    failed,
    known_failing,      // as its author said
    inconclusive,       // the harness was too late to judge what is about time
    not_applicable,     // nothing of it can be asked of this bridge
    not_deterministic,  // one seed gave two runs: a bug of the harness
    broken,             // the harness or its environment could not run it
  };
  Status status = Status::broken;
  std::string name;
  std::string verdict;          // the truth of the call that is shown first, as "verdict (reason)"
  double scenario_seconds = 0;  // in the scenario's own time
  double wall_seconds = 0;
  std::size_t expectations = 0;
  std::size_t not_applicable = 0;
  std::size_t inconclusive = 0;
  std::vector<std::string> failures;  // each ready to print, several lines
  std::vector<std::string> unasked;   // those of the failures that no expectation of the author's found
  bool bridge_died = false;           // a process of it ended as it should not, which stands first in both
  std::vector<Judged> judged;         // as the scenario has them; none: it could not be run
  std::vector<CallResult> calls;      // in the order of the scenario
  std::string replay;                 // the command that does it again; empty: none
  std::vector<std::string> notes;     // rules never used, steps never reached, faults that never struck
  std::vector<std::string> never_struck;  // of the notes, what --strict does not let pass
};

inline bool good(Result::Status status) {
  return status == Result::Status::passed || status == Result::Status::known_failing ||
         status == Result::Status::not_applicable;
}

/// The places of its calls in the order in which they are shown: those that broke something come first.
std::vector<std::size_t> worst_first(const std::vector<CallResult>& calls);

/// Judges a performance: the author's expectations, and what every scenario asserts without being asked:
/// its processes end as they should, verdict equals truth, audio is conserved, its series are there from the
/// start, it ended within its limit.
/// `alerts`: what it raised, see ask_promtool(); without, nothing is said about alerts.
Result conclude(const Scenario& scenario, const Performance& performance,
                const RaisedAlerts* alerts = nullptr);

/// The conservation law of design.md over one scrape: what broke it, one line each.
std::vector<std::string> broken_conservation(const promql::Samples& samples);

/// Series of one scrape that the catalogue does not have from the start, one line each.
std::vector<std::string> late_series(const promql::Samples& samples);

}  // namespace scenarios::engine
