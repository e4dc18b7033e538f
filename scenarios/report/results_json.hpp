#pragma once
#include "scenarios/report/record.hpp"

#include <string>

namespace scenarios::report {

/// results.json: everything that the table says, for programs. docs/reports.md lists the fields.
std::string results_json(const RunRecord& run);

}  // namespace scenarios::report
