#include "scenarios/engine/judges.hpp"
#include "scenarios/engine/promql/evaluate.hpp"

#include <algorithm>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace scenarios::engine {
namespace {

using promql::Judgement;
using promql::Samples;

/// One query over the course of a run.
class Course {
 public:
  Course(const QueryCheck& check, const Evidence& evidence) : check_(check), evidence_(evidence) {
    if (evidence.timeline != nullptr) points_ = *evidence.timeline;
    // The scrapes at both ends hold everything; the points between, what is watched.
    points_.insert(points_.begin(), {evidence.started_at, evidence.first});
    points_.push_back({evidence.finished_at, evidence.last});
  }

  Judgement at_end() const { return at(points_.size() - 1); }
  std::size_t size() const { return points_.size(); }
  TimePoint time(std::size_t index) const { return points_[index].at; }
  /// A point holds until the next one.
  bool inside(std::size_t index, const Between& between) const {
    const bool last = index + 1 == points_.size();
    return points_[index].at <= between.to &&
           (points_[index].at >= between.from || (!last && points_[index + 1].at > between.from));
  }

  Judgement at(std::size_t index) const {
    const Samples now = promql::since_start(points_[index].samples, evidence_.first);
    const double elapsed = runtime::seconds(points_[index].at - evidence_.started_at);
    const promql::Instant instant{now, elapsed,
                                  [&](double seconds_ago) { return history(index, seconds_ago); }};
    return promql::judge(*check_.query, instant);
  }

 private:
  std::vector<Samples> history(std::size_t index, double seconds_ago) const {
    const auto back = std::chrono::round<Duration>(std::chrono::duration<double>(seconds_ago));
    const TimePoint then = points_[index].at - back;
    std::size_t found = 0;
    // What is counted at the first instant grew after the start, not before it.
    const bool whole = then <= evidence_.started_at;
    while (!whole && found + 1 < points_.size() && points_[found + 1].at <= then) ++found;
    std::vector<Samples> looks;
    for (; found < index; ++found)
      looks.push_back(promql::since_start(points_[found].samples, evidence_.first));
    return looks;
  }

  const QueryCheck& check_;
  const Evidence& evidence_;
  std::vector<Timeline::Point> points_;
};

/// A bridge of somebody else's has metrics of its own, or none.
bool unpublished(const QueryCheck& check, const Evidence& evidence, std::string& missing) {
  const auto has = [&](std::string_view name) {
    return std::any_of(evidence.last.begin(), evidence.last.end(),
                       [&](const promql::Sample& sample) { return sample.name == name; });
  };
  if (has("voicebridge_build_info")) return false;  // ours publishes them all
  for (const auto& name : check.query->metric_names()) {
    const bool of_the_bridge = name.starts_with("voicebridge_") || name.starts_with("process_");
    if (!of_the_bridge || has(name)) continue;
    missing = name;
    return true;
  }
  return false;
}

/// The calls that a failed query speaks of: by what it says of their series, else by what it selects.
std::vector<std::size_t> calls_of(const promql::Query& query, const std::vector<promql::Labels>& series,
                                  const Evidence& evidence) {
  std::set<std::string> named;
  for (const auto& labels : series) {
    if (const auto call = labels.find("call"); call != labels.end()) named.insert(call->second);
  }
  if (named.empty()) {
    for (const auto* node : query.selectors()) {
      for (const auto& matcher : std::get<promql::Selector>(node->is).matchers)
        if (matcher.label == "call" && matcher.kind == promql::Matcher::Kind::equal)
          named.insert(matcher.value);
    }
  }
  std::vector<std::size_t> calls;
  for (std::size_t i = 0; i < evidence.calls.size(); ++i)
    if (named.contains(std::to_string(i + 1))) calls.push_back(i);
  return calls;
}

/// What came of it, and of which series that is said.
struct Finding {
  Outcome outcome;
  std::vector<promql::Labels> series = {};
};

Finding within(const Course& course, const Between& between, const Evidence& evidence) {
  std::optional<Judgement> last;
  for (std::size_t i = 0; i < course.size(); ++i) {
    if (!course.inside(i, between)) continue;
    last = course.at(i);
    if (last->holds)
      return {passed(fmt::format("at {}: {}", time_text(evidence, course.time(i)), last->why))};
  }
  if (!last) return {failed("the scenario had ended before that")};
  for (std::size_t i = 0; i < course.size(); ++i) {
    if (course.time(i) > between.to && course.at(i).holds) {
      return {failed(last->why, "it would have held at " + time_text(evidence, between, course.time(i))),
              last->series};
    }
  }
  return {failed(last->why), last->series};
}

Finding throughout(const Course& course, const Between& between, const Evidence& evidence, bool never) {
  std::string why = "the scenario had ended before that";
  bool seen = false;
  for (std::size_t i = 0; i < course.size(); ++i) {
    if (!course.inside(i, between)) continue;
    const Judgement judgement = course.at(i);
    if (judgement.holds == never) {
      return {failed(fmt::format("at {}: {}", time_text(evidence, course.time(i)), judgement.why)),
              judgement.series};
    }
    why = judgement.why;
    seen = true;
  }
  return {seen ? passed(why) : failed(why)};
}

Finding find(const Course& course, const Window& window, const Between& between, const Evidence& evidence) {
  switch (window.mode) {
    case Window::Mode::at_end:
      break;
    case Window::Mode::within:
      return within(course, between, evidence);
    case Window::Mode::always:
      return throughout(course, between, evidence, false);
    case Window::Mode::never:
      return throughout(course, between, evidence, true);
  }
  Judgement judgement = course.at_end();
  return {judgement.holds ? passed(judgement.why) : failed(judgement.why), std::move(judgement.series)};
}

}  // namespace

Outcome judge_query(const QueryCheck& check, const Window& window, const Between& between,
                    const Evidence& evidence) {
  std::string missing;
  if (unpublished(check, evidence, missing)) {
    const auto its = evidence.metric_names.find(missing);
    return not_applicable(its == evidence.metric_names.end()
                              ? "the bridge publishes no " + missing
                              : "the bridge publishes no " + its->second +
                                    ", which metric_names of linecheck.yaml has for " + missing);
  }
  auto [outcome, series] = find(Course(check, evidence), window, between, evidence);
  if (!outcome.passed()) outcome.calls = calls_of(*check.query, series, evidence);
  return outcome;
}

}  // namespace scenarios::engine
