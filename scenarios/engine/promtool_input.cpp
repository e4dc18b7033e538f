#include "scenarios/engine/promtool_input.hpp"

#include "scenarios/engine/promtool_series.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace scenarios::engine {
namespace {

std::string check(const std::string& query, Duration at, const std::set<std::string>& alerts) {
  std::string text = fmt::format("      - expr: {}\n        eval_time: {}\n        exp_samples: [", query,
                                 promtool_duration(at));
  for (const auto& alert : alerts)
    text += fmt::format("{}{{labels: '{{alertname=\"{}\"}}', value: 1}}",
                        alert == *alerts.begin() ? "" : ", ", alert);
  return text + "]\n";
}

constexpr auto kFiring = "ALERTS{alertstate=\"firing\"";  // open: more matchers may follow

/// The alerts that have fired until `end`, of those that match.
std::string fired(const std::string& matchers, Duration end) {
  return fmt::format("group by (alertname) (present_over_time({}{}}}[{}]))", kFiring, matchers,
                     promtool_duration(end));
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
  return check(fmt::format("group by (alertname) (present_over_time(({})[{}:{}]))", others,
                           promtool_duration(end), promtool_duration(interval)),
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
      scenario.name, scenario.about, promtool_duration(interval), promtool_duration(interval));
  if (scrapes.count() == 0) return text + "      []\n";
  text += promtool_series(scrapes, scenario.name);
  // promtool knows no empty range: after a single scrape, an interval is waited.
  const auto end = interval * static_cast<std::int64_t>(std::max<std::size_t>(scrapes.count() - 1, 1));
  return scenario.alerts ? text + checks(*scenario.alerts, end, interval) : text;
}

}  // namespace scenarios::engine
