#pragma once
#include "runtime/core/time.hpp"

#include <optional>
#include <string>
#include <vector>

namespace scenarios::engine {

/// An alert of metrics/alerts that fired. Times are since the scenario's start.
struct RaisedAlert {
  std::string name;
  std::string severity;  // page, ticket
  runtime::Duration fired{0};
  /// When it called somebody; absent: nobody, for it is a ticket, or what causes it has called already.
  std::optional<runtime::Duration> paged;
};

/// What a Prometheus with metrics/alerts, and an Alertmanager with its example, make of a run.
struct RaisedAlerts {
  std::vector<RaisedAlert> alerts;  // in the order in which they fired
  runtime::Duration run{0};  // until its last whole scrape; what fired later fired in the calm after it
  std::string unknown;       // why nobody can say; empty: it is known
};

}  // namespace scenarios::engine
