#include "scenarios/engine/known_alerts.hpp"

#include "metrics/alert_rules.hpp"

#include <yaml-cpp/yaml.h>

namespace scenarios::engine {
namespace {

std::map<std::string, std::string> read_rules() {
  std::map<std::string, std::string> alerts;
  for (const auto& file : metrics::rule_files()) {
    for (const auto& group : YAML::Load(std::string(file.text))["groups"]) {
      for (const auto& rule : group["rules"]) {
        if (!rule["alert"]) continue;  // it records
        alerts[rule["alert"].as<std::string>()] = rule["labels"]["severity"].as<std::string>();
      }
    }
  }
  return alerts;
}

}  // namespace

const std::map<std::string, std::string>& known_alerts() {
  static const auto kAlerts = read_rules();
  return kAlerts;
}

}  // namespace scenarios::engine
