#include "bridge/app/call_registry.hpp"

#include <gmock/gmock.h>

namespace bridge::app {
namespace {

using call::CallVerdict;
using call::Reason;
using WayOn = CallRegistry::WayOn;
using Entry = CallRegistry::Entry;

Entry enter(CallRegistry& registry, std::uint64_t upgrade, std::string_view sid, runtime::TimePoint at,
            std::string_view token = "token") {
  return registry.stream_started({upgrade, sid, Direction::inbound, token}, at);
}

class Registry : public testing::Test {
 protected:
  double count(std::string_view family, std::initializer_list<std::string_view> labels = {}) {
    return sheet_.counter(family, labels).value();
  }
  double never_started() {
    return count("voicebridge_call_verdicts_total", {"stream_never_started", "none"});
  }
  double not_answered(std::string_view reason) {
    return count("voicebridge_call_verdicts_total", {"not_answered", reason});
  }

  static CallRegistry::Return back(runtime::Duration since, int attempt = 1) {
    CallRegistry::Return ret;
    ret.call_sid = "CA1";
    ret.attempt = attempt;
    ret.since_served = since;
    ret.can_heal = true;
    return ret;
  }
  static call::Outcome outcome(CallVerdict verdict, std::string ended_by = "caller") {
    return {twilio::CallSid("CA1"), verdict, Reason::none, std::move(ended_by)};
  }

