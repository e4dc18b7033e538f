#pragma once
#include "scenarios/diagnosis/conclusion.hpp"
#include "scenarios/diagnosis/log_reader.hpp"

#include <string>

namespace scenarios::diagnosis {

/// A conclusion as a person reads it: text::kColumns wide where words allow.
std::string write_conclusion(const std::string& title, const Conclusion& conclusion);

struct LogReport {
  std::string text;
  Row worst = Row::no_evidence;  // over all calls
  bool silent = false;           // some caller heard nothing
};
/// One line a call, the conclusion on all, and, with `details`, the evidence of each call that was not
/// normal.
LogReport write_log_report(const std::string& source, const LogReader& log, bool details);

}  // namespace scenarios::diagnosis
