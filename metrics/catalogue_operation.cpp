#include "metrics/catalogue_parts.hpp"

#include <array>

namespace metrics {
namespace {

using Values = std::string_view;
constexpr auto counter = Kind::counter;
constexpr auto gauge = Kind::gauge;
constexpr auto histogram = Kind::histogram;

constexpr Values kPeerValues[]{"twilio", "openai"};
constexpr Values kKindValues[]{"malformed_json", "wrong_type",   "unknown_event", "binary_frame",
                               "second_start",   "before_start", "wrong_stream",  "bad_base64",
                               "after_stop",     "too_big",      "websocket"};
constexpr Label kBreach[]{{"peer", kPeerValues}, {"kind", kKindValues}};
constexpr Pair kBreachPairs[]{
    {"twilio", "malformed_json"}, {"twilio", "wrong_type"},    {"twilio", "unknown_event"},
    {"twilio", "binary_frame"},   {"twilio", "second_start"},  {"twilio", "before_start"},
    {"twilio", "wrong_stream"},   {"twilio", "bad_base64"},    {"twilio", "after_stop"},
    {"twilio", "too_big"},        {"twilio", "websocket"},     {"openai", "malformed_json"},
    {"openai", "wrong_type"},     {"openai", "unknown_event"}, {"openai", "binary_frame"},
    {"openai", "bad_base64"},     {"openai", "too_big"},       {"openai", "websocket"}};
constexpr Values kFailureValues[]{"insufficient_quota",
                                  "billing_hard_limit_reached",
                                  "account_deactivated",
                                  "rate_limit_exceeded",
                                  "server_error",
                                  "invalid_api_key",
                                  "insufficient_permissions",
                                  "invalid_model",
                                  "model_not_found",
                                  "missing_model",
                                  "beta_api_shape_disabled",
                                  "session_expired",
                                  "http_401",
                                  "http_403",
                                  "http_429",
                                  "http_4xx",
                                  "http_5xx",
                                  "dns",
                                  "connection",
                                  "timeout",
                                  "tls",
                                  "closed",
                                  "dead",
                                  "other"};
constexpr Label kFailure[]{{"code", kFailureValues}};
constexpr Values kTokenValues[]{"input_text", "input_audio", "input_cached", "output_text", "output_audio"};
constexpr Label kTokens[]{{"kind", kTokenValues}, {"model"}};
constexpr Values kLimitValues[]{"requests", "tokens"};
constexpr Label kLimit[]{{"limit", kLimitValues}};
constexpr double kShareEdges[]{.01, .05, .1, .25, .5, .75, 1};
constexpr Values kBudgetValues[]{"call", "daily"};
constexpr Label kBudget[]{{"budget", kBudgetValues}};
constexpr Values kRouteValues[]{"incoming_call",     "outbound_call", "stream_ended",
                                "transfer_ended",    "call_status",   "stream_status",
                                "machine_detection", "debugger",      "calls"};
constexpr Values kStatusValues[]{"2xx", "4xx", "503", "5xx"};
constexpr Label kRoute[]{{"route", kRouteValues}, {"status", kStatusValues}};
constexpr Values kTrackValues[]{"both_tracks", "inbound_track", "outbound_track", "none"};
constexpr Label kTrack[]{{"track", kTrackValues}};
constexpr Values kSignatureValues[]{"missing", "wrong"};
constexpr Values kSignedValues[]{"webhook", "stream"};
constexpr Label kUnsigned[]{{"signature", kSignatureValues}, {"request", kSignedValues}};
constexpr Values kRejectValues[]{"signature", "bad_token", "replayed",       "bad_format", "no_start",
                                 "limit",     "draining",  "unknown_number", "budget"};
constexpr Label kReject[]{{"reason", kRejectValues}};
constexpr Values kDialValues[]{"warm", "cold"};
constexpr Label kDial[]{{"session", kDialValues}};
constexpr Values kRecordingValues[]{"written", "incomplete", "failed"};
constexpr Label kRecording[]{{"outcome", kRecordingValues}};
constexpr Values kTransferValues[]{"completed", "answered", "busy", "no-answer",
                                   "failed",    "canceled", "other"};
constexpr Label kTransfer[]{{"status", kTransferValues}};
constexpr Values kRestValues[]{"create", "update", "complete"};
constexpr Values kRestOutcomeValues[]{"ok", "over", "refused", "unreachable"};
constexpr Label kRest[]{{"operation", kRestValues}, {"outcome", kRestOutcomeValues}};
constexpr Values kRefusedHttpValues[]{"connections", "handshake", "idle",      "slow_request",
                                      "header_size", "body_size", "malformed", "unread_answer"};
constexpr Values kListenerValues[]{"public", "admin"};
constexpr Label kRefusedHttp[]{{"listener", kListenerValues}, {"reason", kRefusedHttpValues}};
constexpr Values kReloadValues[]{"loaded", "failed"};
constexpr Label kReload[]{{"outcome", kReloadValues}};
constexpr Values kKeptKeyValues[]{"workers",
                                  "listen.host",
                                  "listen.port",
                                  "listen.tls",
                                  "admin.host",
                                  "admin.port",
                                  "twilio.send_buffer",
                                  "openai.trust_file",
                                  "openai.warm.sessions",
                                  "recording.folder",
                                  "replica.alone",
                                  "stream_token.secret",
                                  "limits.connections",
                                  "limits.message_size",
                                  "limits.header_size",
                                  "limits.handshake",
                                  "limits.request",
                                  "limits.idle",
                                  "limits.body_size",
                                  "limits.remembered_calls",
                                  "log.level",
                                  "log.levels",
                                  "log.format",
                                  "log.queue"};
constexpr Label kKeptKey[]{{"key", kKeptKeyValues}};
constexpr Values kStreamEventValues[]{"stream-started", "stream-stopped", "stream-error"};
constexpr Label kStreamEvent[]{{"event", kStreamEventValues}};
constexpr Values kStreamErrorValues[]{"31900", "31901", "31902", "31903", "31904", "31910", "31920", "31921",
                                      "31922", "31923", "31924", "31930", "31931", "31940", "31941", "31942",
                                      "31950", "31951", "31952", "31953", "31954", "31960", "other"};
constexpr Label kStreamError[]{{"code", kStreamErrorValues}};
constexpr Values kDebuggerValues[]{
    "11100", "11200", "11201", "11202", "11203", "11205", "11206", "11210", "11215", "11220", "11235",
    "11236", "11237", "11251", "11750", "11770", "12100", "12101", "12102", "12200", "12300", "12400",
    "13520", "13710", "13910", "15002", "15003", "15004", "21609", "21626", "31900", "31901", "31902",
    "31903", "31904", "31910", "31920", "31921", "31922", "31923", "31924", "31930", "31931", "31940",
    "31941", "31942", "31950", "31951", "31952", "31953", "31954", "31960", "other"};
constexpr Label kDebuggerEvent[]{{"code", kDebuggerValues}};
constexpr Label kBuild[]{{"version"}, {"revision"}};

constexpr Family kFamilies[]{
    {"voicebridge_protocol_errors_total",
     counter,
     kBreach,
     "Messages of a peer that broke its protocol and were not used, by peer and kind; the log names each "
     "kind once a "
     "call.",
     "A burst from one peer: its protocol changed, or something that is not it talks to the bridge.",
     {},
     kBreachPairs},
    {"voicebridge_openai_sessions_opened_total",
     counter,
     {},
     "Realtime sessions whose WebSocket was opened, second dials included.",
     "Well above the calls started: sessions die and are dialled again; look at "
     "voicebridge_openai_failures_total."},
    {"voicebridge_openai_failures_total", counter, kFailure,
     "Failures at OpenAI: of the connection, the session or a response, by error code.",
     "insufficient_quota, billing_*: billing; rate_limit_exceeded: ask for more or shed calls; "
     "invalid_api_key, http_401, *_model: the configuration. A refusal over HTTP counts by the code in its "
     "body, where that names one of these, else by its status. dns (no such host, or name servers that do "
     "not "
     "answer), connection, timeout, tls, http_5xx: the network or OpenAI's status page; closed, dead: "
     "sessions that ended under a call, without a reason or without a word."},
    {"voicebridge_openai_tokens_total", counter, kTokens,
     "Tokens that responses cost, by kind and by the model of the configuration. input_cached are among the "
     "other input tokens, and cheaper.",
     "This is what is paid for. Input grows with every turn of a call: long calls cost more than they last; "
     "see budgets.call_tokens."},
    {"voicebridge_openai_rate_limit_remaining_ratio", histogram, kLimit,
     "What was left of a rate limit, as a share of it, each time that OpenAI said so.",
     "Observations below 0.1: calls are about to fail with rate_limit_exceeded; ask for a higher limit or "
     "lower limits.calls.",
     kShareEdges},
    {"voicebridge_token_budget_spent_total", counter, kBudget,
     "Calls that were ended (call) or refused (daily) because a token budget was spent.",
     "call: a call that went on and on, GET /calls shows which; daily: new callers are turned away until "
     "midnight UTC."},
    {"voicebridge_openai_sessions_rotated_total",
     counter,
     {},
     "Sessions that took over a running call before the last one expired.",
     "One per call and hour. Zero while calls last longer than an hour and session_expired grows in "
     "voicebridge_openai_failures_total: no pause was found, or no session was to be had; see the log."},
    {"voicebridge_openai_dials_deferred_total",
     counter,
     {},
     "Dials to OpenAI that had to wait for limits.openai_connections_per_second.",
     "Above zero outside of a start-up: calls begin faster than the limit allows, and their callers wait; "
     "raise it if the account allows more."},
    {"voicebridge_webhook_requests_total", counter, kRoute,
     "HTTP requests answered on the public listener, by route and class of status.",
     "4xx: wrong signature or form, see voicebridge_signature_failures_total; 503: not now, the bridge "
     "drains "
     "or, of POST /calls, has no place; 5xx, all others: a bug, the log has the exception."},
    {"voicebridge_signature_failures_total", counter, kUnsigned,
     "Webhooks and streams refused because X-Twilio-Signature was missing or did not match.",
     "wrong: the auth token or the public URL in the configuration is wrong (proxies change schemes, ports "
     "and "
     "paths; of streams alone: one that rewrites upgrades); missing: Twilio always signs, so somebody probes "
     "the bridge, or a proxy drops the header."},
    {"voicebridge_twiml_served_total", counter, kTrack,
     "TwiML documents with a stream served, by the track that they ask for.",
     "The track must fit the account: if calls return with error 31941, set twiml.track: inbound_track."},
    {"voicebridge_track_refused_total",
     counter,
     {},
     "Calls that Twilio returned because it refuses the track (error 31941), and that were healed by a "
     "second attempt.",
     "Above zero: set twiml.track: inbound_track; every call pays a second webhook until then."},
    {"voicebridge_transfers_total", counter, kTransfer,
     "Calls handed to another number by transfer_call, by how the dialling ended (Twilio's DialCallStatus).",
     "busy, no-answer: nobody takes the calls that the bot passes on; failed: the number or "
     "transfer_call.caller_id is not one that Twilio may use."},
    {"voicebridge_twilio_rest_requests_total", counter, kRest,
     "Requests to Twilio's REST API, each attempt of its own, by what was asked and how it went (over: the "
     "call "
     "had ended already).",
     "refused: the log has Twilio's code (20003: credentials; 20404: the call is another account's); "
     "unreachable: the network, twilio.api_base or Twilio's status page."},
    {"voicebridge_streams_rejected_total", counter, kReject,
     "Media streams refused: not signed by Twilio; token missing, wrong or expired; token used before; audio "
     "other than mu-law, 8 kHz, mono; no start in time; too many calls; shutting down; no agent for the "
     "number any more; the daily token budget spent.",
     "signature: see voicebridge_signature_failures_total; bad_token: replicas do not share the token "
     "secret, or clocks differ; replayed: somebody has seen a "
     "token; limit: add replicas."},
    {"voicebridge_config_last_reload_successful",
     gauge,
     {},
     "1 when the configuration that was read last could be used, at the start or by a reload; else 0.",
     "0: the file on disk is broken, and a restart would fail; the log and --check-config say where."},
    {"voicebridge_config_last_reload_success_timestamp_seconds",
     gauge,
     {},
     "When the running configuration was read, in Unix seconds.",
     "Older than the file's last change: nobody sent SIGHUP, or the reload failed."},
    {"voicebridge_config_restart_needed", gauge, kKeptKey,
     "1 for each key whose value in the file is another than the running one, and that only a restart can "
     "change.",
     "1: the process runs with another value than its file says; restart it, or put the old value back."},
    {"voicebridge_worker_failures_total",
     counter,
     {},
     "Exceptions that reached the event loop of a worker, whose calls are ended as bridge_fault, or of the "
     "process' own affairs. Either way the process drains and ends.",
     "Above zero: a bug. The log says what it was; the supervisor has to start the process again."},
    {"voicebridge_openai_warm_sessions",
     gauge,
     {},
     "Connections to OpenAI that wait for calls (openai.warm.sessions).",
     "Zero for long although some are asked for: OpenAI refuses or cannot be reached."},
    {"voicebridge_openai_dials_total", counter, kDial,
     "Sessions that calls asked for, where openai.warm.sessions is not 0: warm, one that waited; cold, "
     "dialled "
     "there and then.",
     "Many cold: calls come in faster than connections are made; raise openai.warm.sessions."},
    {"voicebridge_recordings_total", counter, kRecording,
     "Calls whose recording is over, by what became of it: written; incomplete, with silence where pieces "
     "were "
     "dropped; failed, with nothing or only its beginning on the disk.",
     "failed: the disk is full, or the bridge may not write to recording.folder. incomplete: the disk is too "
     "slow."},
    {"voicebridge_recording_pieces_dropped_total",
     counter,
     {},
     "Seconds of recordings that were dropped because the disk did not keep up. No call waits for it.",
     "Above zero: a faster disk for recording.folder, or fewer calls a process."},
    {"voicebridge_streams_idle_total",
     counter,
     {},
     "Media streams cut because nothing had come through them for limits.stream_idle.",
     "Above zero: connections die without saying so; look at what stands between Twilio and the bridge."},
    {"voicebridge_connections_refused_total", counter, kRefusedHttp,
     "Connections to the public or the admin listener that were ended before a request could be answered, or "
     "its answer was taken, by listener and reason. Twilio comes to the public one.",
     "connections: raise limits.connections, or find who opens them; idle is normal for a client that keeps "
     "a "
     "connection; slow_request, handshake: slow clients or an attack; unread_answer: a client that asks and "
     "does not read for limits.idle; header_size, body_size, malformed: something that is not Twilio."},
    {"voicebridge_certificate_expiry_timestamp_seconds",
     gauge,
     {},
     "When the certificate that the public listener shows ends, in Unix seconds; 0 where it is plain.",
     "Less than two weeks ahead: its renewal does not work, or writes other files than listen.tls names."},
    {"voicebridge_certificate_reloads_total", counter, kReload,
     "Changes of the files of listen.tls, by whether they could be put to use.",
     "failed: certificate and key do not belong together; the old certificate stays, the log says more."},
    {"voicebridge_stream_events_total", counter, kStreamEvent,
     "Twilio's reports on media streams (Stream statusCallback), by event.",
     "stream-error: voicebridge_stream_errors_total says which. All standing still while calls run: "
     "callbacks "
     "do not arrive; look at Twilio's debugger."},
    {"voicebridge_stream_errors_total", counter, kStreamError,
     "Errors of media streams as Twilio reports them, by code (31901 to 31960).",
     "docs/failures.md says what the caller heard. 31921 alone is the bridge ending a call on purpose; "
     "31941: "
     "set twiml.track: inbound_track."},
    {"voicebridge_debugger_events_total", counter, kDebuggerEvent,
     "Events of Twilio's Debugger that its webhook brought, by code.",
     "112xx: Twilio cannot reach or understand the bridge; 12xxx: its TwiML; 319xx: its streams; 15003: a "
     "callback failed. The log has Twilio's words."},
    {"voicebridge_draining",
     gauge,
     {},
     "1 while the process refuses new calls and waits for the running ones to end.",
     "1 for longer than the grace period: the process hangs in its shutdown; its log says on which call."},
    {"voicebridge_log_lines_dropped_total",
     counter,
     {},
     "Log lines dropped because the log's bounded queue was full.",
     "Above zero: the log's destination is slow; set log.markers: first_and_every_50 or a higher level."},
    {"voicebridge_build_info", gauge, kBuild,
     "1, labelled with the version and revision of the running bridge.",
     "Several versions at a time outside of a deployment: a replica was left behind."},
    {"process_cpu_seconds_total",
     counter,
     {},
     "CPU time of the process, user and system, in seconds.",
     "A rate near 1 per thread: the process is at its limit; callers will hear gaps. Add replicas."},
    {"process_resident_memory_bytes",
     gauge,
     {},
     "Memory of the process that is in RAM.",
     "It follows the number of calls. Growing without them: a leak; keep a profile and report it."},
    {"process_virtual_memory_bytes",
     gauge,
     {},
     "Address space of the process.",
     "Of use only beside process_resident_memory_bytes."},
    {"process_open_fds",
     gauge,
     {},
     "Open file descriptors of the process.",
     "About two a call. Near process_max_fds: raise the limit (LimitNOFILE), or find who does not close."},
    {"process_max_fds",
     gauge,
     {},
     "Most file descriptors that the process may have open.",
     "At least three times voicebridge_calls_limit."},
    {"process_start_time_seconds",
     gauge,
     {},
     "When the process started, in Unix seconds.",
     "Changing by itself: the process is restarted; look for its last log lines."},
};

}  // namespace

std::span<const Family> operation_families() {
  return kFamilies;
}

}  // namespace metrics
