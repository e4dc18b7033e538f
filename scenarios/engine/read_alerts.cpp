#include "scenarios/engine/reading.hpp"

#include <algorithm>

namespace scenarios::engine {
namespace {

ExpectedAlert read_alert(const Field& field) {
  const auto ends = field.at("between").each();
  ExpectedAlert alert{field.text("alert"), ends[0].duration(), ends[1].duration(), field.flag("pages")};
  if (alert.to < alert.from) field.at("between").problem("the second time is before the first");
  return alert;
}

}  // namespace

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

}  // namespace scenarios::engine
