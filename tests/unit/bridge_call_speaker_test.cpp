// The way to the caller's ear: what was taken, what was heard, what is stuck, what is too old.
#include "bridge/call/speaker.hpp"
#include "tests/unit/bridge_call_test.hpp"

#include <gmock/gmock.h>

#include <vector>

namespace bridge::call {
namespace {
using testing::HasSubstr;
using testing::Not;

struct CallSpeaker : testing::Test, CallParts {
  CallSpeaker() { speaker.begin(twilio::StreamSid("MZ1"), kStart); }
  /// Renders what is due; `take`: the transport takes it at once.
  std::vector<Outgoing> fill(bool take = true) {
    std::vector<Outgoing> batch;
    batch.resize(speaker.fill(batch, 25, now));
    if (take) took(batch);
    return batch;
  }
  void took(const std::vector<Outgoing>& batch) {
    for (const auto& message : batch) speaker.taken(message, now);
  }
  /// Twenty milliseconds after another, with a transport that takes everything.
  void run(Duration length) {
    for (const TimePoint end = now + length; now < end; now += kTick) {
      fill();
      speaker.tick(now);
    }
  }
  static std::size_t count_of(const std::vector<Outgoing>& batch, Outgoing::Kind kind) {
    return static_cast<std::size_t>(std::count_if(
        batch.begin(), batch.end(), [&](const Outgoing& message) { return message.kind == kind; }));
  }
  TimePoint now = kStart;
  Speaker speaker{settings, count, markers};
};

TEST_F(CallSpeaker, CalibratesTheLineFirst) {
  const auto batch = fill();
  ASSERT_EQ(batch.size(), 1U);
  EXPECT_THAT(batch[0].text, HasSubstr("mark"));
  now += 80ms;
  EXPECT_EQ(speaker.echoed(batch[0].mark.name, now).how, Echo::calibration);
  EXPECT_EQ(speaker.marks().round_trip(), Duration(80ms));
  EXPECT_EQ(value("twilio_frames_sent_total", {"model"}), 0);
}

TEST_F(CallSpeaker, ABatchIsNeverLongerThanAskedFor) {
  speaker.push(part_of(1), loud(1s), now);
  fill();
  speaker.interrupt(CallerDrop::barge_in, 0ms, now);
  speaker.begin(twilio::StreamSid("MZ1"), now);  // a calibration mark and a clear are due
  std::vector<Outgoing> batch;
  EXPECT_EQ(speaker.fill(batch, 1, now), 1U);
  EXPECT_EQ(batch.size(), 1U);
  EXPECT_EQ(speaker.fill(batch, 1, now), 1U);
}

TEST_F(CallSpeaker, FramesCountWhenTheTransportTookThem) {
  speaker.push(part_of(1), loud(1s), now);
  const auto batch = fill(false);
  EXPECT_EQ(value("twilio_frames_sent_total", {"model"}), 0);
  EXPECT_EQ(value("queued_audio_samples", {"to_caller"}), 8000);
  expect_conserved();
  took(batch);
  EXPECT_EQ(value("twilio_frames_sent_total", {"model"}), 21);
  EXPECT_EQ(value("queued_audio_samples", {"to_caller"}), 8000 - 21 * 160);
  expect_conserved();
}

TEST_F(CallSpeaker, BargeInTruncatesWhereTheCallerIsToAFrame) {
  speaker.push(part_of(1), loud(5s), now);
  run(1000ms);
  const auto cuts = speaker.interrupt(CallerDrop::barge_in, 0ms, now);

  ASSERT_EQ(cuts.size(), 1U);
  EXPECT_EQ(cuts[0].heard, samples(1000ms));
  EXPECT_TRUE(speaker.spoken(1).interrupted);
  const auto batch = fill();
  ASSERT_EQ(batch.size(), 1U);
  EXPECT_EQ(batch[0].kind, Outgoing::Kind::clear);
  EXPECT_EQ(value("clears_sent_total"), 1);
  EXPECT_FALSE(speaker.audible(now));
  expect_conserved();
}

TEST_F(CallSpeaker, WhatTwilioHasAndTheCallerHasNotHeardIsTruncatedToo) {
  speaker.push(part_of(1), loud(300ms), now);  // all of it within the lead
  speaker.end_response(1);
  run(100ms);
  const auto cuts = speaker.interrupt(CallerDrop::barge_in, 0ms, now);
  ASSERT_EQ(cuts.size(), 1U);
  EXPECT_EQ(cuts[0].heard, samples(100ms));
}

TEST_F(CallSpeaker, AnUnsteadyLineTruncatesBeforeNeverAfter) {
  speaker.push(part_of(1), loud(5s), now);
  run(1000ms);
  EXPECT_EQ(speaker.interrupt(CallerDrop::barge_in, 60ms, now)[0].heard, samples(940ms));
}

TEST_F(CallSpeaker, AMarkThatIsMissingHoldsTheTruncationBack) {
  const auto calibration = fill();
  speaker.echoed(calibration[0].mark.name, now);  // no round trip to speak of
  speaker.push(part_of(1), loud(5s), now);
  run(800ms);  // the mark at 500 ms has not come back: playing lags by 300 ms
  const auto heard = speaker.interrupt(CallerDrop::barge_in, 0ms, now)[0].heard;
  EXPECT_LE(heard, samples(520ms));
  EXPECT_GE(heard, samples(480ms));
}

TEST_F(CallSpeaker, EachItemIsTruncatedAndWhatWasHeardWholeIsNot) {
  speaker.push(part_of(1, "a"), loud(400ms), now);
  speaker.push(part_of(1, "b"), loud(1s), now);
  speaker.push(part_of(1, "c"), loud(1s), now);
  run(600ms);
  const auto cuts = speaker.interrupt(CallerDrop::barge_in, 0ms, now);
  ASSERT_EQ(cuts.size(), 2U);
  EXPECT_EQ(cuts[0].part.item.value(), "b");
  EXPECT_EQ(cuts[0].heard, samples(200ms));
  EXPECT_EQ(cuts[1].part.item.value(), "c");
  EXPECT_EQ(cuts[1].heard, Samples8k(0));
}

TEST_F(CallSpeaker, ItemsAreToldApartEvenBeforeATickSawTheFirstEnd) {
  speaker.push(part_of(1, "a"), loud(400ms), now);
  speaker.push(part_of(1, "b"), loud(1s), now);
  for (int i = 0; i < 30; ++i, now += kTick) fill();
  const auto cuts = speaker.interrupt(CallerDrop::barge_in, 0ms, now);
  ASSERT_EQ(cuts.size(), 1U);
  EXPECT_EQ(cuts[0].part.item.value(), "b");
}

TEST_F(CallSpeaker, AClipIsInterruptedButNobodyIsToldToTruncateIt) {
  speaker.push(part_of(1, "", Source::clip), loud(2s), now);
  run(500ms);
  EXPECT_TRUE(speaker.interrupt(CallerDrop::barge_in, 0ms, now).empty());
  EXPECT_EQ(count_of(fill(), Outgoing::Kind::clear), 1U);
  EXPECT_EQ(value("twilio_frames_sent_total", {"clip"}), 45);
}

TEST_F(CallSpeaker, NothingAtTwilioNothingToClear) {
  speaker.push(part_of(1), loud(200ms), now);
  speaker.end_response(1);
  run(1s);
  EXPECT_TRUE(speaker.interrupt(CallerDrop::barge_in, 0ms, now).empty());
  EXPECT_EQ(count_of(fill(), Outgoing::Kind::clear), 0U);
}

TEST_F(CallSpeaker, FramesInFlightAreClearedToo) {
  speaker.push(part_of(1), loud(100ms), now);
  const auto batch = fill(false);
  EXPECT_TRUE(speaker.audible(now));
  speaker.interrupt(CallerDrop::barge_in, 0ms, now);
  took(batch);
  EXPECT_EQ(count_of(fill(), Outgoing::Kind::clear), 1U);
  EXPECT_FALSE(speaker.audible(now));
  expect_conserved();
}

TEST_F(CallSpeaker, PlayedMarksConfirmEarlyOnesRefute) {
  speaker.push(part_of(1), loud(600ms), now);
  speaker.end_response(1);
  std::vector<std::string> names;
  for (int i = 0; i < 20; ++i, now += kTick) {
    for (const auto& message : fill()) {
      if (message.mark.response == 1 && message.kind == Outgoing::Kind::mark)
        names.push_back(message.mark.name);
    }
  }
  ASSERT_EQ(names.size(), 2U);
  now = kStart + 550ms;
  EXPECT_EQ(speaker.echoed(names[0], now).how, Echo::played);
  EXPECT_TRUE(speaker.spoken(1).confirmed);
  EXPECT_FALSE(speaker.spoken(1).last_mark_back);
  EXPECT_EQ(speaker.echoed(names[1], now).how, Echo::early);
  EXPECT_EQ(speaker.spoken(1).unconfirmed, Reason::mark_early);
  EXPECT_TRUE(speaker.spoken(1).last_mark_back);
  EXPECT_EQ(value("twilio_marks_echoed_total", {"played"}), 1);
  EXPECT_EQ(value("twilio_marks_echoed_total", {"early"}), 1);
}

TEST_F(CallSpeaker, AMarkThatNeverComesIsOverdue) {
  speaker.push(part_of(1), loud(500ms), now);
  speaker.end_response(1);
  run(2500ms);
  EXPECT_FALSE(speaker.spoken(1).unconfirmed);
  run(60ms);
  EXPECT_EQ(speaker.spoken(1).unconfirmed, Reason::mark_overdue);
}

TEST_F(CallSpeaker, IsBlockedFromASecondPastPlayoutOn) {
  speaker.push(part_of(1), loud(8s), now);
  fill(false);  // never taken
  now += 980ms;
  speaker.tick(now);
  EXPECT_FALSE(speaker.spoken(1).blocked);
  now += 20ms;
  speaker.tick(now);
  EXPECT_TRUE(speaker.spoken(1).blocked);
}

TEST_F(CallSpeaker, AStallOfOneSecondIsNoBlockageWithTheLeadAhead) {
  speaker.push(part_of(1), loud(8s), now);
  run(1s);
  const auto batch = fill(false);
  now += 1s;
  speaker.tick(now);
  took(batch);
  run(2s);
  EXPECT_FALSE(speaker.spoken(1).blocked);
}

/// Whoever is first to act when it goes on: the transport would take all of it.
TEST_F(CallSpeaker, AHoldOfTheProcessIsABlockageFromASecondPastPlayoutOn) {
  speaker.push(part_of(1), loud(8s), now);
  run(1s);
  now += 1300ms;  // less the lead
  fill();
  EXPECT_FALSE(speaker.spoken(1).blocked);
  run(1s);
  now += 1500ms;
  fill();
  speaker.tick(now);
  EXPECT_TRUE(speaker.spoken(1).blocked);
}

TEST_F(CallSpeaker, OnlyWhatWasThereIsLate) {
  speaker.push(part_of(1), loud(200ms), now);
  run(3s);
  speaker.push(part_of(1), loud(4s), now);  // the model paused
  run(1s);
  EXPECT_THAT(book.expose(), HasSubstr("voicebridge_playout_late_seconds_sum 0\n"));
  now += 1s;  // the process was held
  run(20ms);
  EXPECT_THAT(book.expose(), Not(HasSubstr("voicebridge_playout_late_seconds_sum 0\n")));
}

TEST_F(CallSpeaker, AModelThatPausesIsNoBlockage) {
  speaker.push(part_of(1), std::string(1000, 'x'), now);  // 40 samples wait for their frame to fill
  run(3s);
  speaker.push(part_of(1), loud(4s), now);
  speaker.tick(now);  // before the transport had a chance
  EXPECT_FALSE(speaker.spoken(1).blocked);
}

TEST_F(CallSpeaker, TheLastShortFrameAfterAPauseIsNoBlockage) {
  speaker.push(part_of(1), std::string(1000, 'x'), now);
  run(4s);
  speaker.end_response(1);
  const auto batch = fill(false);
  speaker.tick(now);
  EXPECT_FALSE(speaker.spoken(1).blocked);
  took(batch);
}

TEST_F(CallSpeaker, ABacklogIsStaleAfterTwoSeconds) {
  speaker.push(part_of(1), loud(8s), now);
  const auto batch = fill(false);
  now += 2s;
  EXPECT_FALSE(speaker.tick(now));
  now += 20ms;
  EXPECT_TRUE(speaker.tick(now));
  speaker.interrupt(CallerDrop::stale, 0ms, now);
  EXPECT_FALSE(speaker.tick(now));  // nothing more to drop
  now += 20ms;
  took(batch);
  const auto after = fill();
  EXPECT_EQ(count_of(after, Outgoing::Kind::clear), 1U);
  EXPECT_EQ(count_of(after, Outgoing::Kind::frame), 0U);
  expect_conserved();
}

TEST_F(CallSpeaker, OfAShortAnswerWhatIsGivenUpWasBlocked) {
  speaker.push(part_of(1), loud(700ms), now);
  fill();
  now += 60ms;
  fill(false);
  now += 2s;
  EXPECT_FALSE(speaker.tick(now));
  EXPECT_FALSE(speaker.spoken(1).blocked) << "less than a second is late";
  now += 20ms;
  EXPECT_TRUE(speaker.tick(now));
  EXPECT_TRUE(speaker.spoken(1).blocked);
}

TEST_F(CallSpeaker, WhatComesDuringALongStallGrowsStaleAsWell) {
  speaker.push(part_of(1), loud(8s), now);
  fill(false);
  now += 3s;
  ASSERT_TRUE(speaker.tick(now));
  speaker.interrupt(CallerDrop::stale, 0ms, now);
  now += 1s;
  speaker.push(part_of(2), loud(8s), now);
  now += 2s;
  EXPECT_FALSE(speaker.tick(now));
  now += 20ms;
  EXPECT_TRUE(speaker.tick(now));
}

TEST_F(CallSpeaker, IsDrainedWhenTheLastWordWasPlayedAndConfirmed) {
  fill();
  speaker.push(part_of(1), loud(100ms), now);
  speaker.end_response(1);
  auto batch = fill(false);
  EXPECT_FALSE(speaker.drained(now));  // in flight
  took(batch);
  now += 99ms;
  EXPECT_FALSE(speaker.drained(now));
  now += 1ms;
  EXPECT_FALSE(speaker.drained(now));  // its mark is not back
  speaker.echoed(batch.back().mark.name, now);
  EXPECT_TRUE(speaker.drained(now));
}

TEST_F(CallSpeaker, WhatIsLeftAtTheEndIsBooked) {
  speaker.push(part_of(1), loud(2s), now);
  fill(false);
  speaker.unacked(500);
  speaker.finish();
  EXPECT_EQ(value("queued_audio_samples", {"to_caller"}), 0);
  EXPECT_EQ(value("twilio_unacked_bytes"), 0);
  EXPECT_EQ(value("audio_dropped_samples_total", {"to_caller", "call_ended"}), 16000);
  expect_conserved();
}

}  // namespace
}  // namespace bridge::call
