// What a restart between scrapes hides, and what a Prometheus answers.
#include "scenarios/diagnosis/conclusion.hpp"
#include "scenarios/diagnosis/metrics_reader.hpp"
#include "scenarios/diagnosis/prometheus_answer.hpp"

#include <gmock/gmock.h>

#include <string>
#include <vector>

namespace {

using namespace scenarios::diagnosis;
using scenarios::engine::promql::Samples;
using testing::Contains;
using testing::HasSubstr;

const Samples kBefore{{"process_start_time_seconds", {}, 100},
                      {"voicebridge_calls_started_total", {}, 9},
                      {"voicebridge_calls_active", {}, 3}};
const Samples kAfter{{"process_start_time_seconds", {}, 200},
                     {"voicebridge_calls_started_total", {}, 1},
                     {"voicebridge_calls_active", {}, 0},
                     {"voicebridge_call_verdicts_total", {{"verdict", "normal"}, {"reason", "none"}}, 1}};

TEST(DiagnosisAcrossARestart, CallsThatWentOnBeforeItCountAsCut) {
  const auto conclusion = conclude(read_metrics(kBefore, kAfter));
  EXPECT_EQ(conclusion.row, Row::process_died);
  EXPECT_EQ(conclusion.share, "in 3 of 4 calls");
  EXPECT_THAT(conclusion.says, HasSubstr("A restart lies between"));
  EXPECT_THAT(conclusion.evidence, Contains(HasSubstr("calls last seen to go on: 3")));

  auto nameless = kAfter;  // of a bridge that does not tell when it started
  nameless.erase(nameless.begin());
  EXPECT_EQ(conclude(read_metrics(kBefore, nameless)).row, Row::process_died);
}

TEST(DiagnosisAcrossARestart, NobodyIsCutByAProcessThatDrainsOrIsIdle) {
  auto draining = kBefore;
  draining.push_back({"voicebridge_draining", {}, 1});
  const auto drained = conclude(read_metrics(draining, kAfter));
  EXPECT_EQ(drained.row, Row::normal);
  EXPECT_THAT(drained.evidence, Contains(HasSubstr("started anew in between")));

  auto idle = kBefore;
  idle[2].value = 0;
  EXPECT_EQ(conclude(read_metrics(idle, kAfter)).row, Row::normal);
  EXPECT_EQ(read_metrics(kAfter, kAfter).restarts, std::nullopt);
}

/// As Prometheus answers: one series of a bridge, scraped every 15 s from second 1000 on.
std::string series(const std::string& labels, const std::vector<int>& values, int first = 1000) {
  std::string points;
  for (std::size_t i = 0; i < values.size(); ++i) {
    points += (i == 0 ? "[" : ",[") + std::to_string(first + 15 * static_cast<int>(i)) + ",\"" +
              std::to_string(values[i]) + "\"]";
  }
  return R"({"status":"success","data":{"resultType":"matrix","result":[{"metric":{)" + labels +
         R"(},"values":[)" + points + "]}]}}";
}

double frames_of(const ScrapedSpan& span) {
  return span.bridges().at("a").front().value;
}

TEST(DiagnosisOfAPrometheus, CountsWhatWasScrapedAndNoMore) {
  const std::string frames = "voicebridge_twilio_frames_sent_total",
                    here = R"("instance":"a","source":"model")";
  ScrapedSpan old(990, 1060);
  ASSERT_TRUE(old.add(kProcessStart, series(R"("instance":"a")", {500, 500, 500})));
  ASSERT_TRUE(old.add(frames, series(here, {1000, 1000, 1127})));
  EXPECT_EQ(frames_of(old), 127);
  EXPECT_EQ(old.bridges().at("a").front().labels.at("source"), "model");

  ScrapedSpan restarted(990, 1060);
  ASSERT_TRUE(restarted.add(kProcessStart, series(R"("instance":"a")", {500, 500, 1020})));
  ASSERT_TRUE(restarted.add(frames, series(here, {1000, 1100, 30})));
  EXPECT_EQ(frames_of(restarted), 130);
}

TEST(DiagnosisOfAPrometheus, CountsFromZeroWhatBeganInTheSpan) {
  const std::string frames = "voicebridge_twilio_frames_sent_total", here = R"("instance":"a")";
  ScrapedSpan fresh(990, 1060);
  ASSERT_TRUE(fresh.add(kProcessStart, series(here, {995, 995})));
  ASSERT_TRUE(fresh.add(frames, series(here, {40, 50})));
  EXPECT_EQ(frames_of(fresh), 50);

  ScrapedSpan late(990, 1060);  // a series that its bridge did not have in the scrapes before
  ASSERT_TRUE(late.add(kProcessStart, series(here, {500, 500})));
  ASSERT_TRUE(late.add(frames, series(here, {40}, 1015)));
  EXPECT_EQ(frames_of(late), 40);

  ScrapedSpan unknown(990, 1060);
  ASSERT_TRUE(unknown.add(frames, series(here, {40, 50})));
  EXPECT_EQ(frames_of(unknown), 10);
}

TEST(DiagnosisOfAPrometheus, KnowsHowManyCallsARestartMayHaveCut) {
  const std::string here = R"("instance":"a")";
  ScrapedSpan span(990, 1090);
  ASSERT_TRUE(span.add(kProcessStart, series(here, {500, 500, 1020, 1020, 1060, 1060})));
  ASSERT_TRUE(span.add(kCallsActive, series(here, {5, 2, 0, 4, 0, 1})));
  EXPECT_EQ(span.restarts("a").times, 2U);
  EXPECT_EQ(span.restarts("a").calls, 6U);
  EXPECT_EQ(span.restarts("b").times, 0U);

  ASSERT_TRUE(span.add(kDraining, series(here, {0, 1, 0, 0, 0, 0})));
  EXPECT_EQ(span.restarts("a").calls, 4U);
}

TEST(DiagnosisOfAPrometheus, KnowsWhoIsNotScrapedAnyMoreAndWhomThatMayHaveCut) {
  const std::string gone = R"("instance":"a")", here = R"("instance":"b")";
  ScrapedSpan span(990, 1200);
  ASSERT_TRUE(span.add(kProcessStart, series(gone, {500, 500, 500})));
  ASSERT_TRUE(span.add(kProcessStart, series(here, {500, 500, 500}, 1165)));
  ASSERT_TRUE(span.add(kCallsActive, series(gone, {5, 2, 20})));
  ASSERT_TRUE(span.add(kCallsActive, series(here, {5, 2, 3}, 1165)));
  EXPECT_EQ(span.calls_at_vanishing("a"), 20U);
  EXPECT_EQ(span.bridges().at("a").front().value, 0) << "nobody talks there now";
  EXPECT_EQ(span.calls_at_vanishing("b"), std::nullopt);
  EXPECT_EQ(span.bridges().at("b").front().value, 3);

  ASSERT_TRUE(span.add(kDraining, series(gone, {0, 0, 1})));
  EXPECT_EQ(span.calls_at_vanishing("a"), 0U);
}

TEST(DiagnosisOfAPrometheus, AnEarlierStartIsAnotherProcessToo) {
  const std::string here = R"("instance":"a")";
  ScrapedSpan span(990, 1060);
  ASSERT_TRUE(span.add(kProcessStart, series(here, {500, 499, 499})));
  EXPECT_EQ(span.restarts("a").times, 1U);
}

TEST(DiagnosisOfAPrometheus, RefusesWhatIsNoAnswer) {
  ScrapedSpan span(0, 1);
  EXPECT_FALSE(span.add("x", "<html>"));
  EXPECT_FALSE(span.add("x", R"({"data":{"result":[{"metric":{},"value":[1,"2"]}]}})"));
  EXPECT_TRUE(span.bridges().empty());
}

TEST(DiagnosisOfAPrometheus, KnowsItsDurations) {
  EXPECT_EQ(prometheus_seconds("1h30m"), 5400);
  EXPECT_EQ(prometheus_seconds("500ms"), 0.5);
  for (const auto* wrong : {"", "5", "m", "0s", "5 minutes", "-5m"})
    EXPECT_FALSE(prometheus_seconds(wrong)) << wrong;
}

}  // namespace
