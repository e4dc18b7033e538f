#include "scenarios/diagnosis/account.hpp"

#include "scenarios/diagnosis/judgement.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <map>
#include <utility>

namespace scenarios::diagnosis {
namespace {

std::string verdict_list(const std::map<std::pair<std::string, std::string>, Count>& judged) {
  std::vector<std::string> parts;
  for (const auto& [what, count] : judged) {
    const bool reasoned = !what.second.empty() && what.second != "none";
    parts.push_back(fmt::format("{} x {}{}", count, what.first, reasoned ? " (" + what.second + ")" : ""));
  }
  return fmt::format("{}", fmt::join(parts, ", "));
}

std::string counts(const std::map<std::string, Count>& by) {
  std::vector<std::string> parts;
  for (const auto& [name, count] : by) parts.push_back(fmt::format("{} x {}", count, name));
  return fmt::format("{}", fmt::join(parts, ", "));
}

void tell_unsent(const Evidence& e, std::vector<std::string>& lines) {
  if (e.judged() || !e.worth_telling_unsent()) return;
  lines.push_back(fmt::format("at least {:.1f} s of the model's sound did not leave",
                              static_cast<double>(e.unsent_bytes()) / 8000));
}

/// Markers may be thinned out, and a batch of frames may not be full yet: what they count is the least.
std::string least(const Evidence& e, Count number) {
  return fmt::format("{}{}", e.by_markers && number > 0 ? "at least " : "", number);
}

void tell_counts(const Evidence& e, std::vector<std::string>& lines) {
  if (e.caller_frames) {
    lines.push_back(fmt::format("caller to model: {} frames came from Twilio, {} appends went to OpenAI",
                                *e.caller_frames, e.appends.value_or(0)));
  }
  if (e.queued_to_model.value_or(0) > 0) {
    lines.push_back(
        fmt::format("  {:.1f} s of the callers' audio wait for OpenAI now", *e.queued_to_model / 8000));
  }
  if (e.deltas) {
    lines.push_back(fmt::format("model to bridge: {} audio deltas, {} bytes", least(e, *e.deltas),
                                e.delta_bytes.value_or(0)));
  }
  if (e.frames) lines.push_back(fmt::format("bridge to Twilio: {} frames of 20 ms", least(e, *e.frames)));
  if (e.unacked_bytes.value_or(0) > 0) {
    lines.push_back(
        fmt::format("  {} bytes written to Twilio's sockets are not taken now", *e.unacked_bytes));
  }
  tell_unsent(e, lines);
  if (e.marks_sent) {
    lines.push_back(fmt::format(
        "Twilio to bridge: {} marks sent; {} came back when played, {} too early, {} cleared", *e.marks_sent,
        e.marks_played.value_or(0), e.marks_early.value_or(0), e.marks_cleared.value_or(0)));
  }
}

void tell_refusals(const Evidence& e, std::vector<std::string>& lines) {
  if (!e.calls_refused.empty()) lines.push_back("calls turned away: " + counts(e.calls_refused));
  if (!e.streams_refused.empty()) lines.push_back("media streams turned away: " + counts(e.streams_refused));
  if (e.connections_refused.value_or(0) > 0) {
    lines.push_back(
        fmt::format("connections turned away for limits.connections: {}", least(e, *e.connections_refused)));
  }
  if (const auto failed = e.webhooks_failed.value_or(0); failed > 0)
    lines.push_back(fmt::format("webhooks answered with an error of the bridge's own (5xx): {}", failed));
  if (e.draining.value_or(0) > 0) lines.push_back("it drains: no new call is taken now");
  if (e.signature_failures.value_or(0) > 0) {
    lines.push_back(fmt::format("requests refused for their X-Twilio-Signature, missing or wrong: {}",
                                *e.signature_failures));
  }
  if (e.unsigned_requests.value_or(0) > 0) {
    lines.push_back(fmt::format(
        "requests refused since they had no X-Twilio-Signature: {}; of strangers, unless no call comes and a "
        "proxy drops the header",
        *e.unsigned_requests));
  }
}

void tell_restarts(const Evidence& e, std::vector<std::string>& lines) {
  if (e.restarts.value_or(0) > 0) {
    lines.push_back(fmt::format(
        "the process was started anew in between, times: {}; what it counted after its last scrape is lost",
        *e.restarts));
  }
  if (e.vanished.value_or(0) > 0) {
    lines.push_back(fmt::format(
        "not scraped any more before that time ended, bridges: {}; gone, or out of Prometheus' reach",
        *e.vanished));
  }
  if (e.calls_cut.value_or(0) == 0) return;
  const bool by_scrapes = e.restarts || e.vanished;
  lines.push_back(fmt::format("calls {}: {}",
                              by_scrapes ? "last seen to go on" : "without an end when another process began",
                              *e.calls_cut));
}

}  // namespace

std::vector<std::string> tell(const Evidence& e) {
  std::vector<std::string> lines;
  if (!e.call_verdicts.empty())
    lines.push_back("the bridge's verdicts on calls: " + verdict_list(e.call_verdicts));
  if (!e.response_verdicts.empty()) {
    lines.push_back("the bridge's verdicts on answers: " + verdict_list(e.response_verdicts));
  }
  tell_refusals(e, lines);
  tell_restarts(e, lines);
  tell_counts(e, lines);
  if (!e.watchdog.empty()) lines.push_back("the watchdog fired: " + counts(e.watchdog));
  if (!e.openai_failures.empty()) lines.push_back("OpenAI failed: " + counts(e.openai_failures));
  if (e.silent_now.value_or(0) > 0) {
    lines.push_back(fmt::format("calls in which a caller hears nothing right now: {}", *e.silent_now));
  }
  if (e.tracks_refused.value_or(0) > 0) {
    lines.push_back(fmt::format("Twilio refused the track {} times (31941)", *e.tracks_refused));
  }
  if (!e.tracks.empty())
    lines.push_back(fmt::format("TwiML was served with track {}", fmt::join(e.tracks, ", ")));
  if (!e.twilio_codes.empty())
    lines.push_back(
        fmt::format("Twilio's own codes (docs/twilio-errors.md): {}", fmt::join(e.twilio_codes, ", ")));
  for (const auto& name : e.missing_state) {
    lines.push_back(fmt::format("state of the call was used before it existed: `{}`", name));
  }
  for (const auto& crash : e.crashes) lines.push_back("an exception: " + crash);
  if (e.one_way()) {
    lines.push_back("only one audio path was started, Twilio to the model; none leads back to the caller");
  }
  for (const auto& [kind, text] : e.sample) {
    if (kind == "delta" || kind == "frame" || kind == "state" || kind == "one_path" || kind == "refused" ||
        kind == "signature")
      lines.push_back("  > " + text);
  }
  return lines;
}

}  // namespace scenarios::diagnosis
