#pragma once
#include "scenarios/diagnosis/evidence.hpp"
#include "scenarios/diagnosis/row.hpp"

#include <string_view>

namespace scenarios::diagnosis {

struct Finding {
  Row row = Row::nothing_was_due;
  Count times = 0, of = 0;          // of so many that were judged; 0: nothing was counted
  std::string_view what = "calls";  // that were judged
};

/// The gravest that the evidence shows: of calls that are over and of calls that go on.
Finding judge(const Evidence& evidence);

/// Requests were refused that a stranger may have made, and there was no call.
bool asked_in_vain(const Evidence& evidence);

/// Callers who were turned away, without those who may be strangers.
Count turned_away(const Evidence& evidence);

}  // namespace scenarios::diagnosis
