#pragma once
#include "scenarios/engine/raised_alerts.hpp"
#include "scenarios/engine/scrapes.hpp"

#include <string>
#include <string_view>

namespace scenarios::engine {

/// Which alerts of metrics/alerts fire on a run's scrapes, and in the ten minutes after it in which all stays
/// as the exposition `at_end` has it: an alert takes its time. Prometheus' own promtool says it; where there
/// is none, nobody does. Blocks, for a second or two. Throws std::runtime_error where promtool fails.
RaisedAlerts ask_promtool(Scrapes scrapes, std::string_view at_end, const std::string& scenario);

}  // namespace scenarios::engine