  metrics::Book book_;
  metrics::Sheet& sheet_ = book_.add_sheet({"voicebridge_"});
  CallRegistry registry_{sheet_, {100, 2min, true}};
  const runtime::TimePoint start_{1h};
};

TEST_F(Registry, ACallWhoseStreamRanIsCountedOnceWithTheStreamsVerdict) {
  registry_.twiml_served({"CA1", Direction::inbound}, start_);
  const auto upgrade = registry_.upgrade_seen(start_ + 100ms);
  EXPECT_EQ(enter(registry_, upgrade, "CA1", start_ + 110ms), Entry::admitted);
  registry_.stream_over(outcome(CallVerdict::normal), start_ + 9s);
  registry_.returned(back(9s), start_ + 9s);
  registry_.status({"CA1", Direction::inbound}, "completed", start_ + 10s);

  EXPECT_EQ(count("voicebridge_calls_started_total", {"inbound"}), 1);
  EXPECT_EQ(count("voicebridge_calls_ended_total", {"inbound", "completed"}), 1);
  EXPECT_EQ(count("voicebridge_call_verdicts_total", {"normal", "none"}), 1);
  EXPECT_EQ(never_started(), 0);
}

TEST_F(Registry, AQuickReturnWithoutAnUpgradeIsTriedOnceMoreAndOnlyOnce) {
  registry_.twiml_served({"CA1", Direction::inbound}, start_);

  EXPECT_EQ(registry_.returned(back(1999ms), start_ + 1999ms), WayOn::second_attempt);
  EXPECT_EQ(never_started(), 0);
  EXPECT_EQ(registry_.returned(back(100ms, 2), start_ + 2100ms), WayOn::after_stream);
  EXPECT_EQ(registry_.returned(back(100ms, 1), start_ + 2200ms), WayOn::after_stream);

  EXPECT_EQ(never_started(), 1);
  EXPECT_EQ(count("voicebridge_track_refused_total"), 1);
}

TEST_F(Registry, ALateReturnIsNoRefusedTrackUnlessTwilioSaysSo) {
  registry_.twiml_served({"CA1", Direction::inbound}, start_);
  EXPECT_EQ(registry_.returned(back(2s), start_ + 2s), WayOn::after_stream);
  EXPECT_EQ(never_started(), 1);

  auto named = back(30s);
  named.call_sid = "CA2";
  named.refused_by_name = true;
  registry_.twiml_served({"CA2", Direction::inbound}, start_);
  EXPECT_EQ(registry_.returned(named, start_ + 30s), WayOn::second_attempt);
}

TEST_F(Registry, ACallThatItNeverAnsweredComesBackFromAProcessThatIsNoMoreAndIsNotJudged) {
  EXPECT_EQ(registry_.returned(back(9s), start_ + 9s), WayOn::after_stream);
  registry_.status({"CA1", Direction::inbound}, "completed", start_ + 10s);
  EXPECT_EQ(never_started(), 0);
  EXPECT_EQ(count("voicebridge_calls_ended_total", {"inbound", "never_started"}), 0);

  // Within two seconds its track is healed all the same; then it has been answered here.
  auto soon = back(1s);
  soon.call_sid = "CA2";
  EXPECT_EQ(registry_.returned(soon, start_), WayOn::second_attempt);
  soon.attempt = 2;
  EXPECT_EQ(registry_.returned(soon, start_ + 1s), WayOn::after_stream);
  EXPECT_EQ(never_started(), 1);
}

TEST_F(Registry, ACallThatWasForgottenSinceItsStreamIsNotJudgedOnceMore) {
  registry_.twiml_served({"CA1", Direction::inbound}, start_);
  enter(registry_, registry_.upgrade_seen(start_), "CA1", start_);
  registry_.stream_over(outcome(CallVerdict::normal, "bridge"), start_ + 5s);
  for (int n = 100; n < 200; ++n)
    registry_.twiml_served({std::to_string(n), Direction::inbound}, start_ + 6s);
  ASSERT_FALSE(registry_.find("CA1"));

  EXPECT_EQ(registry_.returned(back(7s), start_ + 7s), WayOn::after_stream);
  EXPECT_EQ(never_started(), 0);
}

TEST_F(Registry, AnUpgradeThatWeRefusedIsNotTakenForARefusedTrack) {
  registry_.twiml_served({"CA1", Direction::inbound}, start_);
  registry_.upgrade_seen(start_ + 50ms);

  EXPECT_EQ(registry_.returned(back(100ms), start_ + 100ms), WayOn::after_stream);
  EXPECT_EQ(never_started(), 1);
}

TEST_F(Registry, ANeighboursUpgradeDoesNotKeepACallFromHealing) {
  registry_.twiml_served({"CA1", Direction::inbound}, start_);
  const auto upgrade = registry_.upgrade_seen(start_ + 50ms);
  enter(registry_, upgrade, "CA9", start_ + 60ms);

  EXPECT_EQ(registry_.returned(back(100ms), start_ + 100ms), WayOn::second_attempt);
}

TEST_F(Registry, ACallThatHadItsStreamIsNeverGreetedAgain) {
  registry_.twiml_served({"CA1", Direction::inbound}, start_);
  enter(registry_, registry_.upgrade_seen(start_), "CA1", start_);
  registry_.stream_over(outcome(CallVerdict::openai_unreachable, "bridge"), start_ + 500ms);
  EXPECT_TRUE(registry_.awaiting_return(start_));

  EXPECT_EQ(registry_.returned(back(600ms), start_ + 600ms), WayOn::after_stream);
  EXPECT_FALSE(registry_.awaiting_return(start_));
  EXPECT_EQ(count("voicebridge_calls_ended_total", {"inbound", "failed"}), 1);
}

TEST_F(Registry, ASecondFetchOfTheDocumentIsNoEvidenceAgainstItsStream) {
  registry_.twiml_served({"CA1", Direction::inbound}, start_);
  registry_.twiml_served({"CA1", Direction::inbound}, start_ + 2s);
  EXPECT_EQ(never_started(), 0);
  enter(registry_, registry_.upgrade_seen(start_ + 2s), "CA1", start_ + 2s);
  registry_.stream_over(outcome(CallVerdict::normal), start_ + 9s);

  EXPECT_EQ(count("voicebridge_calls_started_total", {"inbound"}), 1);
  EXPECT_EQ(count("voicebridge_call_verdicts_total", {"normal", "none"}), 1);
  EXPECT_EQ(never_started(), 0);
}

TEST_F(Registry, ACallThatWasAskedForTwiceAndHasNoStreamIsJudgedWhenItsTokenEnds) {
  registry_.twiml_served({"CA1", Direction::inbound}, start_);
  registry_.twiml_served({"CA1", Direction::inbound}, start_ + 20s);
  EXPECT_TRUE(registry_.let_go_of_unheard(start_ + 3min).empty());
  EXPECT_THAT(registry_.let_go_of_unheard(start_ + 3min + 20s), testing::ElementsAre("CA1"));
  EXPECT_EQ(never_started(), 1);
}

TEST_F(Registry, ATransferIsAwaitedAsLongAsItRings) {
  const CallRegistry::Named named{"CA1", Direction::inbound};
  const auto rings = [&] {
    registry_.transfer_rings("CA1", start_ + 20s);
    return registry_.awaiting_transfer(start_ + 19s);
  };
  EXPECT_FALSE(rings()) << "no such call";
  registry_.twiml_served(named, start_);
  EXPECT_TRUE(rings());
  EXPECT_FALSE(registry_.awaiting_transfer(start_ + 20s));
  registry_.transfer_over("CA1");
  EXPECT_FALSE(registry_.awaiting_transfer(start_));
  EXPECT_TRUE(rings());
  registry_.status(named, "completed", start_ + 10s);
  EXPECT_FALSE(registry_.awaiting_transfer(start_ + 10s)) << "the caller has hung up";
  EXPECT_FALSE(rings());
}

TEST_F(Registry, ACompletedCallIsEvidenceOfNoStream) {
  registry_.twiml_served({"CA2", Direction::outbound}, start_);
  registry_.status({"CA2", Direction::outbound}, "completed", start_ + 30s);
  EXPECT_EQ(never_started(), 1);
  EXPECT_EQ(count("voicebridge_calls_ended_total", {"outbound", "never_started"}), 1);
}

TEST_F(Registry, AnOutboundCallThatNobodyTookIsNotAnswered) {
  registry_.outbound_created("CA1", "", start_);
  registry_.status({"CA1", Direction::outbound}, "ringing", start_ + 1s);
  registry_.status({"CA1", Direction::outbound}, "busy", start_ + 6s);
  registry_.status({"CA1", Direction::outbound}, "busy", start_ + 7s);  // callbacks are repeated now and then
  registry_.status({"CA2", Direction::outbound}, "no-answer", start_);

  EXPECT_EQ(not_answered("busy"), 1);
  EXPECT_EQ(not_answered("no_answer"), 1);
  EXPECT_EQ(count("voicebridge_calls_started_total", {"outbound"}), 2);
  EXPECT_EQ(count("voicebridge_calls_ended_total", {"outbound", "not_answered"}), 2);
}

TEST_F(Registry, ACompletedCallbackOfACallThatWeNeverMetSaysNothing) {
  registry_.status({"CA1", Direction::inbound}, "completed", start_);

  EXPECT_EQ(count("voicebridge_calls_started_total", {"inbound"}), 0);
}

TEST_F(Registry, ACallHasOneStreamAtATimeAndATokenOpensOne) {
  EXPECT_EQ(enter(registry_, 1, "CA1", start_), Entry::admitted);
  EXPECT_EQ(enter(registry_, 2, "CA1", start_, "another"), Entry::occupied);
  registry_.stream_over(outcome(CallVerdict::normal), start_ + 9s);

  EXPECT_EQ(enter(registry_, 3, "CA1", start_ + 10s), Entry::replayed);
  EXPECT_EQ(enter(registry_, 4, "CA1", start_ + 11s, "another"), Entry::admitted);
}

TEST(UsedTokensTest, AreRememberedForAsLongAsTheyWouldOpenAStreamAndInBoundedNumber) {
  const runtime::TimePoint start{1h};
  UsedTokens tokens(2min, 2);
  EXPECT_TRUE(tokens.first_use("a", start));
  EXPECT_FALSE(tokens.first_use("a", start + 2min));
  EXPECT_TRUE(tokens.first_use("a", start + 2min + 1ms));
  EXPECT_TRUE(tokens.first_use("b", start + 2min + 1ms));
  EXPECT_TRUE(tokens.first_use("c", start + 2min + 1ms));  // the third: the oldest is forgotten
  EXPECT_FALSE(tokens.first_use("c", start + 2min + 1ms));
  EXPECT_TRUE(tokens.first_use("a", start + 2min + 1ms));
}

TEST_F(Registry, WhenFullItForgetsWhatIsOverThenWhatHasNoStream) {
  CallRegistry small(sheet_, {2, 2min, true});
  enter(small, small.upgrade_seen(start_), "CA1", start_);
  small.status({"CA2", Direction::outbound}, "busy", start_);
  small.twiml_served({"CA3", Direction::inbound}, start_);
  EXPECT_EQ(count("voicebridge_calls_forgotten_total"), 0);
  small.twiml_served({"CA4", Direction::inbound}, start_);

  EXPECT_EQ(count("voicebridge_calls_forgotten_total"), 1);
  const auto open = small.open(CallRegistry::kNewest, 10);
  ASSERT_EQ(open.calls.size(), 2U);
  EXPECT_EQ(open.calls[0].call_sid, "CA4");
  EXPECT_EQ(open.calls[1].call_sid, "CA1");
  EXPECT_EQ(open.calls[1].state, "streaming");
  EXPECT_TRUE(small.ended(CallRegistry::kNewest, 10).calls.empty());
}

TEST_F(Registry, CallsThatAreNotOverAreListedByPagesNewestFirst) {
  for (const char* sid : {"CA1", "CA2", "CA3"}) registry_.twiml_served({sid, Direction::inbound}, start_);
  const auto page = registry_.open(CallRegistry::kNewest, 2);
  ASSERT_EQ(page.calls.size(), 2U);
  EXPECT_EQ(page.calls.front().call_sid, "CA3");
  const auto next = registry_.open(page.before, 2);
  ASSERT_EQ(next.calls.size(), 1U);
  EXPECT_EQ(next.calls.front().call_sid, "CA1");
}

TEST_F(Registry, AFinalStatusIsTheLastWordWhateverItsNumber) {
  const CallRegistry::Named call{"CA1", Direction::outbound};
  registry_.status(call, "ringing", start_, 1);
  EXPECT_TRUE(registry_.status(call, "busy", start_ + 1s, 0));
  EXPECT_EQ(registry_.find("CA1")->state(), "ended");
}

TEST_F(Registry, CallsThatAreOverAreListedByPagesNewestFirst) {
  for (const char* sid : {"CA1", "CA2", "CA3"}) registry_.status({sid, Direction::outbound}, "busy", start_);
  EXPECT_TRUE(registry_.open(CallRegistry::kNewest, 2).calls.empty());
  std::string listed;
  auto page = registry_.ended(CallRegistry::kNewest, 2);
  registry_.status({"CA4", Direction::outbound}, "busy", start_);  // meanwhile: on none of these pages
  for (; !page.calls.empty(); page = registry_.ended(page.before, 2)) {
    for (const auto& call : page.calls) listed += call.call_sid;
    listed += '|';
  }
  EXPECT_EQ(listed, "CA3CA2|CA1|");
}

}  // namespace
}  // namespace bridge::app
