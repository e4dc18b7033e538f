#include "scenarios/engine/promtool_input.hpp"

#include "scenarios/engine/loader.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>

namespace scenarios::engine {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

Loaded load_alerts(const std::string& alerts) {
  ClipLibrary clips;
  const std::string head = "linecheck: 1\nname: x\nabout: Something.\nexpect: [verdict: normal]\n";
  return load(std::make_shared<const Source>("x.yaml", head + alerts), clips);
}

std::string written(const std::string& alerts, std::size_t scrapes) {
  const auto loaded = load_alerts(alerts);
  EXPECT_TRUE(loaded.good()) << loaded.text();
  Scrapes kept;
  for (std::size_t i = 0; i < scrapes; ++i) kept.add("calls 1\n");
  return promtool_input(loaded.scenarios.at(0), kept, 15s);
}

TEST(Scrapes, ASeriesHasAValueOrAHoleForEachScrape) {
  Scrapes scrapes;

  scrapes.add("early{a=\"b\"} 1\n");
  scrapes.add("early{a=\"b\"} 2\nlate 7\n");
  scrapes.add("this is no exposition\n");
  scrapes.add("late 8\n");

  EXPECT_EQ(scrapes.count(), 4U);
  EXPECT_THAT(scrapes.series().at({"early", {{"a", "b"}}}),
              ElementsAre(1.0, 2.0, std::nullopt, std::nullopt));
  EXPECT_THAT(scrapes.series().at({"late", {}}), ElementsAre(std::nullopt, 7.0, std::nullopt, 8.0));
}

TEST(PromtoolInput, WritesRepeatedAndMissingValuesAsPromtoolCountsThem) {
  Scrapes scrapes;
  for (const auto* text : {"", "", "a 0\n", "a 0\n", "a 0\n", "a 0.25\n", "", "a 3000000\n"})
    scrapes.add(text);
  const auto loaded = load_alerts("");

  const auto text = promtool_input(loaded.scenarios.at(0), scrapes, 15s);

  EXPECT_THAT(text, HasSubstr("{series: 'a{instance=\"x\",job=\"linecheck-bridge\"}', "
                              "values: '_x2 0x2 0.25 _x1 3000000'}"));
  EXPECT_THAT(text, AllOf(HasSubstr("- interval: 15000ms"), Not(HasSubstr("promql_expr_test"))));
}

TEST(PromtoolInput, EachReplicaIsATargetThatIsDownWhileItHasNoBuild) {
  Scrapes scrapes;
  scrapes.add("voicebridge_build_info{replica=\"1\"} 1\nvoicebridge_build_info{replica=\"2\"} 1\n");
  scrapes.add("voicebridge_build_info{replica=\"1\"} 1\n");
  scrapes.add("voicebridge_build_info{replica=\"1\"} 1\n");
  const auto loaded = load_alerts("");

  const auto text = promtool_input(loaded.scenarios.at(0), scrapes, 15s);

  EXPECT_THAT(text, HasSubstr("{series: 'up{instance=\"x-1\",job=\"linecheck-bridge\"}', values: '1x2'}"));
  EXPECT_THAT(text, HasSubstr("{series: 'up{instance=\"x-2\",job=\"linecheck-bridge\"}', values: '1 0x1'}"));
  EXPECT_THAT(text, Not(HasSubstr("replica=")));
}

TEST(PromtoolInput, AnApostropheInALabelIsWrittenAsYamlWantsIt) {
  Scrapes scrapes;
  scrapes.add("calls{model=\"it's\"} 1\n");
  const auto loaded = load_alerts("");

  EXPECT_THAT(promtool_input(loaded.scenarios.at(0), scrapes, 15s),
              HasSubstr("{series: 'calls{instance=\"x\",job=\"linecheck-bridge\",model=\"it''s\"}', "));
}

TEST(PromtoolInput, AnAlertMayNotFireBeforeItsTimeAndHasFiredByItsEnd) {
  const auto text = written("alerts: [{alert: VoiceBridgeCallsSilent, between: [1min, 3min]}]\n", 41);

  const std::string fired = "expr: group by (alertname) (present_over_time(ALERTS{alertstate=\"firing\"";
  EXPECT_THAT(text, HasSubstr(fired + ",alertname=\"VoiceBridgeCallsSilent\"}[60000ms]))\n"
                                      "        eval_time: 60000ms\n        exp_samples: []\n"));
  EXPECT_THAT(
      text,
      HasSubstr(fired +
                ",alertname=\"VoiceBridgeCallsSilent\"}[180000ms]))\n        eval_time: 180000ms\n"
                "        exp_samples: [{labels: '{alertname=\"VoiceBridgeCallsSilent\"}', value: 1}]\n"));
  EXPECT_THAT(
      text,
      HasSubstr(fired +
                "}[600000ms]))\n        eval_time: 600000ms\n"
                "        exp_samples: [{labels: '{alertname=\"VoiceBridgeCallsSilent\"}', value: 1}]\n"));
}

TEST(PromtoolInput, WithoutAPagingAlertNothingMayPage) {
  const auto text = written("alerts: []\n", 5);

  EXPECT_THAT(text, HasSubstr("ALERTS{alertstate=\"firing\"}[60000ms]))\n        eval_time: 60000ms\n"
                              "        exp_samples: []"));
  EXPECT_THAT(text, HasSubstr("ALERTS{alertstate=\"firing\",severity=\"page\"}[60000ms]))\n"
                              "        eval_time: 60000ms\n        exp_samples: []"));
}

TEST(PromtoolInput, ARunOfOneScrapeIsLookedAtAfterAnIntervalSinceThereIsNoEmptyRange) {
  const auto text = written("alerts: []\n", 1);

  EXPECT_THAT(text, HasSubstr("ALERTS{alertstate=\"firing\"}[15000ms]))\n        eval_time: 15000ms\n"
                              "        exp_samples: []"));
  EXPECT_THAT(text, Not(HasSubstr("[0ms")));
}

TEST(PromtoolInput, WhatPagesFiresHalfAMinuteAfterAnyOtherPageAtTheLatest) {
  const auto text =
      written("alerts: [{alert: VoiceBridgeOpenAiQuota, between: [0s, 1min], pages: true}]\n", 5);

  EXPECT_THAT(
      text,
      HasSubstr("severity=\"page\",alertname!=\"VoiceBridgeOpenAiQuota\"} offset 30s unless on () "
                "ALERTS{alertstate=\"firing\",alertname=\"VoiceBridgeOpenAiQuota\"})[60000ms:15000ms]"));
}

TEST(ScenarioAlerts, TimesRunForwardsAndAlertsAreNamedOnceAndOneOfThemPages) {
  EXPECT_THAT(load_alerts("alerts: [{alert: A, between: [2min, 1min]}]\n").text(),
              HasSubstr("the second time is before the first"));
  EXPECT_THAT(load_alerts("alerts: [{alert: A, between: [0s, 1s]}, {alert: A, between: [0s, 1s]}]\n").text(),
              HasSubstr("'A' is given twice"));
  EXPECT_THAT(load_alerts("alerts: [{alert: A, between: [0s, 1s], pages: true}, "
                          "{alert: B, between: [0s, 1s], pages: true}]\n")
                  .text(),
              HasSubstr("another alert pages already"));
}

}  // namespace
}  // namespace scenarios::engine
