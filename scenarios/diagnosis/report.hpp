#pragma once
#include "scenarios/diagnosis/conclusion.hpp"
#include "scenarios/diagnosis/log_reader.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace scenarios::diagnosis {

/// A conclusion as a person reads it: text::kColumns wide where words allow.
std::string write_conclusion(const std::string& title, const Conclusion& conclusion);

/// A call of a log, or a bridge of several.
struct Part {
  std::string name;
  Conclusion conclusion;
};
/// On parts that were judged each for itself, at least one: the gravest row, and of those the most frequent,
/// so that what is said in all is never that of a part without it. `what` they are: "calls".
Conclusion conclude_parts(const std::vector<Part>& parts, const Evidence& all, std::string_view what);

/// A line each, the gravest first; with `details` the evidence of those that are not normal.
std::string write_parts(const std::string& title, std::vector<Part> parts, bool details);

struct LogReport {
  std::string text;
  Row worst = Row::no_evidence;  // over all calls
  bool silent = false;           // some caller heard nothing
};
/// One line a call, the conclusion on all, and, with `details`, the evidence of each call that was not
/// normal.
LogReport write_log_report(const std::string& source, const LogReader& log, bool details);

}  // namespace scenarios::diagnosis
