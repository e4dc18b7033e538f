// What Twilio itself says of calls and streams, and what each of several replicas makes of its part of a
// call.
#include "bridge/app/call_registry.hpp"
#include "bridge/app/callbacks.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <optional>

namespace bridge::app {
namespace {

using call::CallVerdict;
using call::Reason;
using Entry = CallRegistry::Entry;
using WayOn = CallRegistry::WayOn;

/// One process: its metrics and its registry.
struct Process {
  explicit Process(bool alone) : registry(sheet, {100, 2min, alone}) {}
  double started() {
    return sheet.counter("voicebridge_calls_started_total", {"inbound"}).value() + placed();
  }
  double placed() { return sheet.counter("voicebridge_calls_started_total", {"outbound"}).value(); }
  double verdicts(std::string_view verdict, std::string_view reason = "none") {
    return sheet.counter("voicebridge_call_verdicts_total", {verdict, reason}).value();
  }
  metrics::Book book;
  metrics::Sheet& sheet = book.add_sheet({"voicebridge_"});
  CallRegistry registry;
};

CallRegistry::Return back(runtime::Duration since) {
  CallRegistry::Return ret;
  ret.call_sid = "CA1";
  ret.since_served = since;
  ret.can_heal = true;
  return ret;
}

CallRegistry::StreamReport report(std::string_view event, int code = 0, int attempt = 1) {
  CallRegistry::StreamReport said;
  said.call_sid = "CA1";
  said.event = event;
  said.code = code;
  said.attempt = attempt;
  said.can_heal = true;
  return said;
}

call::Outcome heard(std::string ended_by = "caller") {
  return {twilio::CallSid("CA1"), CallVerdict::normal, Reason::none, std::move(ended_by)};
}

constexpr runtime::TimePoint kStart{1h};
const CallRegistry::Named kCall{"CA1", Direction::inbound};

TEST(RegistryEvidence, ARefusalThatTwilioNamesHealsHoweverLateTheCallComesBack) {
  Process one(true);
  one.registry.twiml_served(kCall, kStart);
  one.registry.stream_reported(report("stream-error", 31941), kStart + 20s);

  EXPECT_EQ(one.registry.returned(back(30s), kStart + 30s), WayOn::second_attempt);
  one.registry.stream_reported(report("stream-error", 31941, 2), kStart + 31s);
  EXPECT_EQ(one.verdicts("stream_never_started"), 1);
}

TEST(RegistryEvidence, TheDebuggersWordOnARefusedTrackCountsAsMuch) {
  Process one(true);
  one.registry.twiml_served(kCall, kStart);
  one.registry.track_refused("CA1", kStart + 20s);
  one.registry.track_refused("CA2", kStart + 20s);

  EXPECT_EQ(one.registry.returned(back(30s), kStart + 30s), WayOn::second_attempt);
}

TEST(RegistryEvidence, AStreamThatTwilioCouldNotOpenIsJudgedAtOnceAndNotHealed) {
  Process one(true);
  one.registry.twiml_served(kCall, kStart);
  one.registry.stream_reported(report("stream-error", 31920), kStart + 1s);
  EXPECT_EQ(one.verdicts("stream_never_started"), 1);

  EXPECT_EQ(one.registry.returned(back(1s), kStart + 1s), WayOn::after_stream);
  EXPECT_EQ(one.verdicts("stream_never_started"), 1);
}

TEST(RegistryEvidence, AnErrorThatEndsARunningStreamIsNoEvidenceAgainstIt) {
  Process one(true);
  one.registry.twiml_served(kCall, kStart);
  one.registry.stream_started({1, "CA1", Direction::inbound, "token"}, kStart);
  one.registry.stream_reported(report("stream-error", 31903), kStart + 5s);
  one.registry.stream_over(heard(), kStart + 5s);

  EXPECT_EQ(one.verdicts("stream_never_started"), 0);
  EXPECT_EQ(one.verdicts("normal"), 1);
}

TEST(RegistryEvidence, OfTwoReplicasOneCountsTheStartAndOneTheVerdict) {
  Process webhook(false), stream(false);
  webhook.registry.twiml_served(kCall, kStart);
  EXPECT_EQ(stream.registry.stream_started({1, "CA1", Direction::inbound, "token"}, kStart + 1s),
            Entry::admitted);
  stream.registry.stream_over(heard("bridge"), kStart + 9s);
  EXPECT_EQ(webhook.registry.returned(back(9s), kStart + 9s), WayOn::after_stream);
  webhook.registry.status(kCall, "completed", kStart + 10s);

  EXPECT_EQ(webhook.started() + stream.started(), 1);
  EXPECT_EQ(stream.verdicts("normal"), 1);
  EXPECT_EQ(webhook.verdicts("stream_never_started"), 0);
  EXPECT_EQ(webhook.registry.find("CA1")->state(), "elsewhere");
}

TEST(RegistryEvidence, AReplicaGreetsNobodyAgainWhoseStreamAnotherMayHaveHad) {
  Process webhook(false);
  webhook.registry.twiml_served(kCall, kStart);

  EXPECT_EQ(webhook.registry.returned(back(500ms), kStart + 500ms), WayOn::after_stream);
}

TEST(RegistryEvidence, AStreamThatNeverOpenedIsJudgedByTheReplicaThatTwilioTells) {
  Process webhook(false), told(false);
  webhook.registry.twiml_served(kCall, kStart);
  told.registry.stream_reported(report("stream-error", 31920), kStart + 1s);
  webhook.registry.returned(back(1s), kStart + 1s);

  EXPECT_EQ(webhook.started() + told.started(), 1);
  EXPECT_EQ(webhook.verdicts("stream_never_started"), 0);
  EXPECT_EQ(told.verdicts("stream_never_started"), 1);
}

TEST(RegistryEvidence, ACallThatDiedWithItsReplicaIsOneStartedAndNotJudged) {
  Process webhook(false);
  webhook.registry.twiml_served(kCall, kStart);
  webhook.registry.stream_reported(report("stream-started"), kStart + 1s);
  webhook.registry.stream_reported(report("stream-error", 31903), kStart + 5s);
  webhook.registry.returned(back(5s), kStart + 5s);
  webhook.registry.status(kCall, "completed", kStart + 6s);

  EXPECT_EQ(webhook.started(), 1);
  EXPECT_EQ(webhook.verdicts("stream_never_started"), 0);
}

TEST(RegistryEvidence, ACallThatOneReplicaPlacedIsNotCountedByTheOneThatHearsOfIt) {
  Process placer(false), told(false);
  const CallRegistry::Named placed{"CA1", Direction::outbound, true};
  placer.registry.status(placed, "initiated", kStart);  // faster than the answer to POST /calls
  placer.registry.outbound_created("CA1", "", kStart);
  told.registry.status(placed, "ringing", kStart + 1s);
  told.registry.status(placed, "busy", kStart + 2s);

  EXPECT_EQ(placer.placed(), 1);
  EXPECT_EQ(told.placed(), 0);
  EXPECT_EQ(told.verdicts("not_answered", "busy"), 1);
}

TEST(RegistryEvidence, ACallWhosePlacingWasNotConfirmedIsCountedByItsFirstRequest) {
  Process one(true);
  const CallRegistry::Named first{"CA1", Direction::outbound, true, "p1"};
  one.registry.placing("p1", kStart);
  one.registry.status(first, "initiated", kStart);
  one.registry.twiml_served(first, kStart + 2s);
  one.registry.outbound_created("CA1", "p1", kStart + 9s);  // the answer came after all
  EXPECT_EQ(one.placed(), 1);

  one.registry.placing("p2", kStart);
  one.registry.not_placed("p2");
  one.registry.status({"CA2", Direction::outbound, true, "p2"}, "initiated", kStart + 10s);
  EXPECT_EQ(one.placed(), 1);
}

TEST(RegistryEvidence, ACallOfWhichOnlyTheEndIsHeardIsCountedIfItWasPlacedHere) {
  Process one(true);
  one.registry.placing("p1", kStart);
  one.registry.status({"CA1", Direction::outbound, true, "p1"}, "completed", kStart);
  EXPECT_EQ(one.placed(), 1);
  EXPECT_EQ(one.verdicts("stream_never_started"), 1);

  one.registry.status({"CA2", Direction::outbound, true, "p2"}, "completed", kStart);
  EXPECT_EQ(one.placed(), 1);
  EXPECT_FALSE(one.registry.find("CA2"));
}

TEST(RegistryEvidence, WhatWasPlacedAndNeverHeardOfIsForgottenInTimeAndWhenThereIsTooMuchOfIt) {
  const auto told_of = [](Process& at, const char* sid, const char* placement, runtime::TimePoint now) {
    at.registry.status({sid, Direction::outbound, true, placement}, "initiated", now);
    return at.placed();
  };
  Process late(true), full(true);
  late.registry.placing("p1", kStart);
  late.registry.placing("p2", kStart + 61min);
  EXPECT_EQ(told_of(late, "CA1", "p1", kStart + 61min), 0);
  EXPECT_EQ(told_of(late, "CA2", "p2", kStart + 61min), 1);

  for (std::size_t n = 0; n <= Placements::kMost; ++n) full.registry.placing("p" + std::to_string(n), kStart);
  EXPECT_EQ(told_of(full, "CA1", "p0", kStart), 0);
  EXPECT_EQ(told_of(full, "CA2", "p1", kStart), 1);
  EXPECT_EQ(full.sheet.counter("voicebridge_calls_forgotten_total").value(), 1);
}

TEST(RegistryEvidence, AMachineThatIsNotTalkedToIsNobodyThere) {
  Process one(true);
  one.registry.outbound_created("CA1", "", kStart);
  one.registry.left_to_machine({"CA1", Direction::outbound, true}, "machine_start", kStart + 3s);
  one.registry.status({"CA1", Direction::outbound, true}, "completed", kStart + 4s);

  EXPECT_EQ(one.placed(), 1);
  EXPECT_EQ(one.verdicts("not_answered", "machine"), 1);
  EXPECT_EQ(one.verdicts("stream_never_started"), 0);
  EXPECT_EQ(one.registry.find("CA1")->answered_by, "machine_start");
}

TEST(RegistryEvidence, AnAnsweredCallWhoseWebhookNeverCameHadNoStream) {
  Process one(true);
  one.registry.outbound_created("CA1", "", kStart);
  one.registry.status({"CA1", Direction::outbound, true}, "completed", kStart + 4s);

  EXPECT_EQ(one.verdicts("stream_never_started"), 1);
}

TEST(RegistryEvidence, AnAskedForEndIsToldToTheStreamsOwnerAndToTheReturningCall) {
  Process one(true);
  EXPECT_FALSE(one.registry.ask_to_end("CA1", kStart));
  one.registry.twiml_served(kCall, kStart);
  const auto live = std::make_shared<LiveCall>();
  one.registry.stream_started({1, "CA1", Direction::inbound, "token", {}, live}, kStart);
  call::Tally carried;
  carried.frames_to_caller = 7;
  live->publish(carried);
  EXPECT_EQ(one.registry.find("CA1")->tally.frames_to_caller, 7U);
  EXPECT_FALSE(live->end_asked());
  EXPECT_TRUE(one.registry.ask_to_end("CA1", kStart + 1s));
  EXPECT_TRUE(live->end_asked());
  one.registry.stream_over(heard("api"), kStart + 2s);

  EXPECT_EQ(one.registry.returned(back(2s), kStart + 2s), WayOn::hang_up);
  EXPECT_EQ(one.registry.find("CA1")->tally.frames_to_caller, 7U);
}

TEST(RegistryEvidence, AStatusThatWasOvertakenChangesNothing) {
  Process one(true);
  const auto said = [&](std::string_view status, std::optional<int> sequence = {}) {
    one.registry.status(kCall, status, kStart, sequence);
    return one.registry.find("CA1")->status;
  };
  EXPECT_EQ(said("in-progress"), "in-progress");
  EXPECT_EQ(said("ringing"), "in-progress");
  EXPECT_EQ(said("completed", 3), "completed");
  EXPECT_EQ(said("ringing", 1), "completed");
  EXPECT_EQ(said("failed", 4), "completed");
}

TEST(RegistryEvidence, TwiliosNumbersDecideWhichStatusIsLater) {
  Process one(true);
  one.registry.status(kCall, "ringing", kStart, 5);
  one.registry.status(kCall, "in-progress", kStart, 4);
  EXPECT_EQ(one.registry.find("CA1")->status, "ringing");
  one.registry.status(kCall, "in-progress", kStart, 6);
  EXPECT_EQ(one.registry.find("CA1")->status, "in-progress");
}

TEST(RegistryEvidence, WhatIsJudgedWithoutAStreamIsToldOnce) {
  Process one(true);
  one.registry.twiml_served(kCall, kStart);
  one.registry.status(kCall, "completed", kStart + 3s);
  const auto judged = one.registry.take_judged();

  ASSERT_EQ(judged.size(), 1U);
  EXPECT_EQ(judged[0].call_sid, "CA1");
  EXPECT_EQ(judged[0].verdict, CallVerdict::stream_never_started);
  EXPECT_EQ(judged[0].lasted, 3s);
  EXPECT_TRUE(one.registry.take_judged().empty());
  one.registry.stream_started({1, "CA2", Direction::inbound, "token"}, kStart);
  auto outcome = heard();
  outcome.call = twilio::CallSid("CA2");
  one.registry.stream_over(outcome, kStart + 5s);
  EXPECT_TRUE(one.registry.take_judged().empty());  // the call itself has told
}

TEST(RegistryEvidence, ATimelineIsBounded) {
  Process one(true);
  for (int i = 0; i < 1000; ++i) one.registry.status(kCall, "ringing", kStart);

  EXPECT_EQ(one.registry.find("CA1")->moments.size(), CallRecord::kMoments);
}

TEST(StreamErrorText, HoldsItsCodeInFiveDigits) {
  EXPECT_EQ(code_in("Stream signal error, code: 31924"), 31924);
  EXPECT_EQ(code_in("31941"), 31941);
  EXPECT_EQ(code_in("at 123456: 1234"), 0);
  EXPECT_EQ(code_in(""), 0);
}

}  // namespace
}  // namespace bridge::app
