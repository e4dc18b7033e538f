#pragma once
#include "scenarios/diagnosis/evidence.hpp"
#include "scenarios/diagnosis/row.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace scenarios::diagnosis {

/// "in 1 of 1000 calls"
std::string share(Count times, Count of, std::string_view what);

struct Conclusion {
  Row row = Row::no_evidence;
  std::string share;                  // where several were judged, of how many it is true
  std::string says;                   // one sentence, in plain words
  std::vector<std::string> evidence;  // what it rests on, a line each
  std::vector<std::string> next;      // what to do, in this order
  bool silent() const { return is_silence(row); }
};

/// Judges one call, or a whole source whose calls cannot be told apart. A bridge's own verdict comes first,
/// since it has seen more than it published; without one, what was counted decides.
Conclusion conclude(const Evidence& evidence);
/// The same where the row is known from elsewhere: from a judgement of each call.
Conclusion conclude(const Evidence& evidence, Row row);

}  // namespace scenarios::diagnosis
