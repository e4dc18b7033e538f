#include "scenarios/recording/recording.hpp"

#include "runtime/audio/clip.hpp"
#include "runtime/audio/level.hpp"
#include "scenarios/engine/audio_search.hpp"

#include <algorithm>

namespace scenarios::recording {
namespace {

using namespace std::chrono_literals;
constexpr Duration kStartTimeout = 5s;  // until a due answer's first audio

bool speaks(const Response& response) {
  return response.asked != Response::Asked::out_of_band &&
         (response.outputs.empty() || std::ranges::any_of(response.outputs, [](const Output& output) {
            return output.kind == Output::Kind::speech;
          }));
}

/// By the caller, and not by a bridge that had waited long enough.
bool interrupted(const Recording& recording, const Response& response) {
  if (response.status != "cancelled") return false;
  return response.reason == "turn_detected" ||
         std::ranges::any_of(recording.speech_started, [&](TimePoint at) {
           return at > response.due && at < response.due + kStartTimeout;
         });
}

/// heard, silent, stuck, unconfirmed; empty: nobody has to judge it.
std::string judged(const Recording& recording, const Response& response) {
  const auto mulaw = response.mulaw();
  const bool sounds = runtime::audio::audible_mulaw(mulaw);
  if (!speaks(response)) return {};
  if (!sounds) {
    const bool had_time = !response.status.empty() || recording.ended - response.due > kStartTimeout;
    return interrupted(recording, response) || !had_time ? "" : "silent";
  }
  const auto runs = engine::runs_of(recording.heard);
  const bool heard = engine::find_stretch(runs, mulaw, kProof).length > 0 ||
                     engine::find_alike(runs, mulaw).match.length >= std::min(kProof, mulaw.size() / 2);
  if (heard && !recording.swallowed)
    return recording.sent_marks > 0 && recording.echoed_marks == 0 ? "unconfirmed" : "heard";
  if (recording.swallowed) return "unconfirmed";
  const bool had_time = recording.ended - *response.first_audio > 2s;
  return interrupted(recording, response) || !had_time ? "" : "stuck";
}

}  // namespace

std::string Sound::mulaw() const {
  if (rate == 8000) return runtime::audio::mulaw_encode(pcm);
  return runtime::audio::mulaw_encode(runtime::audio::resample(pcm, rate, 8000));
}

std::string Response::mulaw() const {
  std::string all;
  for (const auto& output : outputs) {
    if (output.kind == Output::Kind::speech) all += output.sound.mulaw();
  }
  return all;
}

std::string Recording::heard_track() const {
  std::string track;
  if (swallowed) return track;
  for (const auto& piece : heard.pieces) {
    const auto samples = std::chrono::duration_cast<runtime::Samples8k>(piece.at - began);
    const auto at = runtime::mulaw_bytes(std::max(samples, runtime::Samples8k(0)));
    if (at > track.size()) track.resize(at, runtime::audio::kMulawSilence);
    track += heard.bytes_of(piece);
  }
  return track;
}

Verdict verdict_of(const Recording& recording) {
  if (recording.configured == 0) return {recording.refused != 0 ? "openai_unreachable" : "", ""};
  if (recording.responses.empty() && recording.turns == 0)
    return {recording.caller_frames == 0 ? "no_caller_audio" : "no_turn", ""};
  std::string last;
  for (const auto& response : recording.responses) {
    if (auto verdict = judged(recording, response); !verdict.empty()) last = std::move(verdict);
  }
  if (last == "heard") return {"normal", ""};
  if (last == "silent" || recording.responses.empty()) return {"openai_not_generating", ""};
  if (last == "stuck") return {"pipeline_blockage", ""};
  if (last == "unconfirmed") return {"twilio_or_network", ""};
  return {"too_short", ""};
}

}  // namespace scenarios::recording
