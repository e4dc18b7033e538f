#include "scenarios/engine/judgement.hpp"

#include "runtime/core/overloaded.hpp"
#include "scenarios/engine/judges.hpp"
#include "scenarios/engine/lag.hpp"
#include "scenarios/engine/promql/query.hpp"
#include "scenarios/engine/timing.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include <fmt/format.h>

namespace scenarios::engine {
namespace {

double counted(const promql::Samples& samples, const std::string& verdict, const std::string& reason) {
  double sum = 0;
  for (const auto& sample : samples) {
    if (sample.name != "voicebridge_call_verdicts_total") continue;
    const auto is = sample.labels.find("verdict");
    const auto why = sample.labels.find("reason");
    if (is == sample.labels.end() || is->second != verdict) continue;
    if (reason.empty() || (why != sample.labels.end() && why->second == reason)) sum += sample.value;
  }
  return sum;
}

bool publishes_verdicts(const promql::Samples& samples) {
  return std::any_of(samples.begin(), samples.end(), [](const promql::Sample& sample) {
    return sample.name == "voicebridge_call_verdicts_total";
  });
}

std::string verdict_text(const std::string& verdict, const std::string& reason) {
  return reason.empty() ? verdict : fmt::format("{} ({})", verdict, reason);
}

}  // namespace

Outcome passed(std::string why) {
  return {Outcome::Status::passed, std::move(why), {}, {}};
}
Outcome failed(std::string why, std::string nearest_miss) {
  return {Outcome::Status::failed, std::move(why), std::move(nearest_miss), {}};
}

Outcome not_applicable(std::string why) {
  return {Outcome::Status::not_applicable, std::move(why), {}, {}};
}

std::string time_text(const Evidence& evidence, TimePoint at) {
  return fmt::format("{:.2f} s", runtime::seconds(at - evidence.started_at));
}

std::string time_text(const Evidence& evidence, const Between& between, TimePoint at) {
  const std::string text = time_text(evidence, at);
  if (between.after.empty()) return text;
  const double later = runtime::seconds(at - between.anchor);
  return fmt::format("{}, {:.2f} s {} '{}'", text, std::abs(later), later < 0 ? "before" : "after",
                     between.after);
}

Outcome for_calls(const Evidence& evidence, const std::optional<std::size_t>& number,
                  const std::function<Outcome(const CallEvidence&)>& one) {
  if (evidence.calls.empty()) return failed("there was no call at all");
  if (number && *number > evidence.calls.size())
    return failed(fmt::format("call {} never came to be", *number));
  Outcome outcome;
  std::vector<std::size_t> broken;
  for (std::size_t i = 0; i < evidence.calls.size(); ++i) {
    if (number && i + 1 != *number) continue;
    Outcome of_this = one(evidence.calls[i]);
    if (!of_this.passed()) broken.push_back(i);
    if (broken.size() > (of_this.passed() ? 0U : 1U)) continue;  // the first that fails is told of
    if (evidence.calls.size() > 1) of_this.why = fmt::format("call {}: {}", i + 1, of_this.why);
    outcome = std::move(of_this);
  }
  outcome.calls = std::move(broken);
  return outcome;
}

Outcome judge_verdict(const VerdictCheck& check, const Evidence& evidence) {
  double expected_count = 0;
  Outcome truth = for_calls(evidence, check.call, [&](const CallEvidence& call) {
    ++expected_count;
    const bool reason_fits = check.reason.empty() || call.reason.empty() || call.reason == check.reason;
    const std::string is = "the truth is " + verdict_text(call.verdict, call.reason);
    return call.verdict == check.verdict && reason_fits ? passed(is) : failed(is);
  });
  if (!truth.passed() || !publishes_verdicts(evidence.last)) return truth;
  const double count = counted(evidence.last, check.verdict, check.reason) -
                       counted(evidence.first, check.verdict, check.reason);
  if (count >= expected_count && (check.call || count == expected_count)) return truth;
  std::string others;
  for (const auto& sample : evidence.last) {
    if (sample.name != "voicebridge_call_verdicts_total" || sample.value == 0) continue;
    others += (others.empty() ? "; it counted " : ", ") + promql::series_text("", sample.labels);
  }
  return failed(fmt::format("{}, and the bridge counted {} of {} calls as {}{}", truth.why, count,
                            expected_count, verdict_text(check.verdict, check.reason), others));
}

namespace {

/// What is about time counts only where the harness itself was on time.
Outcome settle_lag(const Expectation& expectation, const Between& between, const Evidence& evidence,
                   Outcome outcome) {
  const bool judged = outcome.status == Outcome::Status::passed || outcome.status == Outcome::Status::failed;
  if (!judged || !evidence.lag || !about_timing(expectation)) return outcome;
  const auto late = evidence.lag(between.from, between.to);
  if (late <= kMostLag) return outcome;
  const auto milliseconds = [](Duration d) { return runtime::seconds(d) * 1000; };
  return {Outcome::Status::inconclusive,
          fmt::format("inconclusive: this machine was {:.1f} ms late, and {:.0f} ms is the most under which "
                      "time is judged. It would have {}: {}",
                      milliseconds(late), milliseconds(kMostLag), outcome.passed() ? "passed" : "failed",
                      outcome.why),
          std::move(outcome.nearest_miss), std::move(outcome.calls)};
}

/// A window that begins when all is over has nothing in it that anything could be said of.
Outcome settle_end(const Between& between, const Evidence& evidence, Outcome outcome) {
  if (outcome.status == Outcome::Status::not_applicable || between.from <= evidence.finished_at)
    return outcome;
  return failed(fmt::format("the scenario had ended before that, at {}",
                            time_text(evidence, between, evidence.finished_at)));
}

}  // namespace

Outcome judge(const Expectation& expectation, const Evidence& evidence) {
  const Window& window = expectation.window;
  TimePoint anchor = evidence.started_at;
  if (window.after) {
    const auto found = evidence.moments->find(*window.after);
    if (found == evidence.moments->end()) return failed("'" + *window.after + "' never began");
    anchor = found->second;
  }
  const Between between{anchor + window.from, window.to ? anchor + *window.to : evidence.finished_at, anchor,
                        window.after ? std::string_view(*window.after) : std::string_view()};
  Outcome outcome = std::visit(
      runtime::Overloaded{
          [&](const VerdictCheck& check) { return judge_verdict(check, evidence); },
          [&](const QueryCheck& check) { return judge_query(check, window, between, evidence); },
          [&](const HeardCheck& check) { return judge_heard(check, between, evidence); },
          [&](const ModelReceivedCheck& check) {
            return judge_model_received(check, window, between, evidence);
          },
          [&](const ToolCalledCheck& check) { return judge_tool_called(check, window, between, evidence); },
          [&](const CallCheck& check) { return judge_call(check, window, between, evidence); },
          [&](const TwimlCheck& check) { return judge_twiml(check, evidence); },
          [&](const OrderCheck& check) { return judge_order(check, between, evidence); },
          [&](const LogCheck& check) {
            return evidence.log_in_our_words
                       ? judge_log(check, window, between, evidence)
                       : not_applicable(
                             "this bridge's log is its own (log_markers: true says that it is not)");
          },
          [&](const AlertCheck& check) { return judge_alerts(check, evidence); },
          [&](const BridgeCheck& check) {
            return evidence.of_another_bridge ? not_applicable("it is about processes of linecheck-bridge")
                                              : judge_bridge(check, evidence);
          },
          [&](const RecordingCheck& check) {
            return evidence.of_another_bridge ? not_applicable("it is about files of linecheck-bridge")
                                              : judge_recording(check, evidence);
          },
          [&](const HttpReceivedCheck& check) { return judge_http_received(check, between, evidence); },
          [&](const VisitorCheck& check) { return judge_visitor(check, evidence); },
      },
      expectation.check);
  outcome = settle_end(between, evidence, std::move(outcome));
  return settle_lag(expectation, between, evidence, std::move(outcome));
}

std::vector<Outcome> judge(const std::vector<Expectation>& expectations, const Evidence& evidence) {
  std::vector<Outcome> outcomes;
  for (const auto& expectation : expectations) outcomes.push_back(judge(expectation, evidence));
  return outcomes;
}

bool names_recordings(const std::vector<Expectation>& expectations) {
  return std::ranges::any_of(expectations, [](const Expectation& expectation) {
    return std::holds_alternative<RecordingCheck>(expectation.check);
  });
}

bool about_every_moment(const std::vector<Expectation>& expectations) {
  return std::ranges::any_of(expectations, [](const Expectation& expectation) {
    const auto mode = expectation.window.mode;
    return mode == Window::Mode::always || mode == Window::Mode::never;
  });
}

std::set<std::string> watched_metrics(const std::vector<Expectation>& expectations) {
  std::set<std::string> names;
  for (const auto& expectation : expectations) {
    const auto* check = std::get_if<QueryCheck>(&expectation.check);
    if (check == nullptr || check->query == nullptr) continue;
    const bool over_time = expectation.window.mode != Window::Mode::at_end;
    for (const auto* node : check->query->selectors()) {
      const auto& selector = std::get<promql::Selector>(node->is);
      if (over_time || selector.range_seconds) names.insert(selector.name);
    }
  }
  return names;
}

}  // namespace scenarios::engine
