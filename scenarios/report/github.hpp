#pragma once
#include "scenarios/report/record.hpp"

#include <filesystem>
#include <string>

namespace scenarios::report {

/// Workflow commands that put what failed beside the lines of the scenarios: `::error file=..,line=..::text`.
/// GitHub shows ten of a step; the last line says how many there are beyond. `root`: paths are relative to
/// it.
std::string github_annotations(const RunRecord& run, const std::filesystem::path& root);

/// Markdown for the summary of a step: what failed first, then what passed, folded. Bounded well below the
/// mebibyte that GitHub takes.
std::string github_summary(const RunRecord& run);

}  // namespace scenarios::report
