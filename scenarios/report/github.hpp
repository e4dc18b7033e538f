#pragma once
#include "scenarios/report/record.hpp"

#include <filesystem>
#include <string>
#include <string_view>

namespace scenarios::report {

/// Workflow commands that put what failed beside the lines of the scenarios: `::error file=..,line=..::text`.
/// What could not be judged for lateness is a `::warning`. GitHub shows ten of a step: the first finding of
/// each scenario comes first, and the last line says how many there are beyond. `root`: paths are relative to
/// it.
std::string github_annotations(const RunRecord& run, const std::filesystem::path& root);

/// The same for what lint found, of its text: `FILE:LINE:COLUMN: error: ...`.
std::string github_annotations(std::string_view problems, const std::filesystem::path& root);

/// `text` with what GitHub's runner would take for a command in it broken, as it stands in its lines: a
/// bridge could say it.
std::string without_commands(std::string_view text);

/// Markdown for the summary of a step: what failed first, then what passed, folded. Bounded well below the
/// mebibyte that GitHub takes.
std::string github_summary(const RunRecord& run);

}  // namespace scenarios::report
