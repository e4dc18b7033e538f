#include "scenarios/report/record.hpp"

#include "scenarios/report/escape.hpp"
#include "scenarios/report/redact.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace scenarios::report {
using engine::Outcome;
using engine::Result;
namespace {

void redact(std::vector<std::string>& texts) {
  for (auto& text : texts) text = redacted(plain_text(text));
}

/// Where the author wrote the key that `text` is about; 1: it is about none.
std::size_t line_of_key(const ScenarioRecord& scenario, const std::string& text) {
  if (!scenario.source || text.find("known_failing") == std::string::npos) return 1;
  const std::string& source = scenario.source->text();
  const auto before = source.find("\nknown_failing:");
  if (before == std::string::npos) return 1;
  const auto breaks = std::ranges::count(std::string_view(source).substr(0, before + 1), '\n');
  return 1 + static_cast<std::size_t>(breaks);
}

}  // namespace

Result redacted(Result result) {
  for (auto& judged : result.judged) {
    judged.text = redacted(judged.text);
    judged.outcome.why = redacted(plain_text(judged.outcome.why));
    judged.outcome.nearest_miss = redacted(plain_text(judged.outcome.nearest_miss));
  }
  redact(result.failures);
  redact(result.unasked);
  redact(result.notes);
  for (auto& call : result.calls) {
    redact(call.twilio_errors);
    call.clue.says = redacted(plain_text(call.clue.says));
    redact(call.clue.next);
  }
  result.replay = redacted(result.replay);
  return result;
}

Totals totals(const RunRecord& run) {
  Totals totals;
  for (const auto& scenario : run.scenarios) {
    const auto& result = scenario.result;
    totals.passed += result.status == Result::Status::passed ? 1 : 0;
    totals.failed += result.status == Result::Status::failed ? 1 : 0;
    totals.known_failing += result.status == Result::Status::known_failing ? 1 : 0;
    totals.inconclusive += result.status == Result::Status::inconclusive ? 1 : 0;
    totals.left_out += result.status == Result::Status::not_applicable ? 1 : 0;
    totals.broken += could_not_be_run(result.status) ? 1 : 0;
    totals.expectations += result.expectations;
    totals.not_applicable += result.not_applicable;
    totals.scenario_seconds += result.scenario_seconds;
  }
  for (const auto& one : run.unrun)
    ++(one.why == Unrun::Why::other_time ? totals.other_time : totals.not_reached);
  return totals;
}

std::string ended_early(const RunRecord& run) {
  const std::size_t missing = totals(run).not_reached;
  if (missing == 0) return {};
  return fmt::format("{}, and {} of {} scenarios were not run",
                     run.interrupted ? "interrupted" : "ended early", missing,
                     missing + run.scenarios.size());
}

std::string_view word(Result::Status status) {
  switch (status) {
    case Result::Status::passed:
      return "passed";
    case Result::Status::failed:
      return "failed";
    case Result::Status::known_failing:
      return "known_failing";
    case Result::Status::inconclusive:
      return "inconclusive";
    case Result::Status::not_applicable:
      return "not_applicable";
    case Result::Status::not_deterministic:
      return "not_deterministic";
    case Result::Status::broken:
      break;
  }
  return "broken";
}

bool could_not_be_run(Result::Status status) {
  return status == Result::Status::broken || status == Result::Status::not_deterministic;
}

std::string_view word(Outcome::Status status) {
  switch (status) {
    case Outcome::Status::passed:
      return "passed";
    case Outcome::Status::failed:
      return "failed";
    case Outcome::Status::inconclusive:
      return "inconclusive";
    case Outcome::Status::not_applicable:
      break;
  }
  return "not_applicable";
}

std::vector<Finding> findings(const ScenarioRecord& scenario) {
  const auto file_of = [&](std::size_t part) {
    return scenario.source ? scenario.source->part(part).file().string() : std::string();
  };
  std::vector<Finding> found;
  // One that could not be run has failures that nobody listed apart.
  const auto& result = scenario.result;
  const auto& others = could_not_be_run(result.status) ? result.failures : result.unasked;
  const auto add_others = [&] {
    for (const auto& text : others) {
      const auto end = text.find('\n');
      found.push_back({file_of(0), line_of_key(scenario, text), text.substr(0, end),
                       end == std::string::npos ? "" : text.substr(end + 1)});
    }
  };
  if (result.bridge_died) add_others();  // the rest follows from that
  for (const auto& judged : scenario.result.judged) {
    const auto& outcome = judged.outcome;
    if (outcome.status != Outcome::Status::failed && outcome.status != Outcome::Status::inconclusive)
      continue;
    const std::string miss = outcome.nearest_miss.empty() ? "" : "\n" + outcome.nearest_miss;
    found.push_back({file_of(judged.at.file), judged.at.line, judged.text, outcome.why + miss});
  }
  if (!result.bridge_died) add_others();
  return found;
}

}  // namespace scenarios::report
