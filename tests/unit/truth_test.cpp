#include "scenarios/engine/truth.hpp"
#include "runtime/audio/synth.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
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

TEST_F(Truth, WhatWasPlayedAndConfirmedWasHeard) {
  play(5s);
  EXPECT_EQ(verdict(6s), "normal");
}

TEST_F(Truth, ACallerWhoLeavesBeforeTheFirstMarkIsBackLeavesNoVerdict) {
  play(460ms);
  EXPECT_EQ(verdict(460ms), "too_short");
}

TEST_F(Truth, AMarkThatComesTwoSecondsLateConfirmsNothing) {
  play(5s, 1900ms);
  EXPECT_EQ(verdict(8s), "normal");
  stream().marks.clear();
  stream().stalls.push_back({kDialled, kDialled + 4s, true});
  play(5s);
  EXPECT_EQ(verdict(8s), "twilio_or_network");
}

TEST_F(Truth, AStreamThatWasNotAdmittedNeverStarted) {
  call_.ended_at = stream().ended_at = kDialled;
  stream().bridge_close_code = 1008;
  EXPECT_EQ(find_truth(call_, {}, settings_).verdict, "stream_never_started");
  EXPECT_NE(find_truth(call_, {&session_}, settings_).verdict, "stream_never_started");
}

TEST_F(Truth, WhatTheConnectionTookHasLeftTheBridge) {
  play(100ms);
  stream().stalls.push_back({kDialled + 100ms, std::nullopt, false});
  stream().media_bytes = 2 * stream().received.mulaw.size();
  settings_.path_bytes = 64'000;  // four seconds
  EXPECT_EQ(verdict(10s), "twilio_or_network") << "its marks are overdue first";
  settings_.path_bytes = 8'000;  // half a second
  EXPECT_EQ(verdict(10s), "pipeline_blockage");
}

TEST_F(Truth, AStallOfTheWayToTwilioIsNotTheBridgesAsLongAsTheConnectionTakesIt) {
  stream().stalls.push_back({kDialled + 1s, kDialled + 2500ms, false});
  play(5s);
  for (auto& piece : stream().received.pieces) {
    piece.at -= 400ms;  // what the bridge is ahead of its time
    if (piece.at > kDialled + 1s) piece.at = std::max(piece.at, kDialled + 2501ms);
  }
  EXPECT_EQ(verdict(8s), "normal");
  stream().media_bytes = 2 * stream().received.mulaw.size();
  settings_.path_bytes = 320;  // a frame
  EXPECT_EQ(verdict(8s), "pipeline_blockage");
}

TEST_F(Truth, TheLastThatWasJudgedCountsAndNotTheLastThatBegan) {
  play(5s);
  auto& empty = session_.responses.emplace_back();
  empty.due_at = kDialled + 1s;
  empty.created_at = kDialled + 1s;
  empty.done_at = kDialled + 2s;
  empty.status = "completed";
  EXPECT_EQ(verdict(6s), "normal") << "it was over before the answer was";
  empty.done_at = kDialled + 5500ms;
  EXPECT_EQ(verdict(6s), "openai_not_generating");
}

TEST_F(Truth, AnEndThatNobodyWasToldOfJudgesNothing) {
  play(5s);
  auto& empty = session_.responses.emplace_back();
  empty.due_at = empty.created_at.emplace(kDialled + 1s);
  empty.done_at = kDialled + 2s;
  empty.done_lost = true;
  EXPECT_EQ(verdict(8s), "openai_not_generating") << "its deadline comes after the answer was heard";
}

TEST_F(Truth, AKeyThatCutsAnAnswerShortIsNoFaultOfTheModels) {
  auto& response = session_.responses.front();
  response.audio.clear();
  response.chunks.clear();
  response.audible = false;
  response.first_audio_at.reset();
  response.cancelled_by = openai::CancelledBy::client;
  response.cancelled_at = response.done_at = kDialled + 310ms;
  response.status = "cancelled";
  EXPECT_EQ(verdict(1s), "openai_not_generating") << "the watchdog cancels as well";
  stream().keys.push_back({kDialled + 300ms, '1'});
  EXPECT_EQ(verdict(1s), "too_short");
}

}  // namespace
}  // namespace scenarios::engine
