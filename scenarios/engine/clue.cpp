#include "scenarios/engine/clue.hpp"

#include "runtime/audio/level.hpp"
#include "runtime/core/units.hpp"
#include "scenarios/engine/audio_search.hpp"
#include "scenarios/engine/twilio_side.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

namespace scenarios::engine {
using simulators::openai::AppendFacts;
using simulators::openai::ResponseFacts;
using simulators::openai::SessionFacts;
using simulators::twilio::CallFacts;
using simulators::twilio::StreamFacts;

namespace {

constexpr std::size_t kRecognised = 3200;  // 400 ms of the bot's own words

constexpr auto kLookAtMessages = "Look at what the bridge sends to Twilio: its wires are in the report.";
constexpr auto kSetPcmu =
    "Set audio/pcmu for the model's output, and send the payload as it came: mu-law, 8 kHz, base64.";

constexpr auto kRefusal =
    "1008 is how a server refuses a client: what does the bridge ask of a stream (a token, a parameter, a "
    "signature), and does its TwiML give it?";

bool was_refused(const StreamFacts* stream) {
  constexpr int kPolicyViolation = 1008;
  return stream != nullptr && stream->bridge_close_code == kPolicyViolation;
}

Clue without_stream(const CallFacts& call) {
  if (was_refused(call.stream())) return {why_no_stream(call), {kRefusal}};
  return {why_no_stream(call),
          {"Is `webhook` its path (linecheck.yaml, --webhook)? linecheck verify-twiml URL/PATH says more of "
           "the TwiML."}};
}

Clue without_session(const StreamFacts* stream, const std::string& openai_url) {
  const auto closed = stream == nullptr ? std::string() : how_the_bridge_closed(*stream);
  if (was_refused(stream)) {
    return {"The stream started" + closed + ": no request for a session came to the fake OpenAI.",
            {kRefusal}};
  }
  return {
      "No request for a session came to the fake OpenAI at " + openai_url +
          (closed.empty() ? "" : ": the stream started" + closed) + ".",
      {"Is the bridge's OPENAI_URL this one, host and port? If its client speaks TLS (wss), set openai_tls: "
       "true in linecheck.yaml."}};
}

bool was_said_in(const SessionFacts& session, std::string_view frame) {
  return std::ranges::any_of(session.responses, [&](const ResponseFacts& response) {
    return response.audio.find(frame) != std::string::npos;
  });
}

/// The model's words went back to it as the caller's. They interrupt it, so one frame of them is all there
/// may be.
bool heard_itself(const SessionFacts* session) {
  return std::ranges::any_of(session->appends, [&](const AppendFacts& append) {
    const auto frame = std::string_view(session->caller_audio).substr(append.offset, append.bytes);
    return frame.size() >= kFrame && runtime::audio::audible_mulaw(frame) && was_said_in(*session, frame);
  });
}

bool is_sent_outbound_media(const StreamFacts* stream) {
  return stream != nullptr && (stream->track == "both_tracks" || stream->track == "outbound_track");
}

/// Sound was made, and none of it is known at Twilio: it left the bridge all the same.
Clue arrived_otherwise(const CallEvidence& call, const StreamFacts& stream) {
  if (auto refused = why_refused(*call.call, stream); !refused.empty())
    return {"Sound arrived from OpenAI, and left the bridge in vain: " + refused + ".", {kLookAtMessages}};
  if (stream.received.mulaw.empty()) return {};
  if (is_static(call.call->measured)) {
    return {"Sound arrived from OpenAI, and static arrived at Twilio: the payload is not mu-law.",
            {kSetPcmu}};
  }
  return {fmt::format(
              "{:.2f} s of sound arrived at Twilio, and not the model's answer as it was: the bridge sends "
              "another format, or mixes in another sound (the caller's own?).",
              runtime::seconds(runtime::mulaw_length(stream.received.mulaw.size()))),
          {kLookAtMessages, "Listen to heard.wav beside the report."}};
}

/// A part of an answer arrived, and less than was made in all: the bridge kept the rest.
bool kept_a_part(const CallEvidence& call, const StreamFacts& stream) {
  std::size_t made = 0;
  for (const auto* session : call.sessions) {
    for (const auto& response : session->responses) made += response.audio.size();
  }
  if (stream.received.mulaw.size() >= made) return false;
  const std::vector<Run> received{Run{{}, stream.received.mulaw}};
  return std::ranges::any_of(call.sessions, [&](const SessionFacts* session) {
    return std::ranges::any_of(session->responses, [&](const ResponseFacts& response) {
      return response.audible && (find_stretch(received, response.audio, kRecognised).length > 0 ||
                                  find_alike(received, response.audio).match.length > 0);
    });
  });
}

}  // namespace

Clue clue_for(const CallEvidence& call, const std::string& openai_url, std::size_t all_sessions) {
  if (call.verdict == "stream_never_started") return without_stream(*call.call);
  const StreamFacts* stream = call.call->stream();
  if (call.verdict == "openai_unreachable" && all_sessions == 0) return without_session(stream, openai_url);
  if (is_sent_outbound_media(stream) && std::ranges::any_of(call.sessions, heard_itself)) {
    return {"The model received what the bot says: the bridge takes it for the caller's voice.",
            {"Forward media of track inbound alone: Twilio sends the outbound track as well."}};
  }
  if (call.verdict == "normal" && stream != nullptr && stream->marks.empty()) {
    return {"Sound went both ways. The bridge sends no marks, so the handset alone says that it was played.",
            {}};
  }
  const bool blocked = call.verdict == "pipeline_blockage" && call.reason == "transport_blocked";
  if (!blocked || stream == nullptr || kept_a_part(call, *stream)) return {};
  return arrived_otherwise(call, *stream);
}

}  // namespace scenarios::engine
