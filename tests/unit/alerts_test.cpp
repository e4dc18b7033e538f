#include "scenarios/engine/loader.hpp"
#include "scenarios/engine/promtool_question.hpp"
#include "tests/unit/expectations_test.hpp"

#include <utility>

namespace scenarios::engine {
namespace {

using testing::AllOf;
using testing::Not;

constexpr auto kCause = "VoiceBridgeOpenAiRateLimited";
constexpr auto kLeg = "VoiceBridgeOpenAiNotGenerating";
constexpr auto kTicket = "VoiceBridgeFewCallsNormal";

class Alerts : public Expectations {
 protected:
  Alerts() {
    raised_.run = 60s;
    evidence_.alerts = &raised_;
  }
  void raise(const std::string& name, Duration fired, std::optional<Duration> paged = {}) {
    raised_.alerts.push_back({name, name == kTicket ? "ticket" : "page", fired, paged});
  }
  static AlertCheck pages(std::vector<std::string> names) {
    AlertCheck check;
    check.pages = std::move(names);
    return check;
  }
  static AlertCheck during(std::vector<ExpectedAlert> alerts) {
    AlertCheck check;
    check.during = std::move(alerts);
    return check;
  }
  static AlertCheck none() {
    AlertCheck check;
    check.none = true;
    return check;
  }

