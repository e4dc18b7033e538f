#pragma once
#include <string_view>

namespace scenarios::diagnosis {

/// Where the sound stopped: the incident's table (docs/verdicts.md), and what else a bridge can tell.
enum class Row {
  normal,  // played to the caller, on evidence of marks
  openai_not_generating,
  pipeline_blockage,
  caller_path_blocked,  // what the bridge calls pipeline_blockage, the other way round: OpenAI takes nothing
  undecodable,          // the same, where nothing was blocked: what came could not be decoded
  twilio_or_network,
  no_delta_seen,    // by markers alone: openai_not_generating, or nothing was due
  left_the_bridge,  // normal or twilio_or_network: the source cannot tell which
  bridge_fault,
  process_died,  // in the middle of a call
  openai_unreachable,
  openai_misconfigured,
  stream_never_started,
  turned_away,  // refused at the webhook or at the stream
  no_caller_audio,
  nothing_was_due,  // no_turn, too_short, not_answered
  no_evidence,      // the source says nothing of sound
};

/// As printed, and as `verdict` (or its `reason`) in metrics where there is one of that name.
std::string_view to_string(Row row);
/// What the row means, in a sentence.
std::string_view meaning(Row row);
/// A caller heard nothing, or not the bot.
bool is_silence(Row row);
/// Whether callers heard something is not visible in what was read.
bool is_unknown(Row row);
/// Of several rows the one that is told first has the highest: what a caller heard nothing of, what cannot be
/// told, what went well, what nothing was due in.
int gravity(Row row);

/// The row of a call's verdict.
Row row_of_call(std::string_view verdict, std::string_view reason);
/// The row of a response's verdict.
Row row_of_response(std::string_view verdict, std::string_view reason);

}  // namespace scenarios::diagnosis
