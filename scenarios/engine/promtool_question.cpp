#include "scenarios/engine/promtool_question.hpp"

#include "scenarios/engine/promtool_series.hpp"

#include <algorithm>
#include <map>
#include <regex>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace scenarios::engine {
using runtime::Duration;
namespace {

constexpr std::size_t kCalm = 40;  // scrapes: ten minutes

/// alertmanager.example.yml in PromQL: a cause silences the leg that it breaks and every symptom, a leg every
/// symptom, each on its own replica, or on all if it names none; a warning has no part in it. Half a minute
/// is Alertmanager's group_wait: so long may a cause come after what follows from it.
constexpr auto kPaging =
    R"((ALERTS{alertstate="firing",severity="page",rank=~"cause|warning"}
            or (ALERTS{alertstate="firing",severity="page",rank="leg"} offset 30s
              unless on (job, leg, instance) ALERTS{alertstate="firing",severity="page",rank="cause"}
              unless on (job, leg) ALERTS{alertstate="firing",severity="page",rank="cause",instance=""})
            or (ALERTS{alertstate="firing",severity="page",rank="symptom",instance!=""} offset 30s
              unless on (job, instance) ALERTS{alertstate="firing",severity="page",rank=~"cause|leg"}
              unless on (job) ALERTS{alertstate="firing",severity="page",rank=~"cause|leg",instance=""})
            or (ALERTS{alertstate="firing",severity="page",rank="symptom",instance=""} offset 30s
              unless on (job) ALERTS{alertstate="firing",severity="page",rank=~"cause|leg",instance=""}
              unless on (job) ALERTS{alertstate="firing",severity="page",rank=~"cause|leg",)"
    R"(alertname!="VoiceBridgeTargetDown"})))";

/// When each series of `alerts` was there for the first time, with the label `what`.
std::string first_times(std::string_view alerts, std::string_view what, Duration end) {
  return fmt::format(
      "label_replace(min by (alertname, severity) (min_over_time(timestamp({})[{}:{}])), \"what\", \"{}\", "
      "\"\", \"\")",
      alerts, promtool_duration(end + kScrapeInterval), promtool_duration(kScrapeInterval), what);
}

/// A label of a series as promtool prints it.
std::string label(const std::string& labels, const std::string& name) {
  std::smatch found;
  const std::regex pattern(name + "=\"([^\"]*)\"");
  return std::regex_search(labels, found, pattern) ? found[1].str() : "";
}

Duration in_seconds(const std::string& number) {
  return std::chrono::duration_cast<Duration>(std::chrono::duration<double>(std::stod(number)));
}

/// Of promtool's `got: {alertname="A", severity="page", what="fired"} 3E+02, {...} 4E+02`.
std::vector<RaisedAlert> read_series(const std::string& line) {
  static const std::regex kSeries(R"(\{([^}]*)\} ([-+.0-9eE]+))");
  std::map<std::string, RaisedAlert> alerts;
  for (std::sregex_iterator at(line.begin(), line.end(), kSeries), end; at != end; ++at) {
    const std::string labels = (*at)[1];
    auto& alert = alerts[label(labels, "alertname")];
    alert.name = label(labels, "alertname");
    alert.severity = label(labels, "severity");
    const auto time = in_seconds((*at)[2]);
    if (label(labels, "what") == "paged") {
      alert.paged = time;
    } else {
      alert.fired = time;
    }
  }
  std::vector<RaisedAlert> list;
  for (auto& [name, alert] : alerts) list.push_back(std::move(alert));
  std::ranges::stable_sort(list, {}, &RaisedAlert::fired);
  return list;
}

}  // namespace

std::string promtool_question(const Scrapes& scrapes, const std::string& scenario) {
  const auto end = scrapes.duration() + kScrapeInterval * static_cast<std::int64_t>(kCalm);
  const auto interval = promtool_duration(kScrapeInterval);
  return fmt::format(
      "rule_files: ['*.rules.yml']\nevaluation_interval: {0}\ntests:\n  - interval: {0}\n    "
      "input_series:\n{1}"
      "    promql_expr_test:\n      - expr: >-\n          {2}\n          or {3}\n        eval_time: {4}\n"
      "        exp_samples: []\n",
      interval, promtool_series(scrapes, scenario, kCalm),
      first_times("ALERTS{alertstate=\"firing\"}", "fired", end), first_times(kPaging, "paged", end),
      promtool_duration(end));
}

std::optional<std::vector<RaisedAlert>> read_promtool_answer(const std::vector<std::string>& lines) {
  constexpr std::string_view kGot = "got:";
  for (const auto& line : lines) {
    if (line.find("SUCCESS") != std::string::npos) return std::vector<RaisedAlert>();
    const auto got = line.find(kGot);
    if (got == std::string::npos) continue;
    auto alerts = read_series(line.substr(got + kGot.size()));
    if (alerts.empty()) break;  // it got something, in words that are not known: that is not nothing
    return alerts;
  }
  return std::nullopt;
}

}  // namespace scenarios::engine
