// What becomes of the truth when the process of the bridge was held.
#include "tests/unit/truth_test.hpp"

namespace scenarios::engine {
namespace {

using TruthOfHolds = Truth;

TEST_F(TruthOfHolds, WhatComesToABridgeThatIsHeldIsDueWhenItIsLetGo) {
  for (std::size_t at = 0; at < 40'000; at += kFrameBytes) {
    const TimePoint plays = kDialled + 2s + std::chrono::microseconds(at * 125);
    const auto frame = std::string_view(session_.responses.front().audio).substr(at, kFrameBytes);
    stream().received.append(plays, frame);
    call_.heard.append(plays, frame);
    if ((at + kFrameBytes) % kPerMark == 0) mark(at + kFrameBytes, plays, plays + 20ms);
  }
  EXPECT_EQ(verdict(9s), "pipeline_blockage");
  settings_.holds.add(kDialled - 100ms, kDialled + 2s);
  EXPECT_EQ(verdict(9s), "normal");
}

TEST_F(TruthOfHolds, GapsThatAddUpToMoreThanASecondAreNoBlockage) {
  Duration gaps = 0ms;
  for (std::size_t at = 0; at < 40'000; at += kFrameBytes) {
    if (at % 8000 == 4000) gaps += 700ms;
    const TimePoint plays = kDialled + gaps + std::chrono::microseconds(at * 125);
    const auto frame = std::string_view(session_.responses.front().audio).substr(at, kFrameBytes);
    stream().received.append(plays, frame);
    call_.heard.append(plays, frame);
    if ((at + kFrameBytes) % kPerMark == 0) mark(at + kFrameBytes, plays, plays + 20ms);
  }
  EXPECT_EQ(verdict(12s), "pipeline_blockage");
  settings_.holds.add(kDialled + 20s, kDialled + 21s);
  EXPECT_EQ(verdict(12s), "normal");
}

TEST_F(TruthOfHolds, AMarkThatCameInTimeToABridgeThatWasHeldConfirms) {
  play(5s, 2100ms);
  EXPECT_EQ(verdict(9s), "twilio_or_network");
  settings_.holds.add(kDialled + 100ms, kDialled + 9s);
  EXPECT_EQ(verdict(9s), "normal");
}

TEST_F(TruthOfHolds, AudioThatCameWhileTheBridgeWasHeldMeetsTheDeadlineThatItHasThen) {
  auto& response = session_.responses.front();
  response.first_audio_at = response.chunks.front().at = kDialled + 5500ms;
  EXPECT_EQ(verdict(6s), "openai_not_generating");
  settings_.holds.add(kDialled + 1s, kDialled + 7s);
  EXPECT_EQ(verdict(6s), "too_short");
}

TEST_F(TruthOfHolds, WhatIsNeverMadeIsMissedAsLateAsTheBridgeCanMissIt) {
  play(5s);
  speaks(kDialled + 6s, kDialled + 7s);
  EXPECT_EQ(verdict(13s), "openai_not_generating");
  settings_.holds.add(kDialled + 6500ms, kDialled + 10s);
  EXPECT_EQ(verdict(13s), "normal") << "it saw the turn at 10 s";
  EXPECT_EQ(verdict(16s), "openai_not_generating");
}

TEST_F(TruthOfHolds, ARefusedCreateIsRepeatedByWhenTheBridgeSawTheRefusal) {
  play(5s);
  refuses_a_create(kDialled + 6s);
  EXPECT_EQ(verdict(12s), "openai_not_generating");
  settings_.holds.add(kDialled + 5900ms, kDialled + 8s);
  EXPECT_EQ(verdict(12s), "normal");
}

TEST_F(TruthOfHolds, AWordAfterAFunctionIsOwedFromWhenItsResultWasSeen) {
  auto& response = session_.responses.front();
  response.audio.clear();
  response.chunks.clear();
  response.audible = false;
  response.first_audio_at.reset();
  response.items.emplace_back().tool = "look_up";
  session_.tool_outputs.emplace_back().at = kDialled + 4s;
  EXPECT_EQ(verdict(9100ms), "openai_not_generating");
  settings_.holds.add(kDialled + 3900ms, kDialled + 6s);
  EXPECT_EQ(verdict(9100ms), "too_short");
  EXPECT_EQ(verdict(11100ms), "openai_not_generating");
}

TEST_F(TruthOfHolds, AnAnswerThatStandsStillDoesSoFromWhenItsLastWasSeen) {
  session_.responses.front().done_lost = true;
  play(5s);
  EXPECT_EQ(verdict(6s), "openai_not_generating");
  settings_.holds.add(kDialled + 4s, kDialled + 4100ms);
  EXPECT_EQ(verdict(6s), "openai_not_generating");
  session_.responses.front().chunks.back().at = kDialled + 4s;
  EXPECT_EQ(verdict(7050ms), "normal");
}

}  // namespace
}  // namespace scenarios::engine
