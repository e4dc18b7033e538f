#pragma once
#include "scenarios/engine/bridge_under_test.hpp"
#include "scenarios/report/wires.hpp"

#include <nlohmann/json_fwd.hpp>

#include <deque>
#include <string>
#include <string_view>

namespace scenarios::report {

/// What remains of a line when its numbers and ids are taken out: lines of one shape say the same thing
/// again.
std::string shape_of(std::string_view line);

/// The bridge's log for the page: [[ms, text, times?]], lines of one shape that follow each other as one.
/// Beyond the bound the end is kept, since that is where things broke, and one line says how many are
/// missing.
nlohmann::json log_json(const std::deque<engine::LogLine>& log, runtime::TimePoint start,
                        const Bounds& bounds);

}  // namespace scenarios::report
