#include "scenarios/cli/probe_report.hpp"

#include "metrics/sheet.hpp"
#include "runtime/core/units.hpp"
#include "scenarios/cli/call_finding.hpp"

#include <algorithm>
#include <optional>

namespace scenarios::cli {
namespace twilio = simulators::twilio;
using runtime::seconds;
using twilio::CallFacts;

namespace {

const twilio::HttpExchange* voice_webhook(const CallFacts& call) {
  const auto found =
      std::ranges::find(call.http, twilio::HttpExchange::Purpose::voice, &twilio::HttpExchange::purpose);
  return found == call.http.end() ? nullptr : &*found;
}

/// The bot's alone: an apology of TwiML, and the tones of a bridge that waits for OpenAI, are heard as well.
runtime::Duration bots_speech(const CallFacts& call) {
  runtime::Duration spoken{0};
  for (const auto& utterance : call.measured.utterances) {
    if (from_the_bot(call, utterance)) spoken += utterance.end - utterance.begin;
  }
  return spoken;
}

std::optional<runtime::TimePoint> bots_first_sound(const CallFacts& call) {
  const auto found = std::ranges::find_if(
      call.measured.utterances, [&](const auto& utterance) { return from_the_bot(call, utterance); });
  if (found == call.measured.utterances.end()) return std::nullopt;
  return found->begin;
}

void fill(metrics::Sheet& sheet, const CallFacts& call) {
  const auto set = [&](std::string_view name, double value) { sheet.gauge(name).set(value); };
  if (const auto* webhook = voice_webhook(call)) {
    set("probe_webhook_status_code", webhook->status);
    if (webhook->answered_at) {
      set("probe_webhook_duration_seconds", seconds(*webhook->answered_at - webhook->asked_at));
    }
  }
  const auto& heard = call.measured;
  if (const auto begin = bots_first_sound(call))
    set("probe_first_audio_seconds", seconds(*begin - call.answered_at.value_or(call.placed_at)));
  if (const auto latency = answer_latency(call)) set("probe_answer_latency_seconds", seconds(*latency));
  set("probe_heard_speech_seconds", seconds(bots_speech(call)));
  set("probe_longest_gap_seconds", seconds(heard.longest_gap));
  set("probe_underruns", static_cast<double>(heard.underruns));
  set("probe_twilio_errors",
      static_cast<double>(std::ranges::count(call.errors, false, &twilio::TwilioError::warning)));
  const auto* stream = call.stream();
  if (stream == nullptr) return;
  set("probe_stream_started", stream->started_at ? 1 : 0);
  set("probe_audio_sent_seconds", seconds(runtime::mulaw_length(stream->sent.mulaw.size())));
  set("probe_audio_received_seconds", seconds(runtime::mulaw_length(stream->received.mulaw.size())));
}

}  // namespace

bool probe_succeeded(const CallFacts& call, bool complete) {
  return complete && proved_sound(call);
}

std::string probe_metrics(const CallFacts& call, runtime::Duration took, bool complete) {
  metrics::Book book;
  auto& sheet = book.add_sheet({"probe_"});
  fill(sheet, call);
  sheet.gauge("probe_duration_seconds").set(seconds(took));
  sheet.gauge("probe_timed_out").set(complete ? 0 : 1);
  sheet.gauge("probe_success").set(probe_succeeded(call, complete) ? 1 : 0);
  return book.expose();
}

}  // namespace scenarios::cli
