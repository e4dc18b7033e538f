// What of the caller's audio OpenAI took, and what a scrape should have had from the start.
#include "scenarios/engine/result.hpp"
#include "scenarios/engine/truth_caller_path.hpp"

#include <gmock/gmock.h>

#include <chrono>
#include <string>

namespace scenarios::engine {
namespace {
using namespace std::chrono_literals;
using runtime::Duration;
using runtime::TimePoint;

constexpr TimePoint kBegun{100s};

/// A caller whose frames come for ten seconds, and a session that reads them.
class CallerPath : public testing::Test {
 protected:
  CallerPath() {
    for (Duration at = 0s; at < 10s; at += 20ms) stream_.sent.append(kBegun + at, std::string(160, 'x'));
    session_.updated_sent.push_back(kBegun);
    session_.stopped_reading = true;
    settings_.openai_path_bytes = 0;
  }
  static void reads(simulators::openai::SessionFacts& session, Duration from, Duration until) {
    for (Duration at = from; at < until; at += 20ms) session.appends.push_back({kBegun + at, 0, 160});
  }
  std::optional<TimePoint> blocked() {
    return caller_blocked_until(stream_, {&session_, &next_}, settings_, kBegun + 10s);
  }

  simulators::twilio::StreamFacts stream_;
  simulators::openai::SessionFacts session_, next_;
  TruthSettings settings_;
};

TEST_F(CallerPath, IsFreeWhileAllIsRead) {
  reads(session_, 0s, 10s);
  EXPECT_EQ(blocked(), std::nullopt);
}

TEST_F(CallerPath, IsBlockedOnceTwoSecondsWereNotRead) {
  reads(session_, 0s, 8500ms);
  EXPECT_EQ(blocked(), std::nullopt);
  session_.appends.clear();
  reads(session_, 0s, 7s);
  EXPECT_EQ(blocked(), kBegun + 10s);
}

TEST_F(CallerPath, IsBlockedUntilAnotherSessionTakesOver) {
  reads(session_, 0s, 3s);
  next_.updated_sent.push_back(kBegun + 6s);
  reads(next_, 6s, 10s);
  EXPECT_EQ(blocked(), kBegun + 6s);
}

TEST_F(CallerPath, IsBlockedOnlyOnceItsConnectionIsFull) {
  reads(session_, 0s, 7s);
  settings_.openai_path_bytes = 13'600;  // a second
  EXPECT_EQ(blocked(), std::nullopt);
  session_.appends.clear();
  reads(session_, 0s, 6900ms);
  EXPECT_EQ(blocked(), kBegun + 10s);
}

TEST_F(CallerPath, WasBlockedAlsoWhenAllIsReadInTheEnd) {
  reads(session_, 0s, 3s);
  reads(session_, 6s, 10s);
  EXPECT_EQ(blocked(), kBegun + 6s);
}

TEST_F(CallerPath, IsNotBlockedByABridgeThatSendsNothingByItself) {
  reads(session_, 0s, 3s);
  session_.stopped_reading = false;
  EXPECT_EQ(blocked(), std::nullopt);
  settings_.openai_path_fails = true;
  EXPECT_EQ(blocked(), kBegun + 10s);
}

TEST_F(CallerPath, EndsWithItsSession) {
  reads(session_, 0s, 3s);
  session_.ended_at = kBegun + 4s;
  EXPECT_EQ(blocked(), std::nullopt) << "what no session was there for was blocked by none";
}

TEST(LateSeries, AreTheOnesThatTheCatalogueDoesNotPair) {
  using testing::HasSubstr;
  const promql::Samples samples{
      {"voicebridge_tool_calls_total", {{"tool", "end_call"}, {"outcome", "ok"}}, 1},
      {"voicebridge_openai_failures_total", {{"code", "http_418"}}, 1},
      {"voicebridge_tool_calls_total", {{"tool", "end_call"}, {"outcome", "not_allowed"}}, 1}};
  EXPECT_THAT(late_series(samples),
              testing::ElementsAre(
                  HasSubstr(R"(voicebridge_tool_calls_total{tool="end_call",outcome="not_allowed"})")));
}

}  // namespace
}  // namespace scenarios::engine
