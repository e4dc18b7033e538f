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
  turned_away,      // refused at the webhook or at the stream
  nothing_was_due,  // no_caller_audio, no_turn, too_short, not_answered
  no_evidence,      // the source says nothing of sound
};

/// As printed, and as `verdict` in metrics where there is one of that name.
std::string_view to_string(Row row);
/// A caller heard nothing, or not the bot.
bool is_silence(Row row);
/// Of several rows the one that is told first has the highest: what a caller heard nothing of, what cannot be
/// told, what went well, what nothing was due in.
int gravity(Row row);
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
