#include "metrics/catalogue_parts.hpp"

#include <array>

namespace metrics {
namespace {

using Values = std::string_view;
constexpr auto counter = Kind::counter;
constexpr auto gauge = Kind::gauge;
constexpr auto histogram = Kind::histogram;

constexpr Values kDirectionValues[]{"inbound", "outbound"};
constexpr Label kDirection[]{{"call_direction", kDirectionValues}};
constexpr Values kOutcomeValues[]{"completed", "failed", "not_answered", "never_started"};
constexpr Label kOutcome[]{{"call_direction", kDirectionValues}, {"outcome", kOutcomeValues}};

constexpr Values kUnfollowedValues[]{"stream_elsewhere", "unheard"};
constexpr Label kUnfollowed[]{{"reason", kUnfollowedValues}};

constexpr Values kReasonValues[]{"none",
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
constexpr Values kResponseValues[]{"excused", "silent", "stuck", "unconfirmed", "heard"};
constexpr Label kResponse[]{{"verdict", kResponseValues}, {"reason", kReasonValues}};
constexpr Pair kResponsePairs[]{{"excused", "none"},
                                {"excused", "barge_in"},
                                {"excused", "server_cancelled"},
                                {"excused", "call_ended"},
                                {"silent", "no_audio"},
                                {"silent", "not_created"},
                                {"silent", "failed"},
                                {"silent", "quota"},
                                {"silent", "rate_limit"},
                                {"silent", "incomplete"},
                                {"silent", "completed_empty"},
                                {"silent", "text_only"},
                                {"silent", "silent_audio"},
                                {"silent", "stalled"},
                                {"stuck", "transport_blocked"},
                                {"stuck", "undecodable"},
                                {"unconfirmed", "mark_overdue"},
                                {"unconfirmed", "mark_early"},
                                {"heard", "none"}};

constexpr Values kVerdictValues[]{
    "not_answered",         "stream_never_started", "bridge_fault", "openai_unreachable",
    "openai_misconfigured", "no_caller_audio",      "no_turn",      "openai_not_generating",
    "pipeline_blockage",    "twilio_or_network",    "normal",       "too_short"};
constexpr Label kVerdict[]{{"verdict", kVerdictValues}, {"reason", kReasonValues}};
constexpr Pair kVerdictPairs[]{{"not_answered", "busy"},
                               {"not_answered", "no_answer"},
                               {"not_answered", "call_failed"},
                               {"not_answered", "canceled"},
                               {"not_answered", "machine"},
                               {"stream_never_started", "none"},
                               {"bridge_fault", "none"},
                               {"openai_unreachable", "network"},
                               {"openai_unreachable", "auth"},
                               {"openai_unreachable", "model"},
                               {"openai_unreachable", "quota"},
                               {"openai_misconfigured", "none"},
                               {"no_caller_audio", "none"},
                               {"no_turn", "none"},
                               {"openai_not_generating", "no_audio"},
                               {"openai_not_generating", "not_created"},
                               {"openai_not_generating", "failed"},
                               {"openai_not_generating", "quota"},
                               {"openai_not_generating", "rate_limit"},
                               {"openai_not_generating", "incomplete"},
                               {"openai_not_generating", "completed_empty"},
                               {"openai_not_generating", "text_only"},
                               {"openai_not_generating", "silent_audio"},
                               {"openai_not_generating", "stalled"},
                               {"pipeline_blockage", "transport_blocked"},
                               {"pipeline_blockage", "undecodable"},
                               {"pipeline_blockage", "caller_path_blocked"},
                               {"twilio_or_network", "mark_overdue"},
                               {"twilio_or_network", "mark_early"},
                               {"normal", "none"},
                               {"too_short", "none"},
                               {"too_short", "barge_in"},
                               {"too_short", "server_cancelled"},
                               {"too_short", "call_ended"}};

constexpr Values kStageValues[]{"created", "start", "transcript", "stall", "done"};
constexpr Label kStage[]{{"stage", kStageValues}};
constexpr Values kToolValues[]{"end_call", "transfer_call", "send_dtmf", "http", "unknown"};
constexpr Values kToolOutcomeValues[]{"ok",        "unknown_tool", "bad_arguments", "not_allowed", "failed",
                                      "timed_out", "too_many",     "interrupted",   "unanswered"};
constexpr Label kTool[]{{"tool", kToolValues}, {"outcome", kToolOutcomeValues}};
constexpr Pair kToolPairs[]{{"end_call", "ok"},
                            {"end_call", "too_many"},
                            {"end_call", "interrupted"},
                            {"end_call", "unanswered"},
                            {"transfer_call", "ok"},
                            {"transfer_call", "bad_arguments"},
                            {"transfer_call", "not_allowed"},
                            {"transfer_call", "failed"},
                            {"transfer_call", "too_many"},
                            {"transfer_call", "interrupted"},
                            {"transfer_call", "unanswered"},
                            {"send_dtmf", "ok"},
                            {"send_dtmf", "bad_arguments"},
                            {"send_dtmf", "timed_out"},
                            {"send_dtmf", "interrupted"},
                            {"send_dtmf", "unanswered"},
                            {"http", "ok"},
                            {"http", "bad_arguments"},
                            {"http", "not_allowed"},
                            {"http", "failed"},
                            {"http", "timed_out"},
                            {"http", "unanswered"},
                            {"unknown", "unknown_tool"},
                            {"unknown", "too_many"}};

constexpr double kAnswerEdges[]{.1, .2, .3, .5, .8, 1, 1.2, 1.5, 2, 3, 5, 8};
constexpr double kClearEdges[]{.005, .01, .02, .05, .1, .2, .5, 1};

constexpr Values kRefusedValues[]{"unknown_number", "limit", "source", "budget", "draining"};
constexpr Label kRefused[]{{"reason", kRefusedValues}};
constexpr Values kUnplacedValues[]{"draining", "number", "budget", "limit"};
constexpr Label kUnplaced[]{{"reason", kUnplacedValues}};

constexpr Family kFamilies[]{
    {"voicebridge_calls_started_total", counter, kDirection,
     "Calls that this bridge served TwiML for or placed, by direction.",
     "Standing still while calls are expected: Twilio does not reach the webhook; look at Twilio's "
     "debugger."},
    {"voicebridge_streams_started_total",
     counter,
     {},
     "Media streams that began at this replica, whichever replica answered their calls.",
     "Over all replicas fewer than voicebridge_twiml_served_total for minutes: calls are answered and their "
     "streams never come; run linecheck verify-twiml."},
    {"voicebridge_calls_ended_total", counter, kOutcome, "Calls that are over, by direction and outcome.",
     "failed: look at voicebridge_call_verdicts_total; never_started: TwiML was served and no stream came, "
     "run "
     "linecheck verify-twiml."},
    {"voicebridge_calls_refused_total", counter, kRefused,
     "Calls turned away at the voice webhook (TwiML <Reject>, or <Hangup> for one of ours; draining: 503), "
     "by "
     "reason; they are not started and have no verdict. What POST /calls refuses is none: "
     "voicebridge_placements_refused_total.",
     "unknown_number: a number leads to the bridge that `numbers` does not name; add it, or `default`; "
     "limit: "
     "all of limits.calls are taken, add replicas; source: one number has all of limits.calls_per_source, "
     "somebody redials or abuses the line; budget: budgets.daily_tokens are spent until midnight UTC; "
     "draining: the bridge is ending and drain.accept_for is over, give the number a fallback URL or the "
     "bridge a second replica."},
    {"voicebridge_placements_refused_total", counter, kUnplaced,
     "Requests of POST /calls that were refused before Twilio was asked, by reason. Nobody was called.",
     "number: it is not in outbound.allow; limit: all of limits.calls are taken, the client asks again or "
     "another replica; budget: budgets.daily_tokens are spent until midnight UTC; draining: the bridge is "
     "ending, its client has to ask another one."},
    {"voicebridge_calls_active",
     gauge,
     {},
     "Calls with an open media stream now.",
     "At voicebridge_calls_limit new streams are refused: add replicas."},
    {"voicebridge_calls_silent",
     gauge,
     {},
     "Active calls in which a response has been due for 3 s and nothing has been sent to the caller.",
     "Above zero for longer than a moment: callers hear nothing right now. GET /calls shows which, "
     "voicebridge_response_verdicts_total which leg."},
    {"voicebridge_calls_limit",
     gauge,
     {},
     "Most calls that this process takes at a time, from its configuration.",
     "Compare with voicebridge_calls_active; raise it only with a measurement of the host."},
    {"voicebridge_calls_forgotten_total",
     counter,
     {},
     "Calls forgotten before their end was known, because the register of calls was full, or that of calls "
     "which Twilio was asked for and has not confirmed.",
     "Above zero: status callbacks do not arrive, or the register is too small for this traffic."},
    {"voicebridge_calls_unfollowed_total", counter, kUnfollowed,
     "Calls placed or answered here that this replica lets go of: their stream is another replica's "
     "(stream_elsewhere), or nothing was told of them for too long (unheard).",
     "stream_elsewhere is normal behind a balancer. unheard: Twilio's callbacks come to another replica, or "
     "do not arrive; with one replica, look for what keeps them away."},
    {"voicebridge_call_verdicts_total",
     counter,
     kVerdict,
     "Verdicts of calls that are over: which leg carried no sound, and why.",
     "openai_not_generating, pipeline_blockage and twilio_or_network name the leg to look at; "
     "the reason says why, GET /calls for which calls.",
     {},
     kVerdictPairs},
    {"voicebridge_response_verdicts_total",
     counter,
     kResponse,
     "Verdicts of single responses, counted at the moment of judgement, while the call goes on.",
     "Alert on silent, stuck and unconfirmed against heard: silent is OpenAI's leg, stuck the bridge's, "
     "unconfirmed "
     "Twilio's.",
     {},
     kResponsePairs},
    {"voicebridge_response_watchdog_fired_total", counter, kStage,
     "Firings of the response watchdog: no response created after a commit (created), no audio by "
     "response_start_timeout (start), a transcript without audio (transcript), audio that stopped (stall), a "
     "response "
     "done without audio (done).",
     "Any rate above a few per thousand responses: look at OpenAI's status and at "
     "voicebridge_openai_failures_total."},
    {"voicebridge_first_audio_seconds",
     histogram,
     {},
     "Time from the stream's start to the first frame of a call that was sent to the caller.",
     "The 95th percentile grows: OpenAI's session set-up or first answer is slow, or the greeting is off.",
     kAnswerEdges},
    {"voicebridge_response_latency_seconds",
     histogram,
     {},
     "Time from a response's being due (the caller finished, or it was asked for) to its first frame sent.",
     "Above 1.2 s callers begin to talk over the bot: look at OpenAI's latency, then at the region of the "
     "bridge.",
     kAnswerEdges},
    {"voicebridge_barge_in_clear_seconds",
     histogram,
     {},
     "Time from OpenAI's speech_started to the clear taken by the transport to Twilio.",
     "Above 0.1 s the bot talks over its caller: the process is short of CPU, or the path to Twilio blocked.",
     kClearEdges},
    {"voicebridge_tool_calls_total",
     counter,
     kTool,
     "Function calls of the model, by tool and outcome.",
     "unknown_tool or bad_arguments: the session's tools or instructions do not fit the model; not_allowed: "
     "a "
     "caller tries what the allow-lists forbid, the log has the number; failed or timed_out: look at the "
     "service "
     "behind the tool.",
     {},
     kToolPairs},
};

}  // namespace

std::span<const Family> call_families() {
  return kFamilies;
}

}  // namespace metrics
