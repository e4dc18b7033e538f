#pragma once
#include "scenarios/diagnosis/evidence.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace scenarios::diagnosis {

/// Where the sound stopped. The first four are the incident's table (docs/verdicts.md).
enum class Row {
  normal,  // played to the caller, on evidence of marks
  openai_not_generating,
  pipeline_blockage,
  twilio_or_network,
  left_the_bridge,  // normal or twilio_or_network: the source cannot tell which
  bridge_fault,
  openai_unreachable,
  openai_misconfigured,
  stream_never_started,
  nothing_was_due,  // no_caller_audio, no_turn, too_short, not_answered
  no_evidence,      // the source says nothing of sound
};

/// As printed, and as `verdict` in metrics where there is one of that name.
std::string_view to_string(Row row);

struct Conclusion {
  Row row = Row::no_evidence;
  std::string says;                   // one sentence, in plain words
  std::vector<std::string> evidence;  // what it rests on, a line each
  std::vector<std::string> next;      // what to do, in this order
  /// A caller heard nothing, or not the bot.
  bool silent() const;
};

/// Judges one call, or a whole source whose calls cannot be told apart. A bridge's own verdict comes first,
/// since it has seen more than it published; without one, what was counted decides.
Conclusion conclude(const Evidence& evidence);

}  // namespace scenarios::diagnosis
