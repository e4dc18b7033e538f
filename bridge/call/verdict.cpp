#include "bridge/call/verdict.hpp"

#include <array>
#include <cstddef>

namespace bridge::call {

std::string_view to_string(ResponseVerdict verdict) {
  static constexpr std::array<std::string_view, 5> kNames{"excused", "silent", "stuck", "unconfirmed",
                                                          "heard"};
  return kNames.at(static_cast<std::size_t>(verdict));
}

std::string_view to_string(CallVerdict verdict) {
  static constexpr std::array<std::string_view, 12> kNames{
      "not_answered",         "stream_never_started", "bridge_fault", "openai_unreachable",
      "openai_misconfigured", "no_caller_audio",      "no_turn",      "openai_not_generating",
      "pipeline_blockage",    "twilio_or_network",    "normal",       "too_short"};
  return kNames.at(static_cast<std::size_t>(verdict));
}

std::string_view to_string(Reason reason) {
  static constexpr std::array<std::string_view, 27> kNames{"none",
                                                           "no_audio",
                                                           "not_created",
                                                           "failed",
                                                           "quota",
                                                           "rate_limit",
                                                           "incomplete",
                                                           "completed_empty",
                                                           "text_only",
                                                           "silent_audio",
                                                           "stalled",
                                                           "transport_blocked",
                                                           "undecodable",
                                                           "caller_path_blocked",
                                                           "mark_overdue",
                                                           "mark_early",
                                                           "network",
                                                           "auth",
                                                           "model",
                                                           "barge_in",
                                                           "server_cancelled",
                                                           "call_ended",
                                                           "busy",
                                                           "no_answer",
                                                           "call_failed",
                                                           "canceled",
                                                           "machine"};
  return kNames.at(static_cast<std::size_t>(reason));
}

}  // namespace bridge::call
