#include "scenarios/diagnosis/advice.hpp"

#include "scenarios/diagnosis/judgement.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <string_view>
#include <utility>

namespace scenarios::diagnosis {
namespace {

using Names = std::set<std::string, std::less<>>;

struct Remedy {
  std::array<std::string_view, 7> names;
  std::string_view says;
};

/// By the codes of voicebridge_openai_failures_total and the reasons of verdicts.
constexpr std::array kOpenAiRemedies{
    Remedy{{"insufficient_quota", "billing_hard_limit_reached"},
           "The account's quota is used up: look at its billing page; retrying will not help."},
    Remedy{
        {"quota"},
        "The account's quota is used up, or its rate limit is hit; what OpenAI said tells which. For the one "
        "look at its billing page; for the other make fewer calls at a time, or ask for a higher limit."},
    Remedy{{"rate_limit_exceeded", "rate_limit", "http_429"},
           "The account's rate limit is hit: fewer calls at a time, or a higher limit."},
    Remedy{{"invalid_api_key", "auth", "http_401", "account_deactivated"},
           "The key is refused: check OPENAI_API_KEY."},
    Remedy{{"http_403", "insufficient_permissions"},
           "The key may not do this: look at the permissions of its project, and at the countries that "
           "OpenAI serves."},
    Remedy{{"invalid_model", "missing_model", "model_not_found", "model"},
           "The model is refused: check openai.model, and whether the account may use it."},
    Remedy{
        {"dns", "connection", "tls", "timeout", "network"},
        "OpenAI was not reached: check openai.url, then DNS, the firewall and the proxy between the bridge "
        "and it, and the certificate that it is shown."},
    Remedy{{"dead"},
           "Sessions stopped answering: look at what stands between the bridge and OpenAI (a proxy, a "
           "firewall, the network), and at status.openai.com."},
    Remedy{{"completed_empty", "text_only", "no_audio", "silent_audio"},
           "The model answered, and not with sound that can be heard: look at what changed in the agent's "
           "instructions, tools and model, and at status.openai.com."},
    Remedy{{"server_error", "http_5xx"}, "OpenAI's own servers failed: look at status.openai.com."},
};

/// By the reasons of voicebridge_calls_refused_total and voicebridge_streams_rejected_total.
constexpr std::array kRefusalRemedies{
    Remedy{{"limit"}, "All of limits.calls are taken: add replicas, or raise it if the host bears more."},
    Remedy{{"source"}, "One number has all of limits.calls_per_source: somebody redials or abuses the line."},
    Remedy{{"unknown_number"}, "A number leads here that `numbers` does not name: add it, or `default`."},
    Remedy{{"bad_token"},
           "Stream tokens do not fit: let all replicas have the same stream_token.secret, and right clocks."},
    Remedy{{"budget"}, "The tokens of budgets.daily_tokens are spent until midnight UTC."},
    Remedy{
        {"draining"},
        "The bridge was ending, and drain.accept_for was over: give the number a fallback URL, or the bridge "
        "a second replica."},
};

template <std::size_t N>
void advise_by_name(const std::array<Remedy, N>& remedies, const Names& seen,
                    std::vector<std::string>& next) {
  for (const auto& remedy : remedies) {
    const bool fits = std::ranges::any_of(
        remedy.names, [&](std::string_view name) { return !name.empty() && seen.contains(name); });
    if (fits) next.emplace_back(remedy.says);
  }
}

/// What codes and reasons say of OpenAI.
void advise_on_failures(const Evidence& e, std::vector<std::string>& next) {
  Names seen;
  for (const auto& [code, count] : e.openai_failures) seen.insert(code);
  for (const auto* verdicts : {&e.call_verdicts, &e.response_verdicts}) {
    for (const auto& [what, count] : *verdicts) seen.insert(what.second);
  }
  advise_by_name(kOpenAiRemedies, seen, next);
}

void advise_on_openai(Row row, const Evidence& e, std::vector<std::string>& next) {
  advise_on_failures(e, next);
  // There was no session to look into, or the bridge has looked into it.
  if ((row == Row::openai_unreachable || e.judged()) && !next.empty()) return;
  next.emplace_back("Look for `failed` or `incomplete` in response.done and for `error` events in the log.");
  next.emplace_back(
      "Check that session.update was confirmed, with output_modalities audio: linecheck run "
      "scenarios/library/silence shows how each way to be silent looks.");
}

void advise_on_refusals(const Evidence& e, std::vector<std::string>& next) {
  Names seen;
  for (const auto* refused : {&e.calls_refused, &e.streams_refused}) {
    for (const auto& [reason, count] : *refused) seen.insert(reason);
  }
  advise_by_name(kRefusalRemedies, seen, next);
  if (e.connections_refused.value_or(0) > 0) {
    next.emplace_back(
        "All of limits.connections are open: see who holds them (ss -tn state established), keep strangers "
        "out at the proxy, or raise it; two a call are enough.");
  }
  if (e.webhooks_failed.value_or(0) > 0)
    next.emplace_back("Webhooks failed inside of the bridge: a bug; keep the log's errors with the report.");
  if (e.signature_failures.value_or(0) > 0) {
    next.emplace_back(
        "Signatures do not fit: is public_url the address that Twilio uses, also behind a proxy, and "
        "twilio.auth_token the account's own? If both are right, it was not Twilio who asked.");
  }
}

constexpr std::string_view kBlockedPath =
    "Look at what stands between the delta and the socket: a task that died, a lock, a full queue, a socket "
    "that takes nothing (voicebridge_twilio_unacked_bytes).";
constexpr std::string_view kCallersSound =
    "If the caller did speak: check that media arrives (track inbound) and the turn detection.";

/// Under the rules of the track that the calls were under: others find nothing wrong, or what was not.
std::string ask_for_twiml(const Evidence& e) {
  return "Ask which TwiML is served: linecheck verify-twiml --rules " + e.track_rules + " URL.";
}

/// Where there was sound, and it went astray.
void advise_on_sound(Row row, const Evidence& e, std::vector<std::string>& next) {
  switch (row) {
    case Row::pipeline_blockage:
      next.emplace_back(kBlockedPath);
      next.emplace_back(
          "linecheck run scenarios/library/line --tags diagnosis shows how a blocked path looks.");
      break;
    case Row::caller_path_blocked:
      next.emplace_back(
          "Look at the way from the bridge to OpenAI: a socket that takes nothing, a proxy between them, a "
          "session that is not ready (voicebridge_queued_audio_samples{path=\"to_model\"}).");
      advise_on_failures(e, next);
      next.emplace_back("linecheck run scenarios/library/openai/stops-reading.yaml shows how it looks.");
      break;
    case Row::undecodable:
      next.emplace_back(
          "Compare the output format in session.updated with the one asked for (audio/pcmu), and look at a "
          "delta: it must be base64. A proxy or a gateway that rewrites events may have changed it.");
      break;
    case Row::left_the_bridge:
      if (!e.judged() && e.worth_telling_unsent()) next.emplace_back(kBlockedPath);
      next.emplace_back(
          "To make it visible: send a mark after the audio and count what comes back "
          "(voicebridge_twilio_marks_echoed_total), or call the bridge: linecheck call URL --record "
          "heard.wav");
      [[fallthrough]];
    case Row::twilio_or_network:
      next.emplace_back(ask_for_twiml(e) +
                        " A <Start>, or a track that the account's rules swallow, plays nothing.");
      next.emplace_back("Look at the call in Twilio's debugger for 319xx codes.");
      break;
    case Row::process_died:
      next.emplace_back(
          "Look for why it ended, in the lines before its next start (journalctl -u linecheck-bridge) and in "
          "dmesg -T: a kill, the kernel's memory limit, a crash, the watchdog.");
      break;
    case Row::bridge_fault:
      next.emplace_back(
          e.missing_state.empty()
              ? "It is a bug of the bridge: the log has the exception; keep the call's lines with the report."
              : "Create that state where the call is created, before its first event can arrive: "
                "linecheck run scenarios/library/barge-in/first-event-is-a-cancel.yaml");
      break;
    default:
      break;
  }
}

/// Where no sound came that could have gone astray.
void advise_on_no_sound(Row row, const Evidence& e, std::vector<std::string>& next) {
  switch (row) {
    case Row::openai_not_generating:
    case Row::openai_unreachable:
      advise_on_openai(row, e, next);
      break;
    case Row::no_delta_seen:
      advise_on_openai(row, e, next);
      next.emplace_back(kCallersSound);
      break;
    case Row::openai_misconfigured:
      next.emplace_back(
          "Compare the formats in session.updated with the ones asked for (audio/pcmu both ways).");
      break;
    case Row::stream_never_started:
      next.emplace_back(ask_for_twiml(e) +
                        " Then look at the proxy in front of the bridge: does it pass WebSocket upgrades?" +
                        (e.calls_came && e.call_verdicts.empty()
                             ? " Of several replicas another one may have had the streams: ask "
                               "with --prometheus."
                             : ""));
      break;
    case Row::no_caller_audio:
      next.emplace_back(ask_for_twiml(e) +
                        " The track must hold the caller's side (inbound_track or both_tracks).");
      next.emplace_back("Look at the call in Twilio's debugger, and whether media messages arrive at all.");
      break;
    case Row::nothing_was_due:
      next.emplace_back(e.calls_started && e.without_calls()
                            ? "If somebody did call: Twilio does not reach the webhook; look at its debugger."
                            : kCallersSound);
      break;
    case Row::no_evidence:
      next.emplace_back(
          "Feed it a log with the markers [RX_AUDIO_DELTA] and [TX_FRAME_...], or the bridge's /metrics.");
      break;
    default:
      break;
  }
}

}  // namespace

std::vector<std::string> advise(Row row, const Evidence& e) {
  std::vector<std::string> next;
  if (e.one_way() && row != Row::normal) {
    next.emplace_back(
        "Start the path back: deltas of OpenAI to media messages of Twilio. It does not exist.");
  }
  advise_on_sound(row, e, next);
  advise_on_no_sound(row, e, next);
  advise_on_refusals(e, next);
  return next;
}

}  // namespace scenarios::diagnosis
