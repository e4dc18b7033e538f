// A call whose stream Twilio has opened at another replica.
#include "bridge/app/call_registry.hpp"

#include <gmock/gmock.h>

namespace bridge::app {
namespace {

constexpr runtime::TimePoint kSeen{1h};
constexpr runtime::WallTime kServed{std::chrono::hours(10)};

class Replica : public testing::Test {
 protected:
  using Entry = CallRegistry::Entry;
  void told(std::string_view event, runtime::WallTime served = kServed) {
    CallRegistry::StreamReport report;
    report.call_sid = "CA1";
    report.event = event;
    report.served = served;
    registry_.stream_reported(report, kSeen + 1s);
  }
  Entry enter(std::uint64_t upgrade, runtime::WallTime served = kServed, std::string_view token = "token") {
    return registry_.stream_started({upgrade, "CA1", Direction::inbound, token, served, nullptr}, kSeen + 2s);
  }
  double unfollowed(std::string_view reason) {
    return sheet_.counter("voicebridge_calls_unfollowed_total", {reason}).value();
  }
  double streams_started() { return sheet_.counter("voicebridge_streams_started_total").value(); }
  std::string_view state() { return registry_.find("CA1")->state(); }

  metrics::Book book_;
  metrics::Sheet& sheet_ = book_.add_sheet({"voicebridge_"});
  CallRegistry registry_{sheet_, {100, 2min, false}};
  const CallRegistry::Named call_{"CA1", Direction::inbound};
};

TEST_F(Replica, SaysThatTheStreamIsElsewhereAndTakesNoOther) {
  registry_.twiml_served(call_, kSeen);
  told("stream-started");

  EXPECT_EQ(state(), "elsewhere");
  EXPECT_TRUE(registry_.find("CA1")->runs_elsewhere);
  EXPECT_FALSE(registry_.awaiting_stream(kSeen - 1s));
  EXPECT_EQ(enter(registry_.upgrade_seen(kSeen + 2s)), Entry::elsewhere);
  EXPECT_EQ(streams_started(), 0);
  told("stream-stopped");
  EXPECT_FALSE(registry_.find("CA1")->runs_elsewhere);
}

TEST_F(Replica, TakesItsOwnStreamWhoseStartIsSlowerThanTwiliosWord) {
  const auto upgrade = registry_.upgrade_seen(kSeen);
  told("stream-started");  // of a call that it had not heard of

  EXPECT_EQ(enter(upgrade), Entry::admitted);
  EXPECT_EQ(streams_started(), 1) << "where the stream is, whoever has answered the call";
  EXPECT_EQ(state(), "streaming");
  EXPECT_FALSE(registry_.find("CA1")->over);
  EXPECT_EQ(registry_.open(1000, 10).calls.size(), 1U);
  EXPECT_EQ(registry_.ended(1000, 10).calls.size(), 0U);
}

TEST_F(Replica, FollowsACallOfItsOwnWhoseStartIsSlowerThanTwiliosWord) {
  registry_.twiml_served(call_, kSeen);
  const auto upgrade = registry_.upgrade_seen(kSeen);
  told("stream-started");

  EXPECT_EQ(enter(upgrade), Entry::admitted);
  EXPECT_EQ(unfollowed("stream_elsewhere"), 0);
}

TEST_F(Replica, KeepsTheStreamThatItHas) {
  enter(registry_.upgrade_seen(kSeen));
  told("stream-started");

  EXPECT_EQ(state(), "streaming");
}

TEST_F(Replica, TakesTheStreamOfALaterDocument) {
  told("stream-started");

  EXPECT_EQ(enter(registry_.upgrade_seen(kSeen)), Entry::elsewhere);
  EXPECT_EQ(enter(registry_.upgrade_seen(kSeen), kServed + 60s, "next"), Entry::admitted);
}

TEST_F(Replica, ForgetsTheCallsOfOthersFirstAndCountsNothingOfThem) {
  told("stream-started");
  EXPECT_EQ(registry_.open(1000, 10).calls.size(), 0U);
  EXPECT_EQ(registry_.ended(1000, 10).calls.size(), 1U);
  registry_.status(call_, "completed", kSeen + 9s);

  EXPECT_EQ(state(), "elsewhere");
  EXPECT_EQ(sheet_.counter("voicebridge_calls_ended_total", {"inbound", "completed"}).value(), 0);
  EXPECT_TRUE(registry_.take_judged().empty());
}

TEST_F(Replica, IsDoneWithACallOfItsOwnWhoseStreamIsElsewhere) {
  registry_.outbound_created("CA1", "", kSeen);
  told("stream-started");

  EXPECT_EQ(state(), "elsewhere");
  EXPECT_TRUE(registry_.find("CA1")->may_run_elsewhere());
  EXPECT_EQ(registry_.open(1000, 10).calls.size(), 0U);
  EXPECT_EQ(registry_.ended(1000, 10).calls.size(), 1U);
  EXPECT_EQ(unfollowed("stream_elsewhere"), 1);
}

TEST_F(Replica, LetsGoOfACallOfWhichNothingIsToldAnyMore) {
  registry_.outbound_created("CA1", "", kSeen);
  registry_.status({"CA1", Direction::outbound, true}, "ringing", kSeen + 2s);

  EXPECT_TRUE(registry_.let_go_of_unheard(kSeen + 1h).empty());
  EXPECT_EQ(state(), "calling");
  EXPECT_THAT(registry_.let_go_of_unheard(kSeen + 1h + 2s), testing::ElementsAre("CA1"));
  EXPECT_EQ(state(), "unheard");
  EXPECT_TRUE(registry_.find("CA1")->may_run_elsewhere());
  EXPECT_EQ(registry_.open(1000, 10).calls.size(), 0U);
  EXPECT_EQ(unfollowed("unheard"), 1);
  EXPECT_TRUE(registry_.take_judged().empty()) << "another replica may have its stream";
  EXPECT_TRUE(registry_.let_go_of_unheard(kSeen + 9h).empty());
}

TEST_F(Replica, LetsGoOfAnAnsweredCallOnceItsTokenOpensNothingAnyMore) {
  registry_.twiml_served(call_, kSeen);

  EXPECT_TRUE(registry_.let_go_of_unheard(kSeen + 3min - 1s).empty());
  EXPECT_EQ(registry_.let_go_of_unheard(kSeen + 3min).size(), 1U);
  EXPECT_EQ(state(), "unheard");
}

TEST_F(Replica, FollowsACallAgainThatIsHeardOf) {
  registry_.outbound_created("CA1", "", kSeen);
  registry_.let_go_of_unheard(kSeen + 1h);
  registry_.status({"CA1", Direction::outbound, true}, "busy", kSeen + 2h);

  EXPECT_EQ(state(), "ended");
  EXPECT_EQ(sheet_.counter("voicebridge_calls_ended_total", {"outbound", "not_answered"}).value(), 1);
}

TEST_F(Replica, LetsGoOfNoCallThatStreamsHere) {
  enter(registry_.upgrade_seen(kSeen));

  EXPECT_TRUE(registry_.let_go_of_unheard(kSeen + 9h).empty());
  EXPECT_EQ(state(), "streaming");
}

TEST_F(Replica, ThatIsAloneJudgesAnAnsweredCallThatItHearsNothingOf) {
  metrics::Book book;
  auto& sheet = book.add_sheet({"voicebridge_"});
  CallRegistry alone(sheet, {100, 2min, true});
  alone.twiml_served(call_, kSeen);
  alone.let_go_of_unheard(kSeen + 3min);

  EXPECT_EQ(alone.find("CA1")->state(), "ended");
  EXPECT_EQ(alone.take_judged().size(), 1U);
  EXPECT_EQ(sheet.counter("voicebridge_call_verdicts_total", {"stream_never_started", "none"}).value(), 1);
}

TEST_F(Replica, ThatIsAloneKnowsNoElsewhere) {
  metrics::Book book;
  CallRegistry alone(book.add_sheet({"voicebridge_"}), {100, 2min, true});
  alone.twiml_served(call_, kSeen);
  CallRegistry::StreamReport report;
  report.call_sid = "CA1";
  report.event = "stream-started";
  alone.stream_reported(report, kSeen);

  EXPECT_EQ(alone.find("CA1")->state(), "answered");
}

}  // namespace
}  // namespace bridge::app
