#include "scenarios/cli/call_report.hpp"

#include "runtime/audio/g711.hpp"
#include "runtime/audio/wav.hpp"
#include "runtime/core/units.hpp"
#include "scenarios/cli/call_finding.hpp"
#include "scenarios/engine/twilio_side.hpp"
#include "scenarios/text/wrap.hpp"
#include "simulators/twilio/control_facts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <fstream>

namespace scenarios::cli {
namespace twilio = simulators::twilio;
using runtime::seconds;
using twilio::CallFacts;
using twilio::StreamFacts;

namespace {

double since_placed(const CallFacts& call, runtime::TimePoint at) {
  return seconds(at - call.placed_at);
}

std::string_view words_for(twilio::StreamEnd end) {
  switch (end) {
    case twilio::StreamEnd::call_ended:
      return "with the call";
    case twilio::StreamEnd::bridge_closed:
      return "the bridge closed it";
    case twilio::StreamEnd::connection_lost:
      return "the connection was lost";
    case twilio::StreamEnd::protocol_error:
      return "the bridge broke the WebSocket protocol";
    case twilio::StreamEnd::stopped:
      return "stopped";
    case twilio::StreamEnd::not_opened:
      return "it was never opened";
  }
  return "";
}

/// Whose voice the last utterance is.
std::string_view speaker(const CallFacts& call) {
  if (call.measured.utterances.empty()) return "bot";
  const auto& last = call.measured.utterances.back();
  if (from_the_bot(call, last)) return "bot";
  if (over_a_stream(call, last)) return "the bridge's hold tones";
  const bool failed = std::ranges::any_of(call.errors, [](const auto& error) { return !error.warning; });
  return failed ? "Twilio's error announcement" : "TwiML";
}

std::string row(std::string_view name, const std::string& value) {
  return fmt::format("  {:<28}{}\n", name, value);
}

std::string measurements(const CallFacts& call) {
  const auto& m = call.measured;
  std::string out = row(
      "heard", fmt::format("{:.2f} s, of it {:.2f} s of speech",
                           seconds(runtime::mulaw_length(call.heard.mulaw.size())), seconds(m.heard_speech)));
  out += row("first audio", m.first_audio ? fmt::format("{:.2f} s after the answer", seconds(*m.first_audio))
                                          : std::string("none"));
  out +=
      row("gaps inside speech", fmt::format("{}, the longest {:.2f} s", m.underruns, seconds(m.longest_gap)));
  out += row("longest silence", fmt::format("{:.2f} s", seconds(m.longest_silence)));
  out += row("both spoke at once", fmt::format("{:.2f} s", seconds(m.talk_over)));
  if (m.interruptions > 0) {
    out += row("interruptions", fmt::format("{}; the bot went on for {:.2f} s at most", m.interruptions,
                                            seconds(m.kept_talking)));
  }
  if (m.speech_dbfs) out += row("level of the speech", fmt::format("{:.1f} dBFS", *m.speech_dbfs));
  if (m.stale > runtime::Duration(0))
    out += row("stale audio", fmt::format("{:.2f} s played on after the caller had begun", seconds(m.stale)));
  if (m.clipped_samples > 0)
    out += row("clipped", fmt::format("{} samples at full scale", m.clipped_samples));
  if (m.static_sound > runtime::Duration(0))
    out += row("static", fmt::format("{:.2f} s of noise near full scale", seconds(m.static_sound)));
  if (m.cut_utterances > 0)
    out += row("cut", fmt::format("{} utterances begin or end inside a sound", m.cut_utterances));
  for (const auto& sound : m.sounds) {
    if (sound.resembled == runtime::Duration(0)) continue;
    const bool exact = sound.heard >= sound.resembled;
    out += row(
        "heard of " + sound.name,
        fmt::format("{:.2f} s{}{}", seconds(sound.resembled),
                    sound.resembled_share > 0 ? fmt::format(", {:.0f} % of it", 100 * sound.resembled_share)
                                              : std::string(),
                    exact ? "" : ", with other samples"));
  }
  const StreamFacts* stream = call.stream();
  if (stream == nullptr) return out;
  out += row("sent to the bridge",
             fmt::format("{:.2f} s", seconds(runtime::mulaw_length(stream->sent.mulaw.size()))));
  out += row("received from the bridge",
             fmt::format("{:.2f} s in {} messages, {} rejected",
                         seconds(runtime::mulaw_length(stream->received.mulaw.size())),
                         stream->messages_received, stream->rejected_messages));
  out += row("marks, clears", fmt::format("{}, {}", stream->marks.size(), stream->clears.size()));
  return out;
}

}  // namespace

void CallTranscript::say(const CallFacts& call, std::string_view text) const {
  constexpr std::size_t kIndent = 10;
  fmt::print("{:8.2f}  {}\n", since_placed(call, clock_.now()), text::wrapped(text, kIndent));
  std::fflush(stdout);
}

void CallTranscript::call_placed(const CallFacts& call) {
  say(call, fmt::format("call {} from {} to {}", call.sid, call.from, call.to));
}

void CallTranscript::call_answered(const CallFacts& call) {
  say(call, "answered");
}

void CallTranscript::stream_started(const CallFacts& call, const StreamFacts& stream) {
  say(call, fmt::format("stream to {} ({}{})", stream.url, stream.verb,
                        stream.track.empty() ? "" : ", " + stream.track));
}

void CallTranscript::stream_ended(const CallFacts& call, const StreamFacts& stream) {
  const auto code =
      stream.bridge_close_code ? fmt::format(", bridge's close code {}", *stream.bridge_close_code) : "";
  say(call, fmt::format("stream ended: {}{}{}", words_for(stream.end), code,
                        stream.handshake_error.empty() ? "" : ": " + stream.handshake_error));
}

void CallTranscript::step_began(const CallFacts& call, const twilio::StepFacts& step) {
  const bool audible = step.what.starts_with("say") || step.what.starts_with("press");
  if (audible || step.what == "hang_up") say(call, "caller: " + step.what);
}

void CallTranscript::step_ended(const CallFacts& call, const twilio::StepFacts& step) {
  if (step.timed_out) say(call, "caller: " + step.what + " did not happen, going on");
}

void CallTranscript::bot_began(const CallFacts& call) {
  say(call, std::string(speaker(call)) + " begins to speak");
}

void CallTranscript::bot_finished(const CallFacts& call) {
  if (call.measured.utterances.empty()) return;
  const auto& last = call.measured.utterances.back();
  say(call,
      fmt::format("{} spoke from {:.2f} to {:.2f}: {:.2f} s", speaker(call), since_placed(call, last.begin),
                  since_placed(call, last.end), seconds(last.end - last.begin)));
}

void CallTranscript::error_recorded(const CallFacts& call, const twilio::TwilioError& error) {
  say(call, fmt::format("{} {}: {}", error.warning ? "warning" : "error", error.code, error.text));
}

void CallTranscript::call_ended(const CallFacts& call) {
  say(call, call.status());
}

std::string call_report(const CallFacts& call) {
  const Finding found = finding(call);
  std::string out = "\nthe caller\n" + measurements(call) + "\nthe truth\n";
  const std::string verdict = found.verdict.empty() ? "not to be told from here" : std::string(found.verdict);
  out += row("verdict", verdict) + "  " + text::wrapped(found.text, 2) + "\n";
  for (const auto& note : engine::weak_points(call)) out += "  note: " + text::wrapped(note, 2) + "\n";
  return out;
}

std::string record_heard(const CallFacts& call, const std::string& file) {
  const auto heard = twilio::heard_audio(call, call.ended_at.value_or(call.placed_at));
  std::ofstream out(file, std::ios::binary);
  out << runtime::audio::wav_bytes(runtime::audio::mulaw_decode(heard), 8000) << std::flush;
  return out ? "" : file + " cannot be written";
}

}  // namespace scenarios::cli
