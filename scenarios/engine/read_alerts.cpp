#include "scenarios/engine/known_alerts.hpp"
#include "scenarios/engine/reading.hpp"

#include <algorithm>
#include <optional>
#include <string_view>

#include <fmt/format.h>

namespace scenarios::engine {
namespace {

constexpr std::string_view kPrefix = "VoiceBridge";

std::string without_prefix(const std::string& name) {
  return name.starts_with(kPrefix) ? name.substr(kPrefix.size()) : name;
}

/// The alert that the author may have meant, judged by what follows the beginning that all names share.
std::string nearest_alert(const std::string& name) {
  std::vector<std::string> names;
  for (const auto& [known, severity] : known_alerts()) names.push_back(without_prefix(known));
  const std::string near = nearest(without_prefix(name), names);
  return near.empty() ? near : std::string(kPrefix) + near;
}

/// The name of an alert, which has `severity` where one is given.
std::string alert_name(const Field& field, std::string_view severity = {}) {
  const std::string name = field.text();
  const auto found = known_alerts().find(name);
  if (found == known_alerts().end()) {
    const std::string near = nearest_alert(name);
    field.problem("there is no alert '" + name + "'",
                  near.empty() ? "docs/runbooks has a page for each, and metrics/alerts its rule"
                               : "did you mean '" + near + "'?");
  } else if (!severity.empty() && found->second != severity) {
    field.problem(fmt::format("'{}' is a {}", name, found->second),
                  fmt::format("name it under '{}s'", found->second));
  }
  return name;
}

ExpectedAlert read_alert(const Field& field) {
  const auto ends = field.at("between").each();
  const auto pages = field.flag("pages");
  ExpectedAlert alert{alert_name(field.at("alert")), ends[0].duration(), ends[1].duration(), pages};
  if (alert.to < alert.from) field.at("between").problem("the second time is before the first");
  const auto known = known_alerts().find(alert.name);
  if (pages && known != known_alerts().end() && known->second != "page")
    field.at("pages").problem(fmt::format("'{}' is a {}", alert.name, known->second), "leave 'pages' out");
  return alert;
}

}  // namespace

AlertCheck read_alert_check(const Field& field) {
  AlertCheck check;
  check.none = field.is_text();
  for (const std::string_view severity : {"page", "ticket"}) {
    const std::string key = fmt::format("{}s", severity);
    if (!field.has(key)) continue;
    auto& names = (severity == "page" ? check.pages : check.tickets).emplace();
    for (const auto& entry : field.at(key).each()) names.push_back(alert_name(entry, severity));
  }
  return check;
}

std::vector<ExpectedAlert> read_alerts(const Field& list) {
  std::vector<ExpectedAlert> alerts;
  for (const auto& field : list.each()) {
    auto alert = read_alert(field);
    const auto same = [&](const ExpectedAlert& other) { return other.name == alert.name; };
    if (std::any_of(alerts.begin(), alerts.end(), same))
      field.at("alert").problem("'" + alert.name + "' is given twice");
    const auto paging = [](const ExpectedAlert& other) { return other.pages; };
    if (alert.pages && std::any_of(alerts.begin(), alerts.end(), paging))
      field.at("pages").problem("another alert pages already", "one failure calls one person once");
    alerts.push_back(std::move(alert));
  }
  return alerts;
}

Expectation expected_alerts(const Field& list, std::vector<ExpectedAlert> alerts) {
  std::vector<std::string> names;
  for (const auto& alert : alerts) names.push_back(alert.name);
  Expectation expectation;
  expectation.at = list.place().value;
  expectation.text = names.empty() ? "alerts: []" : fmt::format("alerts: {}", fmt::join(names, ", "));
  AlertCheck check;
  check.during = std::move(alerts);
  expectation.check = std::move(check);
  return expectation;
}

}  // namespace scenarios::engine
