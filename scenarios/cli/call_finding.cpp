#include "scenarios/cli/call_finding.hpp"

#include "runtime/audio/synth.hpp"
#include "runtime/core/units.hpp"
#include "scenarios/engine/twilio_side.hpp"
#include "simulators/twilio/control_facts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

namespace scenarios::cli {
namespace twilio = simulators::twilio;
using runtime::seconds;
using twilio::CallFacts;
using twilio::StreamFacts;

namespace {

/// Turned away, or answered without a stream.
Finding without_stream(const CallFacts& call) {
  if (!call.answered_at && !call.statuses.empty() &&
      (call.status() == "busy" || call.status() == "no-answer")) {
    return {"turned_away", "The bridge rejected the call: it was " + call.status() + " (<Reject>)."};
  }
  return {"stream_never_started",
          engine::why_no_stream(call) + " linecheck verify-twiml says more of the TwiML."};
}

/// Nothing but the tones of our own bridge for somebody who waits for OpenAI.
bool is_hold(const CallFacts& call, const twilio::Utterance& utterance) {
  static const std::string period = runtime::audio::hold_tones().mulaw;
  static const std::string twice = period + period;
  const std::string heard = twilio::heard_audio(call, utterance.end);
  const auto answered = call.answered_at.value_or(call.placed_at);
  const auto place = [&](runtime::TimePoint at) {
    return runtime::mulaw_bytes(std::chrono::floor<runtime::Samples8k>(at - answered));
  };
  const std::size_t begin = std::min(place(utterance.begin), heard.size());
  const std::string said = heard.substr(begin, place(utterance.end) - begin);
  return !said.empty() && twice.find(said) != std::string::npos;
}

bool is_put_off(const CallFacts& call) {
  return std::ranges::any_of(call.measured.utterances,
                             [&](const auto& utterance) { return is_hold(call, utterance); });
}

bool carried_sound(const CallFacts& call) {
  return std::ranges::any_of(call.measured.utterances,
                             [&](const auto& utterance) { return from_the_bot(call, utterance); });
}

/// The end of the caller's; none: it said nothing.
std::optional<runtime::TimePoint> last_words(const CallFacts& call) {
  std::optional<runtime::TimePoint> end;
  for (const auto& step : call.steps) {
    if (step.ended_at && step.what.starts_with("say ")) end = step.ended_at;
  }
  return end;
}

/// Sound of the bot that began before the caller's last words ended, and went on behind them: its greeting,
/// as far as anybody can tell.
bool spoken_over(const CallFacts& call) {
  const auto asked = last_words(call);
  return asked && std::ranges::any_of(call.measured.utterances, [&](const auto& utterance) {
           return *asked > utterance.begin && *asked < utterance.end && from_the_bot(call, utterance);
         });
}

/// A caller who said nothing needs no answer.
bool answered(const CallFacts& call) {
  return !last_words(call) || answer_latency(call);
}

/// The bridge ended the stream itself, having sent nothing.
std::string bridge_left(const StreamFacts& stream) {
  const bool closed = stream.end == twilio::StreamEnd::bridge_closed;
  if (!closed && stream.end != twilio::StreamEnd::connection_lost) return {};
  if (!stream.started_at || !stream.ended_at) return {};
  const auto code =
      stream.bridge_close_code ? fmt::format(" (code {})", *stream.bridge_close_code) : std::string();
  return fmt::format("The bridge {} the stream after {:.2f} s{}: its log says why; no session at OpenAI?",
                     closed ? "closed" : "dropped", seconds(*stream.ended_at - *stream.started_at), code);
}

/// The bot was not heard at all.
Finding silent(const CallFacts& call, const StreamFacts& stream) {
  if (stream.swallowed) {
    return {"twilio_or_network",
            "Twilio swallows what the bridge sends on this stream: the verb and the track decide, see "
            "linecheck verify-twiml."};
  }
  if (stream.bridge_close_code == 1011) {
    return {"bridge_fault", "The bridge closed the stream with 1011: a fault in it."};
  }
  if (auto refused = engine::why_refused(call, stream); !refused.empty()) {
    return {"", refused + ": look at what the bridge sends."};
  }
  if (is_put_off(call)) {
    return {
        "",
        "The caller heard the tones that a bridge of ours plays while it has no session at OpenAI, and no "
        "bot. Its log says why (`no OpenAI session`)."};
  }
  if (!stream.received.mulaw.empty()) {
    return {"openai_not_generating", "The bridge sent audio, and none of it is above -60 dBFS: silence."};
  }
  if (auto left = bridge_left(stream); !left.empty()) return {"", left};
  const std::string instead =
      call.measured.utterances.empty() ? "" : "What the caller heard was said by TwiML and not by the bot. ";
  return {
      "",
      instead +
          "The bridge took the caller's audio and sent none. Whether the model did not speak or the bridge "
          "kept it, only the model's side knows: let the bridge talk to `linecheck openai`, and look at its "
          "/sessions."};
}

}  // namespace

bool over_a_stream(const CallFacts& call, const twilio::Utterance& utterance) {
  return std::ranges::any_of(call.streams, [&](const auto& each) {
    const StreamFacts& stream = *each;
    const bool open = stream.started_at && *stream.started_at <= utterance.begin &&
                      (!stream.ended_at || utterance.begin < *stream.ended_at);
    return open && !stream.swallowed && !stream.received.mulaw.empty();
  });
}

bool from_the_bot(const CallFacts& call, const twilio::Utterance& utterance) {
  return over_a_stream(call, utterance) && !is_hold(call, utterance);
}

std::optional<runtime::Duration> answer_latency(const CallFacts& call) {
  const auto asked = last_words(call);
  if (!asked) return std::nullopt;
  const auto answer = std::ranges::find_if(call.measured.utterances, [&](const auto& utterance) {
    return utterance.begin >= *asked && from_the_bot(call, utterance);
  });
  if (answer == call.measured.utterances.end()) return std::nullopt;
  return answer->begin - *asked;
}

Finding finding(const CallFacts& call) {
  const StreamFacts* stream = call.stream();
  if (stream == nullptr) return without_stream(call);
  if (engine::is_static(call.measured)) {
    return {
        "static",
        fmt::format("Of {:.2f} s that the caller heard {:.2f} s are loud static: the payload is not mu-law. "
                    "Set audio/pcmu for the model's output, and send it as it came.",
                    seconds(call.measured.heard_speech), seconds(call.measured.static_sound))};
  }
  if (carried_sound(call) && !answered(call) && spoken_over(call)) {
    return {"",
            "The bot was still speaking when the caller ended, and nothing came after that: there was no "
            "answer, or none can be told from what it was saying. Give the caller a --script that waits for "
            "the bot's first words (`wait_for: bot_finished`) before it speaks."};
  }
  if (carried_sound(call) && !answered(call)) {
    return {"",
            "The caller heard the bot, but no more after it had spoken itself: there was no answer, or "
            "the call was too short for it."};
  }
  if (carried_sound(call)) {
    const bool cleanly = call.measured.underruns == 0;
    return {"normal", cleanly ? "The caller heard the bot, without a gap."
                              : "The caller heard the bot, with gaps: audio came too late."};
  }
  return silent(call, *stream);
}

bool proved_sound(const CallFacts& call) {
  return finding(call).verdict == "normal";
}

}  // namespace scenarios::cli