  RaisedAlerts raised_;
};

TEST_F(Alerts, ExactlyTheNamedOnesPage) {
  raise(kCause, 45s, 45s);
  raise(kLeg, 75s);
  raise(kTicket, 300s);

  EXPECT_TRUE(outcome(pages({kCause})).passed());
  EXPECT_EQ(outcome(pages({kCause})).why,
            "what fired:\n"
            "    VoiceBridgeOpenAiRateLimited at 45 s (pages)\n"
            "    VoiceBridgeOpenAiNotGenerating at 75 s (calls nobody: its cause does)\n"
            "    VoiceBridgeFewCallsNormal at 300 s (a ticket)");
  EXPECT_THAT(outcome(pages({kLeg})).why, AllOf(HasSubstr("VoiceBridgeOpenAiNotGenerating does not page"),
                                                HasSubstr("VoiceBridgeOpenAiRateLimited was not to page")));
  EXPECT_FALSE(outcome(pages({})).passed());
}

TEST_F(Alerts, TicketsAreASetOfTheirOwn) {
  raise(kTicket, 300s);
  AlertCheck check;
  check.tickets.emplace().push_back(kTicket);

  EXPECT_TRUE(outcome(check).passed());
  EXPECT_TRUE(outcome(pages({})).passed());
  check.tickets->clear();
  EXPECT_THAT(outcome(check).why, HasSubstr("was not to fire as a ticket"));
}

TEST_F(Alerts, NoneMeansNotEvenATicket) {
  EXPECT_TRUE(outcome(none()).passed());
  EXPECT_EQ(outcome(none()).why, "no alert fired");

  raise(kTicket, 300s);

  EXPECT_FALSE(outcome(none()).passed());
}

TEST_F(Alerts, WhatFiresInTheCalmAfterTheRunIsNotDuringIt) {
  raise(kCause, 45s, 45s);
  raise(kTicket, 300s);

  EXPECT_TRUE(outcome(during({{kCause, 30s, 60s, true}})).passed());
  EXPECT_THAT(outcome(during({{kCause, 30s, 60s, false}})).why, HasSubstr("was not to page"));
  EXPECT_THAT(outcome(during({{kCause, 50s, 60s, true}})).why, HasSubstr("to fire between 50 s and 60 s"));
  EXPECT_THAT(outcome(during({{kCause, 0s, 60s, true}, {kTicket, 0s, 60s, false}})).why,
              HasSubstr("VoiceBridgeFewCallsNormal does not fire"));
  EXPECT_THAT(outcome(during({})).why, HasSubstr("VoiceBridgeOpenAiRateLimited was not to fire"));
}

TEST_F(Alerts, WhereNobodyCanSayNobodyJudges) {
  raised_.unknown = "promtool is not installed";
  EXPECT_EQ(outcome(none()).status, Outcome::Status::not_applicable);
  EXPECT_EQ(outcome(none()).why, raised_.unknown);

  evidence_.alerts = nullptr;
  EXPECT_EQ(outcome(none()).status, Outcome::Status::not_applicable);
}

TEST(PromtoolQuestion, TenCalmMinutesFollowTheRun) {
  Scrapes scrapes;
  scrapes.add("calls 0\n");
  scrapes.add("calls 7\n");

  const auto text = promtool_question(scrapes, "x");

  EXPECT_THAT(text, HasSubstr("values: '0 7x40'"));
  EXPECT_THAT(text, AllOf(HasSubstr("eval_time: 615000ms"), HasSubstr("[630000ms:15000ms]")));
}

TEST(PromtoolAnswer, SaysWhichAlertsFiredAndWhenTheyPaged) {
  const auto alerts = read_promtool_answer(
      {"Unit Testing:  question.test.yml", "  FAILED:", "    expr: \"...\", time: 10m,", "        exp: nil",
       R"(        got: {alertname="B", severity="ticket", what="fired"} 6.15E+02, )"
       R"({alertname="A", severity="page", what="fired"} 4.5E+01, )"
       R"({alertname="A", severity="page", what="paged"} 7.5E+01)"});

  ASSERT_TRUE(alerts);
  ASSERT_EQ(alerts->size(), 2U);
  EXPECT_EQ((*alerts)[0].name, "A");
  EXPECT_EQ((*alerts)[0].fired, 45s);
  EXPECT_EQ((*alerts)[0].paged, Duration(75s));
  EXPECT_EQ((*alerts)[1].severity, "ticket");
  EXPECT_EQ((*alerts)[1].fired, 615s);
  EXPECT_FALSE((*alerts)[1].paged);
}

TEST(PromtoolAnswer, SilenceIsSuccessAndAnythingElseIsNoAnswer) {
  EXPECT_TRUE(read_promtool_answer({"Unit Testing:  question.test.yml", "  SUCCESS"})->empty());
  EXPECT_FALSE(read_promtool_answer({"  FAILED:", "        got: alertname=A 45"}));
  EXPECT_FALSE(read_promtool_answer({"question.test.yml: yaml: line 3: mapping values are not allowed"}));
}

std::string told(const std::string& alert) {
  ClipLibrary clips;
  const std::string head = "linecheck: 1\nname: x\nabout: Something.\nexpect:\n  - alert: ";
  return load(std::make_shared<const Source>("x.yaml", head + alert + "\n"), clips).text();
}

TEST(AlertNames, AreThoseOfTheRules) {
  EXPECT_EQ(told("{pages: [VoiceBridgeOpenAiRateLimited], tickets: [VoiceBridgeFewCallsNormal]}"), "");
  EXPECT_EQ(told("none"), "");
  EXPECT_EQ(told("{pages: []}"), "");
  EXPECT_THAT(told("{pages: [OpenAIRateLimited]}"),
              AllOf(HasSubstr("x.yaml:5:21: error: there is no alert 'OpenAIRateLimited'"),
                    HasSubstr("did you mean 'VoiceBridgeOpenAiRateLimited'?")));
  EXPECT_THAT(told("{pages: [VoiceBridgeOpenAiQoata]}"), HasSubstr("did you mean 'VoiceBridgeOpenAiQuota'?"));
  EXPECT_THAT(told("{pages: [VoiceBridgeMarsIsFar]}"),
              AllOf(HasSubstr("docs/runbooks has a page for each"), Not(HasSubstr("did you mean"))));
}

TEST(AlertNames, StandUnderTheirSeverity) {
  EXPECT_THAT(told("{pages: [VoiceBridgeFewCallsNormal]}"),
              AllOf(HasSubstr("'VoiceBridgeFewCallsNormal' is a ticket"), HasSubstr("under 'tickets'")));
}

TEST(AlertNames, HaveNoWindow) {
  EXPECT_THAT(told("none\n    within: 5s"), HasSubstr("'within' means nothing to 'alert'"));
}

}  // namespace
}  // namespace scenarios::engine
