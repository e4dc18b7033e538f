// What marks say, and what the clock says was heard.
#include "bridge/call/marks.hpp"
#include "bridge/call/playback_clock.hpp"
#include "tests/unit/bridge_call_test.hpp"

namespace bridge::call {
namespace {

struct CallMarks : testing::Test {
  /// The transport took, at `at`, a mark behind `audio` that is played by then.
  std::string sent(TimePoint at, Duration audio, bool last = false) {
    MarkLedger::Mark mark;
    mark.name = marks.name_next(1);
    mark.response = 1;
    mark.ahead = samples(audio);
    mark.last = last;
    mark.taken_at = at;
    mark.played_by = at + audio;
    marks.taken(mark);
    return mark.name;
  }
  void calibrate(Duration round_trip) {
    MarkLedger::Mark mark;
    mark.name = marks.name_next(0);
    mark.taken_at = mark.played_by = kStart;
    marks.taken(mark);
    EXPECT_EQ(marks.echoed(mark.name, kStart + round_trip).how, Echo::calibration);
  }
  MarkLedger marks;
};

TEST_F(CallMarks, AnEchoAfterItsAudioIsPlayed) {
  const auto name = sent(kStart, 500ms);
  EXPECT_EQ(marks.echoed(name, kStart + 560ms).how, Echo::played);
  EXPECT_TRUE(marks.outstanding().empty());
}

TEST_F(CallMarks, AnEchoBeforeItsAudioCanHavePlayedIsEarly) {
  const auto name = sent(kStart, 500ms);
  EXPECT_EQ(marks.echoed(name, kStart + 60ms).how, Echo::early);
}

TEST_F(CallMarks, AnEchoMayRoundByOneFrame) {
  const auto first = sent(kStart, 500ms);
  EXPECT_EQ(marks.echoed(first, kStart + 480ms).how, Echo::played);
  const auto second = sent(kStart, 500ms);
  EXPECT_EQ(marks.echoed(second, kStart + 479ms).how, Echo::early);
}

TEST_F(CallMarks, AClearBringsBackWhatWasStillToPlay) {
  const auto name = sent(kStart, 500ms);
  marks.cleared(kStart + 200ms);
  EXPECT_EQ(marks.echoed(name, kStart + 260ms).how, Echo::cleared);
}

TEST_F(CallMarks, AClearedMarkIsNoEvidenceHoweverLateItComes) {
  const auto name = sent(kStart, 500ms);
  marks.cleared(kStart + 450ms);
  EXPECT_EQ(marks.echoed(name, kStart + 550ms).how, Echo::cleared);
}

TEST_F(CallMarks, AMarkPlayedBeforeTheClearWasPlayed) {
  const auto name = sent(kStart, 500ms);
  marks.cleared(kStart + 510ms);
  EXPECT_EQ(marks.echoed(name, kStart + 600ms).how, Echo::played);
}

TEST_F(CallMarks, ANameThatWasNeverSentIsUnknownAndAnEchoCountsOnce) {
  const auto name = sent(kStart, 500ms);
  EXPECT_EQ(marks.echoed("r9.9", kStart + 1s).how, Echo::unknown);
  EXPECT_EQ(marks.echoed(name, kStart + 1s).how, Echo::played);
  EXPECT_EQ(marks.echoed(name, kStart + 1s).how, Echo::unknown);
}

TEST_F(CallMarks, CalibrationGivesTheRoundTrip) {
  calibrate(120ms);
  EXPECT_EQ(marks.round_trip(), Duration(120ms));
}

TEST_F(CallMarks, OverdueAfterTwoSecondsWithoutCalibration) {
  sent(kStart, 500ms);
  EXPECT_EQ(marks.overdue(kStart + 2500ms), nullptr);
  EXPECT_NE(marks.overdue(kStart + 2501ms), nullptr);
}

TEST_F(CallMarks, OverdueAfterTwoSecondsOnAQuickLine) {
  calibrate(100ms);
  sent(kStart, 500ms);
  EXPECT_EQ(marks.overdue(kStart + 2500ms), nullptr);
  EXPECT_NE(marks.overdue(kStart + 2501ms), nullptr);
}

TEST_F(CallMarks, OverdueAfterFourRoundTripsOnASlowLine) {
  calibrate(800ms);
  sent(kStart, 500ms);
  EXPECT_EQ(marks.overdue(kStart + 3700ms), nullptr);
  EXPECT_NE(marks.overdue(kStart + 3701ms), nullptr);
}

TEST_F(CallMarks, OnlyAMarkWithEnoughAudioAheadSaysSomething) {
  sent(kStart, 399ms);
  EXPECT_EQ(marks.overdue(kStart + 10s), nullptr);
  sent(kStart, 400ms);
  EXPECT_NE(marks.overdue(kStart + 10s), nullptr);
}

TEST_F(CallMarks, TheLastOfAShortAnswerSaysSomething) {
  sent(kStart, 200ms, true);
  EXPECT_NE(marks.overdue(kStart + 10s), nullptr);
}

TEST_F(CallMarks, WhatOurClearFlushedIsNeverOverdue) {
  sent(kStart, 500ms);
  marks.cleared(kStart + 300ms);
  EXPECT_EQ(marks.overdue(kStart + 10s), nullptr);
}

TEST_F(CallMarks, WhatWasToBePlayedBeforeTheClearStaysOverdue) {
  sent(kStart, 500ms);
  marks.cleared(kStart + 1s);
  EXPECT_NE(marks.overdue(kStart + 10s), nullptr);
}

/// One that never comes back hides none of a later answer.
TEST_F(CallMarks, EachOverdueOneIsToldOnce) {
  sent(kStart, 500ms);
  const auto second = sent(kStart + 1s, 500ms);
  sent(kStart + 2s, 500ms);
  const auto* first = marks.overdue(kStart + 3s);
  ASSERT_NE(first, nullptr);
  EXPECT_EQ(first->taken_at, kStart);
  EXPECT_EQ(marks.overdue(kStart + 3s), nullptr);
  marks.echoed(second, kStart + 4s);
  const auto* third = marks.overdue(kStart + 20s);
  ASSERT_NE(third, nullptr);
  EXPECT_EQ(third->taken_at, kStart + 2s);
  EXPECT_EQ(marks.overdue(kStart + 20s), nullptr);
}

TEST_F(CallMarks, AreBounded) {
  for (int i = 0; i < 5000; ++i) sent(kStart, 500ms);
  EXPECT_LE(marks.outstanding().size(), 1024U);
}

TEST(CallPlayback, PlaysInOrderAndWithoutPause) {
  PlaybackClock clock;
  for (int i = 0; i < 10; ++i) clock.taken(part_of(1), Samples8k(160), kStart);

  EXPECT_EQ(clock.end(), kStart + 200ms);
  EXPECT_EQ(clock.heard(part_of(1), kStart), Samples8k(0));
  EXPECT_EQ(clock.heard(part_of(1), kStart + 70ms), samples(70ms));
  EXPECT_EQ(clock.heard(part_of(1), kStart + 5s), samples(200ms));
  EXPECT_TRUE(clock.playing(kStart + 199ms));
  EXPECT_FALSE(clock.playing(kStart + 200ms));
}

TEST(CallPlayback, APauseIsNotHeard) {
  PlaybackClock clock;
  clock.taken(part_of(1), samples(100ms), kStart);
  clock.taken(part_of(1), samples(100ms), kStart + 1s);

  EXPECT_EQ(clock.heard(part_of(1), kStart + 900ms), samples(100ms));
  EXPECT_EQ(clock.heard(part_of(1), kStart + 1050ms), samples(150ms));
}

TEST(CallPlayback, PartsAreHeardOneAfterTheOther) {
  PlaybackClock clock;
  clock.taken(part_of(1, "a"), samples(100ms), kStart);
  clock.taken(part_of(1, "b"), samples(100ms), kStart);

  EXPECT_EQ(clock.heard(part_of(1, "a"), kStart + 150ms), samples(100ms));
  EXPECT_EQ(clock.heard(part_of(1, "b"), kStart + 150ms), samples(50ms));
}

TEST(CallPlayback, WhatIsClearedIsNeverHeard) {
  PlaybackClock clock;
  clock.taken(part_of(1, "a"), samples(100ms), kStart);
  clock.taken(part_of(1, "b"), samples(100ms), kStart);
  clock.cleared(kStart + 60ms);

  EXPECT_EQ(clock.heard(part_of(1, "a"), kStart + 5s), samples(60ms));
  EXPECT_EQ(clock.heard(part_of(1, "b"), kStart + 5s), Samples8k(0));
  EXPECT_FALSE(clock.playing(kStart + 60ms));
  clock.taken(part_of(2), samples(100ms), kStart + 80ms);
  EXPECT_EQ(clock.heard(part_of(2), kStart + 100ms), samples(20ms));
}

}  // namespace
}  // namespace bridge::call
