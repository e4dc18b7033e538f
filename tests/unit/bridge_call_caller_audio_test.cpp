// The caller's audio on its way to the model: buffered, bounded, and filled where Twilio sent none.
#include "bridge/call/caller_audio.hpp"
#include "tests/unit/bridge_call_test.hpp"

#include <cstdint>
#include <vector>

namespace bridge::call {
namespace {

struct CallCallerAudio : testing::Test, CallParts {
  CallCallerAudio() { audio.begin({60ms, samples(2s)}, kStart); }
  static constexpr char kQuiet = '\xff', kSpeech = '\x20', kOtherSpeech = '\x21';
  /// The i-th frame of the line, all of one level.
  void speak(int i, char level) {
    audio.media(std::string(160, level), static_cast<std::uint64_t>(i) * 20, kStart + i * kTick);
  }
  void frame(std::uint64_t timestamp_ms, TimePoint at) {
    audio.media(std::string(160, 'x'), timestamp_ms, at);
  }
  /// Frames one by one, `arrives(i)` after the stream's start, with a tick before each.
  void line(int from, int to, Duration delay, std::uint64_t first_timestamp = 0) {
    for (int i = from; i < to; ++i) {
      frame(first_timestamp + static_cast<std::uint64_t>(i) * 20, kStart + delay + i * kTick);
    }
  }
  void tick_through(TimePoint from, TimePoint to) {
    for (TimePoint t = from; t <= to; t += kTick) audio.tick(t);
  }
  double inserted() const { return value("silence_inserted_samples_total"); }
  std::size_t drain(TimePoint at) { return drained(at).size(); }
  std::string drained(TimePoint at) {
    std::string all;
    for (auto chunk = audio.take(at); !chunk.empty(); chunk = audio.take(at)) {
      EXPECT_LE(chunk.size(), 1600U);
      all += chunk;
      audio.appended(at);
    }
    return all;
  }
  CallerAudio audio{count};
};

TEST_F(CallCallerAudio, ASteadyLineIsPassedOnAsItIs) {
  line(0, 50, 5ms);
  EXPECT_EQ(drain(kStart + 1s), 8000U);
  EXPECT_EQ(inserted(), 0);
  expect_conserved();
}

TEST_F(CallCallerAudio, AFirstTimestampThatIsNotZeroIsNoGap) {
  line(0, 10, 5ms, 4711);
  EXPECT_EQ(inserted(), 0);
}

TEST_F(CallCallerAudio, TimestampsThatJitterInsertNothing) {
  for (int i = 0; i < 100; ++i) {
    const int wobble = i % 3 == 0 ? 2 : i % 3 == 1 ? -2 : 0;
    frame(static_cast<std::uint64_t>(100 + i * 20 + wobble), kStart + i * kTick);
    audio.tick(kStart + i * kTick);
  }
  EXPECT_EQ(inserted(), 0);
}

TEST_F(CallCallerAudio, ArrivalsThatJitterByLessThanAGapInsertNothing) {
  for (int i = 0; i < 100; ++i) {
    audio.tick(kStart + i * kTick);
    frame(static_cast<std::uint64_t>(i * 20), kStart + i * kTick + (i % 2) * 15ms);
  }
  EXPECT_EQ(inserted(), 0);
}

TEST_F(CallCallerAudio, SilenceIsInsertedByTheClockFromSixtyMillisecondsOn) {
  line(0, 50, 0ms);  // the last at 980
  audio.tick(kStart + 1020ms);
  EXPECT_EQ(inserted(), 0);
  audio.tick(kStart + 1040ms);
  EXPECT_EQ(inserted(), 320);  // due by then: 1000 to 1040
  tick_through(kStart + 1060ms, kStart + 2000ms);
  EXPECT_EQ(inserted(), 8000);
  const auto bytes = audio.queued();
  EXPECT_EQ(bytes, samples(2s));
}

TEST_F(CallCallerAudio, WhatTheClockInsertedTheTimestampsDoNotInsertAgain) {
  line(0, 50, 0ms);
  tick_through(kStart + 1000ms, kStart + 1480ms);
  line(75, 100, 0ms);  // Twilio's timestamps say it too: 500 ms are missing
  EXPECT_NEAR(inserted(), 4000, 160);
  EXPECT_NEAR(static_cast<double>(drain(kStart + 2s)), 16000, 160);
  expect_conserved();
}

TEST_F(CallCallerAudio, AFrameThatCameLateDoesNotMakeTheClockFillItsGapAgain) {
  line(0, 50, 0ms);
  tick_through(kStart + 1000ms, kStart + 1480ms);
  const double before = inserted();
  frame(1000, kStart + 1490ms);  // half a second late, and nothing behind it
  tick_through(kStart + 1500ms, kStart + 1700ms);
  EXPECT_LE(inserted() - before, 1760);  // the 220 ms since, not the half second before
}

TEST_F(CallCallerAudio, AGapThatOnlyTheTimestampsShowIsFilled) {
  line(0, 50, 0ms);
  frame(1300, kStart + 1000ms);  // 300 ms are missing, and no tick saw it
  EXPECT_EQ(inserted(), 2400);
}

TEST_F(CallCallerAudio, ALineWithoutAnyMediaIsSilenceByTheClock) {
  tick_through(kStart, kStart + 1s);
  EXPECT_EQ(inserted(), 8000);
  EXPECT_FALSE(audio.any_media());
}

TEST_F(CallCallerAudio, SilenceBeforeTheFirstFrameIsNotInsertedTwice) {
  tick_through(kStart, kStart + 1s);
  line(50, 60, 0ms);
  EXPECT_EQ(inserted(), 8000);
}

TEST_F(CallCallerAudio, ClocksThatDriftApartForHoursInsertNoMoreThanTheGap) {
  // Twilio's clock is 100 ppm slower than ours: after an hour a frame comes 360 ms "late".
  const int hour = 3600 * 50;
  for (int i = 0; i < hour; ++i) {
    frame(static_cast<std::uint64_t>(i) * 20, kStart + i * kTick + i * 2us);
    drain(kStart + i * kTick);
  }
  ASSERT_EQ(inserted(), 0);
  const TimePoint last = kStart + (hour - 1) * (kTick + 2us);
  tick_through(last + 20ms, last + 220ms);
  EXPECT_NEAR(inserted(), 1600, 160);
}

TEST_F(CallCallerAudio, KeepsTwoSecondsAndShedsTheOldest) {
  for (int i = 0; i < 150; ++i) {
    speak(i, i < 50 ? kSpeech : kOtherSpeech);
    expect_conserved();
  }
  EXPECT_EQ(audio.queued(), samples(2s));
  EXPECT_EQ(value("audio_dropped_samples_total", {"to_model", "buffer_full"}), 8000);
  EXPECT_EQ(audio.take(kStart + 3s).front(), kOtherSpeech);
}

TEST_F(CallCallerAudio, KeepsTheQuestionOfOneWhoHasWaitedInSilenceForLonger) {
  for (int i = 0; i < 400; ++i) {  // 1 s of each, then 6 s
    speak(i, i < 50 ? kQuiet : i < 100 ? kSpeech : kQuiet);
    expect_conserved();
  }
  EXPECT_EQ(audio.queued(), samples(2s));
  EXPECT_EQ(value("audio_dropped_samples_total", {"to_model", "buffer_full"}), 48'000);
  EXPECT_EQ(drained(kStart + 8s),
            std::string(3200, kQuiet) + std::string(8000, kSpeech) + std::string(4800, kQuiet));
}

TEST_F(CallCallerAudio, ShedsAnOldQuestionForANewOne) {
  for (int i = 0; i < 250; ++i) speak(i, i < 50 ? kSpeech : i < 150 ? kQuiet : kOtherSpeech);
  EXPECT_EQ(drained(kStart + 5s), std::string(16'000, kOtherSpeech));
}

TEST_F(CallCallerAudio, OneEnormousMessageDoesNotBreakTheBound) {
  audio.media(std::string(100000, 'x'), 0, kStart);
  EXPECT_EQ(audio.queued(), samples(2s));
  expect_conserved();
}

TEST_F(CallCallerAudio, AnAppendCountsAsQueuedUntilTheTransportTookIt) {
  line(0, 5, 0ms);
  EXPECT_EQ(audio.take(kStart + 100ms).size(), 800U);
  EXPECT_EQ(audio.queued(), samples(100ms));
  EXPECT_EQ(value("queued_audio_samples", {"to_model"}), 800);
  EXPECT_EQ(audio.blocked(kStart + 3100ms), Duration(3s));
  audio.appended(kStart + 3100ms);
  EXPECT_EQ(audio.queued(), Samples8k(0));
  EXPECT_EQ(audio.blocked(kStart + 4s), Duration(0));
  EXPECT_EQ(value("openai_appends_sent_total"), 1);
  expect_conserved();
}

TEST_F(CallCallerAudio, DroppingIncludesWhatWasInFlight) {
  line(0, 20, 0ms);
  audio.take(kStart + 400ms);
  audio.drop(ModelDrop::session_lost);
  EXPECT_EQ(audio.queued(), Samples8k(0));
  EXPECT_EQ(value("audio_dropped_samples_total", {"to_model", "session_lost"}), 3200);
  expect_conserved();
}

TEST_F(CallCallerAudio, KnowsHowUnsteadyTheLineIs) {
  line(0, 4, 0ms);
  EXPECT_FALSE(audio.delay_spread());
  line(4, 10, 0ms);
  EXPECT_EQ(audio.delay_spread(), Duration(0));
  line(10, 11, 35ms);
  EXPECT_EQ(audio.delay_spread(), Duration(35ms));
  line(11, 70, 35ms);  // a second later that is the line's delay
  EXPECT_EQ(audio.delay_spread(), Duration(0));
}

}  // namespace
}  // namespace bridge::call
