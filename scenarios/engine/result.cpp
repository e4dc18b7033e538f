#include "scenarios/engine/result.hpp"

#include "runtime/core/units.hpp"
#include "scenarios/engine/pairing.hpp"
#include "scenarios/engine/process_ends.hpp"
#include "scenarios/engine/promql/evaluate.hpp"
#include "scenarios/engine/promql/exposition.hpp"
#include "scenarios/engine/secrets_check.hpp"
#include "scenarios/engine/twilio_side.hpp"
#include "simulators/twilio/verify_twiml.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <iterator>
#include <numeric>
#include <string_view>
#include <variant>

namespace scenarios::engine {
using namespace std::chrono_literals;
namespace {

promql::Samples read(const std::string& exposition, std::vector<std::string>& problems) {
  auto parsed = promql::parse_exposition(exposition);
  if (auto* samples = std::get_if<promql::Samples>(&parsed)) return std::move(*samples);
  const auto& error = std::get<promql::ExpositionError>(parsed);
  problems.push_back("the scrape's line " + std::to_string(error.line) +
                     " is not in the Prometheus text format: " + error.message);
  return {};
}

/// What the bridge served first, judged under the call's rules; what follows is taken from what it served
/// later.
std::optional<bool> carries_sound(const std::vector<const simulators::twilio::CallFacts*>& calls) {
  using simulators::twilio::HttpExchange;
  for (const auto* call : calls) {
    for (const auto& exchange : call->http) {
      if (exchange.purpose != HttpExchange::Purpose::voice || exchange.status != 200) continue;
      const auto fetch = [call](const std::string& url, const std::string&) {
        simulators::twilio::ServedDocument document{0, "", "", "was not fetched during the call"};
        for (const auto& later : call->http) {
          if (later.url == url) document = {later.status, later.content_type, later.body, later.error};
        }
        return document;
      };
      const simulators::twilio::ServedDocument first{
          exchange.status, exchange.content_type, exchange.body, {}};
      // A bridge that this machine reaches without TLS serves ws://, which its fake Twilio takes.
      const bool plain_ws = exchange.url.starts_with("http://");
      return simulators::twilio::verify_twiml(first, exchange.url, call->rules, fetch, plain_ws)
          .carries_sound;
    }
  }
  return std::nullopt;
}

struct Gathered {
  Evidence evidence;
  std::vector<CallTruth> truths;
  std::vector<std::string> problems;
  std::deque<LogLine> log;
};

Gathered gather(const Scenario& scenario, const Performance& performance) {
  const auto& conductor = performance.conductor();
  Gathered gathered;
  const auto calls = conductor.twilio().calls();
  TruthSettings settings;
  settings.forged =
      scenario.calls.front().plan.knobs.signature != simulators::twilio::Knobs::Signature::right;
  settings.path_bytes = conductor.path_bytes(scenario.twilio_line);
  settings.openai_path_bytes = conductor.path_bytes(scenario.openai_line);
  settings.openai_path_fails = std::ranges::any_of(scenario.faults, [](const Fault& fault) {
    const bool holds_up = fault.what == Fault::What::stall || fault.what == Fault::What::black_hole;
    return fault.leg == Fault::Leg::openai && holds_up;
  });
  settings.draining_since = conductor.draining_since();
  settings.holds = conductor.fleet().holds();
  settings.ours = !conductor.of_another_bridge();
  auto pairs = pair_sessions(calls, conductor.openai().sessions());
  for (std::size_t i = 0; i < calls.size(); ++i) {
    auto truth = find_truth(*calls[i], pairs[i], settings);
    gathered.evidence.calls.push_back({calls[i], std::move(pairs[i]), truth.verdict, truth.reason});
    gathered.truths.push_back(std::move(truth));
  }
  auto& e = gathered.evidence;
  e.started_at = conductor.started_at();
  e.finished_at = conductor.finished_at();
  e.first = read(conductor.first_scrape(), gathered.problems);
  e.last = read(conductor.last_scrape(), gathered.problems);
  e.timeline = &conductor.timeline().points();
  e.moments = &conductor.moments();
  gathered.log = conductor.fleet().log();
  e.replicas = conductor.replicas();
  e.journal = &conductor.journal();
  e.http = &conductor.http();
  e.visits = &conductor.visits();
  e.of_another_bridge = performance.other() != nullptr;
  e.track_left_out = e.of_another_bridge && scenario.sets_track;
  if (e.of_another_bridge) e.metric_names = performance.other()->metric_names;
  e.log_in_our_words = performance.other() == nullptr || performance.other()->log_markers;
  e.lag = [&performance](runtime::TimePoint from, runtime::TimePoint to) {
    return performance.worst_lag(from, to);
  };
  e.twiml_carries_sound = carries_sound(calls);
  if (names_recordings(scenario.expectations)) {
    for (const auto* call : calls) e.recordings[call->sid] = recordings_of(performance.folder(), call->sid);
  }
  return gathered;
}

std::string with_reason(const std::string& verdict, const std::string& reason) {
  return reason.empty() || reason == "none" ? verdict : verdict + " (" + reason + ")";
}

/// What is wrong with the bridge's verdict of one call; nullopt: it is the truth.
std::optional<std::string> untruth(const CallEvidence& call, const Conductor& conductor) {
  const auto& said = conductor.bridge_verdicts();
  const auto found = said.find(call.call->sid);
  if (call.verdict.empty()) {
    if (found == said.end()) return std::nullopt;
    return "the bridge judges a call that it turned away";
  }
  const std::string truth = with_reason(call.verdict, call.reason);
  if (found == said.end()) {
    const auto until = call.call->ended_at.value_or(conductor.finished_at());
    const auto from = call.call->answered_at.value_or(until);
    // What a killed process knew is lost, and nobody else has seen it.
    if (conductor.fleet().killed_between(from, until)) return std::nullopt;
    // No replica knows that another one has not had a stream, unless Twilio says so of one that it dialled.
    const bool several = conductor.fleet().replicas().size() > 1;
    if (several && call.verdict == "stream_never_started" && call.call->streams.empty()) return std::nullopt;
    return "the bridge gave no verdict; the truth is " + truth;
  }
  const auto& [verdict, reason, replicas] = found->second;
  if (verdict == call.verdict && (call.reason.empty() || reason == call.reason)) return std::nullopt;
  return "the bridge says " + with_reason(verdict, reason) + ", and the truth, from the fakes alone, is " +
         truth;
}

/// Asserted in every scenario: the bridge's verdict of each call is the truth.
void compare_with_truth(const Gathered& gathered, const Conductor& conductor, Result& result) {
  if (conductor.of_another_bridge()) return;  // it has no verdicts
  for (const auto& [sid, verdict] : conductor.bridge_verdicts()) {
    if (verdict.replicas.size() < 2) continue;
    result.unasked.push_back("call " + sid + ": judged by " + std::to_string(verdict.replicas.size()) +
                             " replicas");
  }
  for (std::size_t i = 0; i < result.calls.size(); ++i) {
    const auto wrong = untruth(gathered.evidence.calls[i], conductor);
    if (!wrong) continue;
    result.unasked.push_back("call " + result.calls[i].sid + ": " + *wrong);
    result.calls[i].broke = true;
  }
}

/// A killed process leaves what it was last seen to have counted, which need not add up.
promql::Samples of_survivors(promql::Samples samples, const Fleet& fleet) {
  for (const auto& [number, replica] : fleet.replicas()) {
    if (replica.killed_at.empty()) continue;
    const std::string killed = std::to_string(number);
    std::erase_if(samples, [&](const promql::Sample& sample) {
      const auto label = sample.labels.find("replica");
      return label == sample.labels.end() || label->second == killed;
    });
  }
  return samples;
}

std::optional<Judged::Span> window_of(const Window& window, const Evidence& evidence) {
  if (window.mode == Window::Mode::at_end && !window.after && !window.to) return std::nullopt;
  auto anchor = evidence.started_at;
  if (window.after) {
    const auto found = evidence.moments->find(*window.after);
    if (found == evidence.moments->end()) return std::nullopt;
    anchor = found->second;
  }
  const auto since_start = [&](runtime::TimePoint at) { return runtime::seconds(at - evidence.started_at); };
  return Judged::Span{since_start(anchor + window.from),
                      since_start(window.to ? anchor + *window.to : evidence.finished_at)};
}

std::vector<CallResult> call_results(const Scenario& scenario, const Gathered& gathered,
                                     const Conductor& conductor) {
  const auto seconds = [](std::size_t mulaw) { return runtime::seconds(runtime::mulaw_length(mulaw)); };
  std::vector<CallResult> results;
  for (std::size_t i = 0; i < gathered.truths.size(); ++i) {
    const auto& evidence = gathered.evidence.calls[i];
    const auto& truth = gathered.truths[i];
    CallResult result;
    result.sid = evidence.call->sid;
    result.verdict = truth.verdict;
    result.reason = truth.reason;
    const bool documented = evidence.call->rules == simulators::twilio::TrackRules::twilio_docs;
    result.track_rules = documented ? "twilio_docs" : "incident_report";
    for (const auto* session : evidence.sessions) result.sessions.push_back(session->session_id);
    if (const auto said = conductor.bridge_verdicts().find(result.sid);
        said != conductor.bridge_verdicts().end()) {
      result.bridge_verdict = said->second.verdict;
      result.bridge_reason = said->second.reason;
    }
    for (const auto& answer : truth.responses) {
      const bool foreseen = answer.response->rule.has_value() || scenario.model.rules.empty();
      result.answers.push_back({foreseen ? answer.response->as : "small talk", seconds(answer.generated),
                                seconds(answer.arrived), seconds(answer.played), answer.verdict,
                                answer.reason});
    }
    results.push_back(std::move(result));
  }
  return results;
}

void judge_expectations(const Scenario& scenario, const Evidence& evidence, Result& result) {
  const auto outcomes = judge(scenario.expectations, evidence);
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    const auto& outcome = outcomes[i];
    const auto& expectation = scenario.expectations[i];
    result.judged.push_back(
        {expectation.at, expectation.text, outcome, window_of(expectation.window, evidence)});
    ++result.expectations;
    if (outcome.status == Outcome::Status::not_applicable) ++result.not_applicable;
    if (outcome.status == Outcome::Status::inconclusive) ++result.inconclusive;
    if (outcome.status != Outcome::Status::failed && outcome.status != Outcome::Status::inconclusive)
      continue;
    for (const auto call : outcome.calls) result.calls[call].broke = true;
    std::string text = scenario.source->part(expectation.at.file).file().string() + ":" +
                       std::to_string(expectation.at.line) + ": " + expectation.text + "\n    " + outcome.why;
    if (!outcome.nearest_miss.empty()) text += "\n    " + outcome.nearest_miss;
    result.failures.push_back(std::move(text));
  }
}

constexpr std::string_view kNothingWrong[] = {"", "normal", "not_answered", "too_short"};

/// A failure that names no call is shown at those that did not go well: there it is likeliest to be seen.
void point_at_the_worst(Result& result) {
  if (result.failures.empty() || std::ranges::any_of(result.calls, &CallResult::broke)) return;
  for (auto& call : result.calls)
    call.broke = std::ranges::find(kNothingWrong, call.verdict) == std::end(kNothingWrong);
}

Result::Status status_of(const Result& result) {
  const bool nothing_asked = result.expectations > 0 && result.not_applicable == result.expectations;
  if (result.failures.empty()) return nothing_asked ? Result::Status::not_applicable : Result::Status::passed;
  const bool only_late = result.failures.size() == result.inconclusive;
  return only_late ? Result::Status::inconclusive : Result::Status::failed;
}

/// Of a bridge that nobody here wrote.
void note_weak_points(const Gathered& gathered, Result& result) {
  for (const auto& call : gathered.evidence.calls) {
    for (auto& note : weak_points(*call.call)) {
      if (std::ranges::find(result.notes, note) == result.notes.end())
        result.notes.push_back(std::move(note));
    }
  }
}

/// What helps to find out why it failed.
void explain(const Gathered& gathered, const Conductor& conductor, Result& result) {
  const auto sessions = conductor.openai().sessions().size();
  for (std::size_t i = 0; i < result.calls.size(); ++i) {
    const auto& call = gathered.evidence.calls[i];
    result.calls[i].twilio_errors = twilio_errors(*call.call, conductor.started_at());
    result.calls[i].clue = clue_for(call, conductor.addresses().openai_url, sessions);
  }
}

}  // namespace

