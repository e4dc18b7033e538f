// What is about time counts only while the harness itself was on time.
#include "scenarios/engine/timing.hpp"

#include "scenarios/engine/judgement.hpp"
#include "scenarios/engine/lag.hpp"
#include "scenarios/engine/promql/query.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>

namespace scenarios::engine {
namespace {

using namespace std::chrono_literals;
using runtime::TimePoint;
using testing::HasSubstr;

const TimePoint kBegin{100s};

Expectation query(const std::string& text, Window window = {}) {
  QueryCheck check{text, {}, std::get<std::shared_ptr<const promql::Query>>(promql::parse(text))};
  return {{}, text, std::move(window), std::move(check)};
}

Expectation plain(Check check) {
  Expectation expectation;
  expectation.check = std::move(check);
  return expectation;
}

TEST(AboutTiming, IsAWindowOrAMetricThatIsATime) {
  EXPECT_TRUE(about_timing(query("caller_longest_gap_seconds == 0")));
  EXPECT_TRUE(about_timing(query("histogram_quantile(0.9, voicebridge_first_audio_seconds_bucket) < 1")));
  EXPECT_TRUE(about_timing(query("voicebridge_calls_active == 0", {Window::Mode::within, {}, 0s, 2s})));
  EXPECT_FALSE(about_timing(query("voicebridge_calls_active == 0")));
  EXPECT_FALSE(about_timing(query("caller_heard_speech_seconds == 0")));
  EXPECT_FALSE(about_timing(query("caller_static_seconds == 0")));
  EXPECT_FALSE(about_timing(plain(VerdictCheck{"normal", "", {}})));
  EXPECT_FALSE(about_timing(plain(CallCheck{})));
  CallCheck silence;
  silence.silence_before_end = {0s, 1s};
  EXPECT_TRUE(about_timing(plain(silence)));
}

TEST(LagRecord, KnowsTheWorstThatTouchesASpan) {
  LagRecord lag;
  lag.note(kBegin + 1s, 5ms);
  lag.note(kBegin + 2s, 8ms);
  lag.note(kBegin + 3s, 300ms);
  EXPECT_EQ(lag.worst(kBegin, kBegin + 1500ms), 0ms);
  EXPECT_EQ(lag.worst(kBegin, kBegin + 2s), 8ms);
  EXPECT_EQ(lag.worst(kBegin, kBegin + 2800ms), 300ms) << "it began at 2.7 s";
  EXPECT_EQ(lag.worst(kBegin + 3100ms, kBegin + 9s), 0ms);
}

class UnderLag : public testing::Test {
 protected:
  UnderLag() {
    evidence_.started_at = kBegin;
    evidence_.finished_at = kBegin + 10s;
    evidence_.first = evidence_.last = {{"voicebridge_build_info", {}, 1},
                                        {"caller_longest_gap_seconds", {}, 0.4},
                                        {"voicebridge_calls_active", {}, 0}};
    evidence_.moments = &moments_;
    evidence_.lag = [this](TimePoint from, TimePoint to) { return lag_.worst(from, to); };
    lag_.note(kBegin + 5s, 12ms);
  }
  std::map<std::string, TimePoint> moments_;
  LagRecord lag_;
  Evidence evidence_;
};

TEST_F(UnderLag, AFailureAndAPassAreBothInconclusiveAndSayByHowMuch) {
  for (const char* text : {"caller_longest_gap_seconds == 0", "caller_longest_gap_seconds > 0"}) {
    const auto outcome = judge(query(text), evidence_);
    EXPECT_EQ(outcome.status, Outcome::Status::inconclusive);
    EXPECT_THAT(outcome.why, HasSubstr("was 12.0 ms late, and 5 ms is the most"));
  }
}

TEST_F(UnderLag, WhatIsNotAboutTimeIsJudged) {
  EXPECT_EQ(judge(query("voicebridge_calls_active == 0"), evidence_).status, Outcome::Status::passed);
  EXPECT_EQ(judge(query("voicebridge_calls_active == 1"), evidence_).status, Outcome::Status::failed);
}

TEST_F(UnderLag, AWindowBesideTheLagIsJudged) {
  const Window before{Window::Mode::within, {}, 0s, 4s};
  EXPECT_EQ(judge(query("voicebridge_calls_active == 0", before), evidence_).status, Outcome::Status::passed);
  const Window over{Window::Mode::within, {}, 0s, 5s};
  EXPECT_EQ(judge(query("voicebridge_calls_active == 0", over), evidence_).status,
            Outcome::Status::inconclusive);
}

}  // namespace
}  // namespace scenarios::engine
