#include "scenarios/engine/judges.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include <fmt/format.h>

// What a Prometheus with metrics/alerts would have made of the run.
namespace scenarios::engine {
namespace {

using AlertNames = std::vector<std::string>;

std::string at(Duration time) {
  return fmt::format("{:g} s", runtime::seconds(time));
}

std::string told(const RaisedAlert& alert) {
  std::string how = "a ticket";
  if (alert.severity == "page") how = "calls nobody: its cause does";
  if (alert.paged) how = *alert.paged == alert.fired ? "pages" : "pages at " + at(*alert.paged);
  return fmt::format("{} at {} ({})", alert.name, at(alert.fired), how);
}

/// One line each.
std::string told(const std::vector<RaisedAlert>& alerts) {
  std::string text;
  for (const auto& alert : alerts) text += "\n    " + told(alert);
  return text.empty() ? "no alert fired" : "what fired:" + text;
}

/// What is wrong with those that are there, if exactly `wanted` should be; empty: nothing.
AlertNames differences(const AlertNames& wanted, const AlertNames& there, std::string_view does) {
  AlertNames wrong;
  for (const auto& name : wanted) {
    if (std::ranges::find(there, name) == there.end())
      wrong.push_back(fmt::format("{} does not {}", name, does));
  }
  for (const auto& name : there) {
    if (std::ranges::find(wanted, name) == wanted.end())
      wrong.push_back(fmt::format("{} was not to {}", name, does));
  }
  return wrong;
}

template <class Which>
AlertNames alert_names_of(const std::vector<RaisedAlert>& alerts, Which which) {
  AlertNames names;
  for (const auto& alert : alerts) {
    if (which(alert)) names.push_back(alert.name);
  }
  return names;
}

bool is_a_ticket(const RaisedAlert& alert) {
  return alert.severity == "ticket";
}

void add(AlertNames& all, AlertNames more) {
  all.insert(all.end(), more.begin(), more.end());
}

/// `alert:` all that the run raised, also in the calm after it.
AlertNames wrong_in_all(const AlertCheck& check, const std::vector<RaisedAlert>& alerts) {
  AlertNames wrong;
  if (check.none)
    add(wrong, differences({}, alert_names_of(alerts, [](const auto&) { return true; }), "fire"));
  const auto pages = [](const RaisedAlert& alert) { return alert.paged.has_value(); };
  if (check.pages) add(wrong, differences(*check.pages, alert_names_of(alerts, pages), "page"));
  if (check.tickets)
    add(wrong, differences(*check.tickets, alert_names_of(alerts, is_a_ticket), "fire as a ticket"));
  return wrong;
}

AlertNames wrong_times(const ExpectedAlert& expected, const std::vector<RaisedAlert>& alerts) {
  const auto same = [&](const RaisedAlert& alert) { return alert.name == expected.name; };
  const auto found = std::ranges::find_if(alerts, same);
  if (found == alerts.end() || (expected.from <= found->fired && found->fired <= expected.to)) return {};
  return {fmt::format("{} was to fire between {} and {}", expected.name, at(expected.from), at(expected.to))};
}

/// `alerts:` all that fired while the run lasted.
AlertNames wrong_during(const std::vector<ExpectedAlert>& expected, const std::vector<RaisedAlert>& alerts,
                        Duration run) {
  AlertNames wanted, pagers;
  for (const auto& alert : expected) {
    wanted.push_back(alert.name);
    if (alert.pages) pagers.push_back(alert.name);
  }
  AlertNames wrong = differences(
      wanted, alert_names_of(alerts, [&](const auto& alert) { return alert.fired <= run; }), "fire");
  for (const auto& alert : expected) add(wrong, wrong_times(alert, alerts));
  const auto pages = [&](const RaisedAlert& alert) { return alert.paged && *alert.paged <= run; };
  add(wrong, differences(pagers, alert_names_of(alerts, pages), "page"));
  return wrong;
}

}  // namespace

bool names_alerts(const std::vector<Expectation>& expectations) {
  return std::ranges::any_of(expectations, [](const Expectation& expectation) {
    return std::holds_alternative<AlertCheck>(expectation.check);
  });
}

Outcome judge_alerts(const AlertCheck& check, const Evidence& evidence) {
  if (evidence.alerts == nullptr) return not_applicable("alerts are judged by `linecheck run`");
  const auto& raised = *evidence.alerts;
  if (!raised.unknown.empty()) return not_applicable(raised.unknown);
  const AlertNames wrong = check.during ? wrong_during(*check.during, raised.alerts, raised.run)
                                        : wrong_in_all(check, raised.alerts);
  if (wrong.empty()) return passed(told(raised.alerts));
  return failed(fmt::format("{}; {}", fmt::join(wrong, "; "), told(raised.alerts)));
}

}  // namespace scenarios::engine
