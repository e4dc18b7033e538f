#include "scenarios/engine/promtool_input.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <iterator>
#include <set>

namespace scenarios::engine {
namespace {

std::string in_ms(Duration duration) {
  return fmt::format("{}ms", std::chrono::duration_cast<std::chrono::milliseconds>(duration).count());
}

/// promtool's notation: `0x3 1 _x1` is 0 0 0 0 1 and twice nothing.
std::string values_text(const Scrapes::Values& values) {
  std::string text;
  for (auto at = values.begin(); at != values.end();) {
    auto next = at;
    while (next != values.end() && *next == *at) ++next;
    const auto count = std::distance(at, next);
    if (!text.empty()) text += ' ';
    text += *at ? fmt::format("{}", **at) : "_";
    // A missing value's count is its own, another value's is that of its repetitions.
    if (!*at) {
      text += fmt::format("x{}", count);
    } else if (count > 1) {
      text += fmt::format("x{}", count - 1);
    }
    at = next;
  }
  return text;
}

/// The labels as Prometheus has them; with several replicas each is a target of its own.
promql::Labels as_scraped(promql::Labels labels, const std::string& scenario) {
  auto replica = labels.extract("replica");
  labels["job"] = kScrapeJob;
  labels["instance"] = replica ? scenario + "-" + replica.mapped() : scenario;
  return labels;
}

std::string series_line(const std::string& name, const promql::Labels& labels,
                        const Scrapes::Values& values) {
  return fmt::format("      - {{series: '{}', values: '{}'}}\n", promql::series_text(name, labels),
                     values_text(values));
}

/// A process that does not answer has no build.
constexpr auto kSignOfLife = "voicebridge_build_info";

Scrapes::Values up(const Scrapes::Values& signs) {
  Scrapes::Values values;
  for (const auto& sign : signs) values.emplace_back(sign ? 1.0 : 0.0);
  return values;
}

std::string all_series(const Scrapes& scrapes, const std::string& scenario) {
  std::string text;
  for (const auto& [name, values] : scrapes.series()) {
    const auto labels = as_scraped(name.second, scenario);
    text += series_line(name.first, labels, values);
    if (name.first != kSignOfLife) continue;
    const promql::Labels target{{"job", labels.at("job")}, {"instance", labels.at("instance")}};
    text += series_line("up", target, up(values));
  }
  return text;
}

std::string check(const std::string& query, Duration at, const std::set<std::string>& alerts) {
  std::string text =
      fmt::format("      - expr: {}\n        eval_time: {}\n        exp_samples: [", query, in_ms(at));
  for (const auto& alert : alerts)
    text += fmt::format("{}{{labels: '{{alertname=\"{}\"}}', value: 1}}",
                        alert == *alerts.begin() ? "" : ", ", alert);
  return text + "]\n";
}

constexpr auto kFiring = "ALERTS{alertstate=\"firing\"";  // open: more matchers may follow

/// The alerts that have fired until `end`, of those that match.
std::string fired(const std::string& matchers, Duration end) {
  return fmt::format("group by (alertname) (present_over_time({}{}}}[{}]))", kFiring, matchers, in_ms(end));
}

/// What pages, pages for the one reason: half a minute after any other paging alert, which is what
/// Alertmanager waits (group_wait), the one that inhibits it fires too.
std::string page_check(const std::vector<ExpectedAlert>& alerts, Duration end, Duration interval) {
  const auto pager =
      std::find_if(alerts.begin(), alerts.end(), [](const auto& alert) { return alert.pages; });
  if (pager == alerts.end()) return check(fired(",severity=\"page\"", end), end, {});
  const auto others = fmt::format(
      "{0},severity=\"page\",alertname!=\"{1}\"}} offset 30s unless on () {0},alertname=\"{1}\"}}", kFiring,
      pager->name);
  return check(fmt::format("group by (alertname) (present_over_time(({})[{}:{}]))", others, in_ms(end),
                           in_ms(interval)),
               end, {});
}

/// Each alert's first time, and at the end the whole set of those that have fired.
std::string checks(const std::vector<ExpectedAlert>& alerts, Duration end, Duration interval) {
  std::string text = "    promql_expr_test:\n";
  std::set<std::string> all;
  for (const auto& alert : alerts) {
    all.insert(alert.name);
    const auto name = fmt::format(",alertname=\"{}\"", alert.name);
    if (alert.from > Duration(0)) text += check(fired(name, alert.from), alert.from, {});
    text += check(fired(name, alert.to), alert.to, {alert.name});
  }
  return text + check(fired("", end), end, all) + page_check(alerts, end, interval);
}

}  // namespace

std::string promtool_input(const Scenario& scenario, const Scrapes& scrapes, Duration interval) {
  std::string text = fmt::format(
      "# {}: {}\n# Written by `linecheck run --prometheus-input`.\nrule_files: ['*.rules.yml']\n"
      "evaluation_interval: {}\ntests:\n  - interval: {}\n    input_series:\n",
      scenario.name, scenario.about, in_ms(interval), in_ms(interval));
  if (scrapes.count() == 0) return text + "      []\n";
  text += all_series(scrapes, scenario.name);
  const auto end = interval * static_cast<std::int64_t>(scrapes.count() - 1);
  return scenario.alerts ? text + checks(*scenario.alerts, end, interval) : text;
}

}  // namespace scenarios::engine