std::vector<std::size_t> worst_first(const std::vector<CallResult>& calls) {
  std::vector<std::size_t> order(calls.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_partition(order, [&](std::size_t place) { return calls[place].broke; });
  return order;
}

Result conclude(const Scenario& scenario, const Performance& performance, const RaisedAlerts* alerts) {
  const auto& conductor = performance.conductor();
  Result result;
  result.name = scenario.name;
  result.scenario_seconds = runtime::seconds(conductor.finished_at() - conductor.started_at());
  result.notes = conductor.never_struck();
  result.never_struck = result.notes;
  result.notes.insert(result.notes.end(), conductor.unused().begin(), conductor.unused().end());
  auto ends = process_ends(scenario, conductor);
  result.notes.insert(result.notes.end(), ends.notes.begin(), ends.notes.end());
  const bool was_played = !conductor.replicas().empty();
  if (was_played) {
    result.bridge_died = !ends.wrong.empty();
    result.failures = std::move(ends.wrong);
  }
  result.unasked = result.failures;
  const std::size_t told = result.failures.size();
  if (!conductor.problems().empty()) {
    result.unasked.insert(result.unasked.end(), conductor.problems().begin(), conductor.problems().end());
    result.failures = result.unasked;
    if (result.bridge_died) result.status = Result::Status::failed;
    return result;
  }
  auto gathered = gather(scenario, performance);
  gathered.evidence.log = &gathered.log;
  gathered.evidence.alerts = alerts;
  result.calls = call_results(scenario, gathered, conductor);
  result.unasked.insert(result.unasked.end(), gathered.problems.begin(), gathered.problems.end());
  result.unasked.insert(result.unasked.end(), conductor.findings().begin(), conductor.findings().end());
  if (conductor.timed_out()) {
    result.unasked.push_back(
        fmt::format("did not end within its limit of {:g} s; the callers were made to hang up",
                    runtime::seconds(scenario.limit)));
  }
  judge_expectations(scenario, gathered.evidence, result);
  compare_with_truth(gathered, conductor, result);
  for (auto& line : broken_conservation(of_survivors(gathered.evidence.last, conductor.fleet())))
    result.unasked.push_back(std::move(line));
  for (auto& line : late_series(gathered.evidence.last)) result.unasked.push_back(std::move(line));
  for (auto& line : secrets_let_out(SecretShapes(conductor.secrets()), gathered.log,
                                    conductor.scrapes_hold_secret(), conductor.journal()))
    result.unasked.push_back(std::move(line));
  const auto rest = result.unasked.begin() + static_cast<std::ptrdiff_t>(told);
  result.failures.insert(result.failures.end(), rest, result.unasked.end());
  point_at_the_worst(result);
  if (!result.calls.empty()) {
    const auto& shown = result.calls[worst_first(result.calls).front()];
    result.verdict = with_reason(shown.verdict, shown.reason);
  }
  result.status = status_of(result);
  if (conductor.of_another_bridge()) note_weak_points(gathered, result);
  if (!good(result.status)) explain(gathered, conductor, result);
  return result;
}

}  // namespace scenarios::engine
