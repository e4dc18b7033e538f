// Keys put together to texts, the quiet line, and how long the caller has really been making a sound.
#include "bridge/call/idle.hpp"
#include "bridge/call/keys.hpp"
#include "bridge/call/speech_meter.hpp"
#include "tests/unit/bridge_call_test.hpp"

#include <vector>

namespace bridge::call {
namespace {

struct CallKeys : testing::Test {
  void press(char key) {
    if (auto text = keys.press(options, key, now)) said.push_back(*text);
  }
  void wait(Duration length) {
    for (const TimePoint end = now + length; now < end; now += kTick) {
      if (auto text = keys.tick(options, now)) said.push_back(*text);
    }
  }
  Keys::Options options{1s, '#', 4};
  Keys keys;
  TimePoint now = kStart;
  std::vector<std::string> said;
};

TEST_F(CallKeys, ThatFollowOneAnotherAreOneText) {
  for (const char key : {'1', '2', '3'}) {
    press(key);
    wait(900ms);
  }
  EXPECT_TRUE(said.empty());
  EXPECT_TRUE(keys.waiting());
  wait(200ms);
  EXPECT_EQ(said, std::vector<std::string>{"123"});
  EXPECT_FALSE(keys.waiting());
}

TEST_F(CallKeys, TheTerminatorCompletesTheTextAtOnceAndBelongsToIt) {
  press('1');
  press('#');
  EXPECT_EQ(said, std::vector<std::string>{"1#"});
  wait(3s);
  EXPECT_EQ(said.size(), 1U);
}

TEST_F(CallKeys, WithoutATerminatorOnlyTheGapOrTheLongestTextCompletes) {
  options.terminator = 0;
  for (const char key : {'1', '#', '3', '4', '5'}) press(key);
  EXPECT_EQ(said, std::vector<std::string>{"1#34"});
  wait(2s);
  EXPECT_EQ(said.back(), "5");
}

struct CallIdle : testing::Test {
  /// The first moment within `length` at which something is due, since the start; and what.
  Idle::Due wait(Idle::Line line, Duration length) {
    for (const TimePoint end = now + length; now < end; now += kTick) {
      if (const auto due = idle.tick(options, line, now); due != Idle::Due::nothing) return due;
    }
    return Idle::Due::nothing;
  }
  Duration passed() const { return now - kStart; }
  static constexpr Idle::Line kQuiet{}, kCaller{true, false, false}, kBot{false, true, false},
      kPrompt{false, true, true};
  Idle::Options options{10s, 40s};
  Idle idle;
  TimePoint now = kStart;
};

TEST_F(CallIdle, AQuietLineIsPromptedAgainAndAgainAndThenHungUp) {
  EXPECT_EQ(wait(kQuiet, 60s), Idle::Due::prompt);
  EXPECT_EQ(passed(), 10s);
  EXPECT_EQ(wait(kPrompt, 2s), Idle::Due::nothing);
  EXPECT_EQ(wait(kQuiet, 60s), Idle::Due::prompt);
  EXPECT_EQ(passed(), 22s);
  EXPECT_EQ(wait(kPrompt, 2s), Idle::Due::nothing);
  EXPECT_EQ(wait(kQuiet, 60s), Idle::Due::prompt);
  EXPECT_EQ(wait(kPrompt, 7s), Idle::Due::nothing);
  EXPECT_EQ(wait(kQuiet, 60s), Idle::Due::hang_up);
  EXPECT_EQ(passed(), 41s);
}

TEST_F(CallIdle, WhoeverSpeaksBeginsTheWaitAnew) {
  wait(kQuiet, 9s);
  wait(kBot, 30s);
  wait(kQuiet, 9s);
  wait(kCaller, 30s);
  EXPECT_EQ(wait(kQuiet, 9s), Idle::Due::nothing);
  EXPECT_EQ(wait(kQuiet, 2s), Idle::Due::prompt);
}

TEST_F(CallIdle, NothingIsDueWhereNothingIsAskedFor) {
  options = {};
  EXPECT_EQ(wait(kQuiet, 600s), Idle::Due::nothing);
}

struct CallSpeechMeter : testing::Test {
  void hear(char sample, Duration length) {
    for (Duration at{0}; at < length; at += kTick) meter.hear(std::string(160, sample));
  }
  SpeechMeter meter;
  static constexpr char kVoice = '\x10', kHum = '\x50';        // -9 and -31 dBFS
  static constexpr char kWhisper = '\x78', kSilence = '\xff';  // -55 dBFS
};

TEST_F(CallSpeechMeter, MeasuresSoundAndNotThePausesInIt) {
  hear(kSilence, 1s);
  hear(kVoice, 200ms);
  hear(kSilence, 200ms);
  hear(kVoice, 200ms);
  EXPECT_EQ(meter.burst(), Duration(400ms));
  hear(kSilence, 400ms);
  EXPECT_EQ(meter.burst(), Duration(0));
}

TEST_F(CallSpeechMeter, ALineThatIsNoisyAllAlongIsNotSpeaking) {
  hear(kHum, 20s);
  EXPECT_EQ(meter.burst(), Duration(0));
  hear(kVoice, 100ms);
  EXPECT_EQ(meter.burst(), Duration(100ms));
}

TEST_F(CallSpeechMeter, WhatIsTooQuietForAVoiceIsNone) {
  hear(kSilence, 1s);
  hear(kWhisper, 1s);
  EXPECT_EQ(meter.burst(), Duration(0));
}

}  // namespace
}  // namespace bridge::call
