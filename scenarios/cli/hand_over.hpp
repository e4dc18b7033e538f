#pragma once
#include "scenarios/cli/run_request.hpp"
#include "scenarios/engine/loader.hpp"
#include "scenarios/report/report.hpp"

namespace scenarios::cli {

/// Writes the report, and tells GitHub where it runs there. False: not everything could be written.
bool hand_over(report::Report& report, const RunRequest& request, double wall_seconds);

/// Tells GitHub what is wrong with scenarios that are therefore not run.
void hand_over_problems(const engine::Lint& lint, const Surroundings& surroundings);

}  // namespace scenarios::cli
