#include "scenarios/report/leg.hpp"

#include "scenarios/diagnosis/conclusion.hpp"

#include <utility>

namespace scenarios::report {

Leg leg_of(const engine::CallResult& call) {
  if (!call.clue.says.empty()) return {call.verdict, call.clue.says, call.clue.next};
  diagnosis::Evidence evidence;
  evidence.call_verdicts[{call.verdict, call.reason}] = 1;
  auto conclusion = diagnosis::conclude(evidence);
  return {call.verdict, std::move(conclusion.says), std::move(conclusion.next)};
}

}  // namespace scenarios::report
