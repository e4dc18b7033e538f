#pragma once
#include "runtime/audio/synth.hpp"
#include "scenarios/engine/truth.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace scenarios::engine {
namespace {
using namespace std::chrono_literals;
using runtime::Duration;
using runtime::TimePoint;
namespace twilio = simulators::twilio;
namespace openai = simulators::openai;
using How = twilio::MarkFact::How;

const TimePoint kDialled{100s};
constexpr std::size_t kFrameBytes = 160;
constexpr std::size_t kPerMark = 4000;  // 500 ms

/// A call with one answer of five seconds, as a bridge plays it: frame by frame, a mark every half second.
class Truth : public testing::Test {
 protected:
  Truth() {
    call_.answered_at = kDialled - 2s;
    call_.streams.push_back(std::make_unique<twilio::StreamFacts>());
    stream().started_at = kDialled - 1s;
    stream().sent.append(kDialled - 1s, std::string(kFrameBytes, '\xff'));
    session_.session_id = "sess_1";
    session_.output_format = openai::AudioFormat::pcmu;
    session_.updated_sent.push_back(kDialled - 1s);
    auto& response = session_.responses.emplace_back();
    response.due_at = response.created_at.emplace(kDialled);
    response.first_audio_at = kDialled;
    response.done_at = kDialled + 1s;
    response.audio = runtime::audio::speech_like(1, runtime::Samples8k(40'000)).mulaw;
    response.audible = true;
    response.chunks.push_back({kDialled, 0, response.audio.size()});
  }
  twilio::StreamFacts& stream() { return *call_.streams.front(); }

  /// Frames and marks until `until`; each mark comes back `later` than its audio was played.
  void play(Duration until, Duration later = 0ms) {
    const std::string& audio = session_.responses.front().audio;
    for (std::size_t at = 0; at < audio.size(); at += kFrameBytes) {
      const TimePoint plays = kDialled + std::chrono::microseconds(at * 125);
      if (plays >= kDialled + until) break;
      stream().received.append(plays, std::string_view(audio).substr(at, kFrameBytes));
      call_.heard.append(plays, std::string_view(audio).substr(at, kFrameBytes));
      if ((at + kFrameBytes) % kPerMark == 0) mark(at + kFrameBytes, plays, plays + 20ms + later);
    }
  }
  void mark(std::size_t after, TimePoint received_at, TimePoint back) {
    stream().marks.push_back({"m", received_at, after, How::played, back, back, back});
  }
  void speaks(TimePoint from, std::optional<TimePoint> committed = std::nullopt) {
    auto& turn = session_.turns.emplace_back();
    turn.started_at = from;
    turn.committed_at = committed;
  }
  void refuses_a_create(TimePoint at) {
    session_.errors_sent.emplace_back().at = at;
    session_.errors_sent.back().error.code = "conversation_already_has_active_response";
  }
  std::string verdict(Duration ends) {
    call_.ended_at = stream().ended_at = kDialled + ends;
    auto& marks = stream().marks;
    for (auto& one : marks) {
      if (one.echoed_at > call_.ended_at) one.how = How::none, one.echoed_at = one.carried_at = std::nullopt;
    }
    return find_truth(call_, {&session_}, settings_).verdict;
  }

  twilio::CallFacts call_;
  openai::SessionFacts session_;
  TruthSettings settings_;
};

}  // namespace
}  // namespace scenarios::engine
