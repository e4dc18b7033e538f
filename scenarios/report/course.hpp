#pragma once
#include "scenarios/engine/timeline.hpp"
#include "scenarios/report/wires.hpp"

#include <nlohmann/json_fwd.hpp>

#include <string>
#include <vector>

namespace scenarios::report {

/// Metrics over time, those that change: [{"series": as people write it, "points": [[ms, value]]}]. A point
/// holds until the next. Buckets of histograms are left out.
nlohmann::json course_json(const std::vector<engine::Timeline::Point>& points, runtime::TimePoint start,
                           const Bounds& bounds);

/// What the scenario changed: [["series", before, after]], at most `most` of them.
nlohmann::json changes_json(const std::string& first_scrape, const std::string& last_scrape,
                            std::size_t most);

}  // namespace scenarios::report
