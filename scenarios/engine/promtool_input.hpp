#pragma once
#include "runtime/core/time.hpp"
#include "scenarios/engine/scenario.hpp"
#include "scenarios/engine/scrapes.hpp"

#include <string>

namespace scenarios::engine {

/// The labels that a Prometheus puts on what it scrapes: metrics/alerts/prometheus.example.yml.
inline constexpr auto kScrapeJob = "linecheck-bridge";

/// A file for `promtool test rules` with the scenario's scrapes as its input and the scenario's `alerts` as
/// its tests. The rules are `*.rules.yml` beside that file. The bridge's `instance` is the scenario's name;
/// of several replicas (label `replica`) each is one: NAME-1, NAME-2.
std::string promtool_input(const Scenario& scenario, const Scrapes& scrapes, Duration interval);

}  // namespace scenarios::engine
