#pragma once
#include <string_view>

namespace bridge::call {

/// Verdict of one response, as design.md ("Verdicts") tells them apart. Label values of
/// voicebridge_response_verdicts_total{verdict}.
enum class ResponseVerdict { excused, silent, stuck, unconfirmed, heard };

/// Verdict of a whole call. Label values of voicebridge_call_verdicts_total{verdict}.
enum class CallVerdict {
  not_answered,
  stream_never_started,
  bridge_fault,
  openai_unreachable,
  openai_misconfigured,
  no_caller_audio,
  no_turn,
  openai_not_generating,
  pipeline_blockage,
  twilio_or_network,
  normal,
  too_short,
};

/// Why; label `reason` of both families. `none` where the verdict needs no reason.
enum class Reason {
  none,
  // silent
  no_audio,     // no audio by the deadline
  not_created,  // the turn was committed and no response was ever created
  failed,       // response.done failed, for a reason with no name of its own
  quota,
  rate_limit,
  incomplete,
  completed_empty,  // response.done completed, without audio
  text_only,
  silent_audio,  // audio that never rises above -60 dBFS
  stalled,       // delta_stall fired before it was done
  // stuck
  transport_blocked,
  undecodable,
  caller_path_blocked,  // pipeline_blockage of the other direction: appends stuck
  // unconfirmed
  mark_overdue,
  mark_early,
  // openai_unreachable
  network,
  auth,
  model,
  // excused, too_short
  barge_in,
  server_cancelled,
  call_ended,
  // not_answered
  busy,
  no_answer,
  call_failed,
  canceled,
  machine,  // a machine answered, and was not to be talked to
};

std::string_view to_string(ResponseVerdict verdict);
std::string_view to_string(CallVerdict verdict);
std::string_view to_string(Reason reason);

}  // namespace bridge::call
