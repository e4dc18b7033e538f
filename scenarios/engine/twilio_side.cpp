#include "scenarios/engine/twilio_side.hpp"

#include "runtime/core/units.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

namespace scenarios::engine {
using namespace std::chrono_literals;
using simulators::twilio::CallFacts;
using simulators::twilio::HttpExchange;
using simulators::twilio::Measurement;
using simulators::twilio::StreamFacts;
using simulators::twilio::TwilioError;

namespace {

constexpr std::size_t kShownErrors = 5;
constexpr std::size_t kSpoke = 4000;             // bytes: half a second, after which most bridges send a mark
constexpr runtime::Duration kMuchStale = 500ms;  // more than any path takes
constexpr runtime::Duration kLeastStatic = 200ms;  // less may be a click
constexpr int kStaticShare = 5;                    // a fifth: see VoiceLevel

std::string text_of(const TwilioError& error) {
  return fmt::format("{}: {}", error.code, error.text);
}

/// "; Twilio's error is 12100: ..."
std::string last_error_of(const CallFacts& call) {
  const auto found = std::find_if(call.errors.rbegin(), call.errors.rend(),
                                  [](const TwilioError& error) { return !error.warning; });
  return found == call.errors.rend() ? "" : "; Twilio's error is " + text_of(*found);
}

std::string without_document(const CallFacts& call) {
  const auto voice = std::ranges::find_if(call.http, [](const HttpExchange& exchange) {
    return exchange.purpose == HttpExchange::Purpose::voice;
  });
  if (voice == call.http.end()) return "The voice webhook was never asked" + last_error_of(call) + ".";
  if (voice->status == 0) return "The voice webhook did not answer: " + voice->error + ".";
  if (voice->status / 100 != 2)
    return fmt::format("The voice webhook answered {}, so no TwiML was executed.", voice->status);
  return "The voice webhook's answer did nothing" + last_error_of(call) + ".";
}

}  // namespace

std::string how_the_bridge_closed(const StreamFacts& stream) {
  if (!stream.bridge_close_code || !stream.started_at) return {};
  return fmt::format(", and the bridge closed it with {}{}", *stream.bridge_close_code,
                     stream.ended_at ? fmt::format(" after {:.2f} s",
                                                   runtime::seconds(*stream.ended_at - *stream.started_at))
                                     : "");
}

std::string why_no_stream(const CallFacts& call) {
  if (const auto* started = call.stream(); started != nullptr)
    return "The stream started" + how_the_bridge_closed(*started) + ".";
  if (call.documents.empty() || (call.verbs.empty() && call.streams.empty())) return without_document(call);
  if (call.streams.empty()) {
    return fmt::format("The TwiML opened no stream: it ran {}{}.", fmt::join(call.verbs, ", "),
                       last_error_of(call));
  }
  const StreamFacts& stream = *call.streams.back();
  if (!stream.dialled_at) return "Twilio did not dial the stream's URL" + last_error_of(call) + ".";
  const auto why = stream.handshake_error.empty() ? last_error_of(call) : ": " + stream.handshake_error;
  return fmt::format("Twilio dialled {}, and no stream came to be{}.", stream.url, why);
}

std::string why_refused(const CallFacts& call, const StreamFacts& stream) {
  if (stream.rejected_messages == 0 || !stream.received.mulaw.empty()) return {};
  const auto from = stream.started_at.value_or(call.placed_at);
  const auto said = std::ranges::find_if(call.errors, [&](const TwilioError& error) {
    return error.at >= from && error.code >= 31924 && error.code <= 31951;
  });
  const auto which =
      stream.rejected_messages == stream.messages_received
          ? fmt::format("all {} messages", stream.rejected_messages)
          : fmt::format("{} of {} messages", stream.rejected_messages, stream.messages_received);
  return fmt::format("Twilio refused {} of the bridge{}", which,
                     said == call.errors.end() ? "" : " (" + text_of(*said) + ")");
}

bool is_static(const Measurement& measured) {
  return measured.static_sound >= kLeastStatic &&
         kStaticShare * measured.static_sound >= measured.heard_speech;
}

std::vector<std::string> twilio_errors(const CallFacts& call, runtime::TimePoint start) {
  std::vector<std::string> lines;
  for (const auto& error : call.errors) {
    if (lines.size() == kShownErrors) {
      lines.push_back(fmt::format("and {} more", call.errors.size() - kShownErrors));
      break;
    }
    lines.push_back(fmt::format("at {:.2f} s, {} {}", runtime::seconds(error.at - start),
                                error.warning ? "warning" : "error", text_of(error)));
  }
  return lines;
}

std::vector<std::string> weak_points(const CallFacts& call) {
  std::vector<std::string> notes;
  const StreamFacts* stream = call.stream();
  if (stream == nullptr || stream->received.mulaw.size() < kSpoke) return notes;
  if (stream->marks.empty()) notes.emplace_back("the bridge sends no marks: it cannot know what was heard");
  const auto& measured = call.measured;
  if (measured.interruptions > 0 && stream->clears.empty() && measured.stale >= kMuchStale) {
    notes.push_back(
        fmt::format("the caller interrupted, and the bridge sent no clear: {:.2f} s that Twilio had "
                    "queued were played on",
                    runtime::seconds(measured.stale)));
  }
  return notes;
}

}  // namespace scenarios::engine
