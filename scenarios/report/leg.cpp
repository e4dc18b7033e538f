#include "scenarios/report/leg.hpp"

#include "scenarios/diagnosis/conclusion.hpp"

#include <fmt/format.h>

#include <utility>

namespace scenarios::report {
namespace {

/// Answers that were not played to their end, whoever cut them short: " Of 'hours' 0.64 of 4.72 s were
/// heard."
std::string cut_answers(const engine::CallResult& call) {
  constexpr double kLeast = 0.1;  // s: less is what a handset has not played yet when all is over
  std::string text;
  for (const auto& answer : call.answers) {
    if (answer.played_seconds == 0 || answer.generated_seconds - answer.played_seconds < kLeast) continue;
    text += fmt::format(" Of {} {:.2f} of {:.2f} s were heard.",
                        answer.as.empty() ? "an answer" : "'" + answer.as + "'", answer.played_seconds,
                        answer.generated_seconds);
  }
  return text;
}

/// A process that is gone explains every verdict: that the caller hung up early, or heard nothing.
Leg leg_of_a_process() {
  return {"process_ended",
          "The bridge's process ended as it should not. What failed besides may follow from that.",
          {"Read the last lines of its log; the whole of it is bridge.log.",
           "SIGSEGV and SIGABRT are a crash of its own; a SIGKILL that no scenario sent is usually the "
           "machine's, out of memory."}};
}

const engine::CallResult* shown_call(const engine::Result& result) {
  const engine::CallResult* call = nullptr;
  for (const auto place : engine::worst_first(result.calls)) {
    const auto& one = result.calls[place];
    if (call == nullptr) call = &one;
    if (!one.verdict.empty() && one.verdict != "normal") return &one;
  }
  return call;
}

Leg leg_of_call(const engine::CallResult& call) {
  Leg leg{call.verdict, call.clue.says, call.clue.next, false, &call};
  if (leg.says.empty()) {
    diagnosis::Evidence evidence;
    evidence.call_verdicts[{call.verdict, call.reason}] = 1;
    if (!call.track_rules.empty()) evidence.track_rules = call.track_rules;
    auto conclusion = diagnosis::conclude(evidence);
    leg.says = std::move(conclusion.says);
    leg.next = std::move(conclusion.next);
    leg.nothing_wrong = call.verdict == "normal";
  }
  leg.says += cut_answers(call);
  return leg;
}

}  // namespace

std::optional<Leg> leg_of(const engine::Result& result) {
  if (result.bridge_died) return leg_of_a_process();
  const auto* call = shown_call(result);
  if (call == nullptr || call->verdict.empty()) return std::nullopt;
  return leg_of_call(*call);
}

}  // namespace scenarios::report
