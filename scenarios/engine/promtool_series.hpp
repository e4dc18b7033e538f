#pragma once
#include "scenarios/engine/scrapes.hpp"

#include <cstddef>
#include <string>

namespace scenarios::engine {

/// A duration in promtool's files: "15000ms".
std::string promtool_duration(runtime::Duration duration);

/// The scrapes as `input_series` of a file for `promtool test rules`, the target's series `up` among them,
/// with `calm` scrapes more at the end in which nothing changes. The bridge's `instance` is the scenario's
/// name; of several replicas (label `replica`) each is one: NAME-1, NAME-2.
std::string promtool_series(const Scrapes& scrapes, const std::string& scenario, std::size_t calm = 0);

}  // namespace scenarios::engine
