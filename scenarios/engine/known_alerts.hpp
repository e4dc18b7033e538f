#pragma once
#include <map>
#include <string>

namespace scenarios::engine {

/// The alerts of metrics/alerts: the severity of each (`page`, `ticket`), by its name.
const std::map<std::string, std::string>& known_alerts();

}  // namespace scenarios::engine
