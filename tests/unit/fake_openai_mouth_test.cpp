#include "runtime/core/random.hpp"
#include "simulators/openai/mouth.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace simulators::openai {
namespace {

using namespace std::chrono_literals;

/// The audio deltas of ten seconds of speech.
std::vector<Step> deltas(const Pace& pace, std::uint64_t seed) {
  static Reply reply;
  reply.outputs = {Speech{std::string(80'000, '\x12'), "One two three four five six seven."}};
  runtime::SeededRandom random(seed);
  std::vector<Step> audio;
  for (const Step& step : plan_reply(reply, pace, true, random, runtime::TimePoint(1s))) {
    if (step.kind == Step::Kind::audio) audio.push_back(step);
  }
  return audio;
}

double milliseconds_of(const Step& delta) {
  return static_cast<double>(delta.to - delta.from) / 8;
}

/// Audio per time, from the first delta to the last, as a client would measure it.
double speed_of(const std::vector<Step>& audio) {
  double ms = 0;
  for (std::size_t i = 0; i + 1 < audio.size(); ++i) ms += milliseconds_of(audio[i]);
  return ms / (static_cast<double>((audio.back().due - audio.front().due).count()) / 1e6);
}

TEST(FakeOpenAiMouth, SpeaksTenToThirteenTimesFasterThanRealTime) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const double speed = speed_of(deltas(pace_of({}, "gpt-realtime"), seed));
    EXPECT_GT(speed, 10) << "seed " << seed;
    EXPECT_LT(speed, 13) << "seed " << seed;
  }
}

TEST(FakeOpenAiMouth, SendsAQuarterOfASecondInADeltaAndLessInTheFirst) {
  const auto audio = deltas(pace_of({}, "gpt-realtime"), 3);

  EXPECT_GE(milliseconds_of(audio[0]), 100);
  EXPECT_LE(milliseconds_of(audio[0]), 190);
  for (std::size_t i = 1; i + 1 < audio.size(); ++i) EXPECT_EQ(milliseconds_of(audio[i]), 250);
  EXPECT_EQ(audio.back().to, 80'000U) << "the last is what remains";
}

TEST(FakeOpenAiMouth, SmallModelsSendLongerDeltasAndAreNoFaster) {
  const auto audio = deltas(pace_of({}, "gpt-realtime-2.1-mini"), 3);

  for (std::size_t i = 1; i + 1 < audio.size(); ++i) {
    EXPECT_GE(milliseconds_of(audio[i]), 375);
    EXPECT_LE(milliseconds_of(audio[i]), 400);
  }
  EXPECT_GT(speed_of(audio), 10);
  EXPECT_LT(speed_of(audio), 13);
}

TEST(FakeOpenAiMouth, SpeedAndSizesAreSettings) {
  Pace pace;
  pace.speed = {200, 200};
  pace.delta_audio = pace.first_delta_audio = Span{100ms, 100ms};
  const auto slow = deltas(pace_of(pace, "gpt-realtime"), 3);

  EXPECT_DOUBLE_EQ(speed_of(slow), 2);
  EXPECT_EQ(slow.size(), 100U);
  EXPECT_EQ(slow[1].due - slow[0].due, 50ms);

  pace.between_deltas = Span{};
  EXPECT_EQ(deltas(pace_of(pace, "gpt-realtime"), 3).back().due, slow.front().due) << "all at once";
}

TEST(FakeOpenAiMouth, TheSameSeedSpeaksTheSame) {
  const auto times = [](std::uint64_t seed) {
    std::vector<runtime::TimePoint> due;
    for (const Step& step : deltas(pace_of({}, "gpt-realtime"), seed)) due.push_back(step.due);
    return due;
  };

  EXPECT_EQ(times(5), times(5));
  EXPECT_NE(times(5), times(6));
}

}  // namespace
}  // namespace simulators::openai
