// What a log says of the bridge's own comings and goings, and of strangers.
#include "scenarios/diagnosis/conclusion.hpp"
#include "scenarios/diagnosis/log_reader.hpp"
#include "scenarios/diagnosis/report.hpp"

#include <gmock/gmock.h>

#include <string>

namespace {

using namespace scenarios::diagnosis;
using testing::Contains;
using testing::HasSubstr;
using testing::Not;

constexpr auto kCall = "CA0cdb3a07a5b3ca6cb6fbb176462926f8";
constexpr auto kBegins =
    "info    linecheck-bridge 1.0.0 starts, public=0.0.0.0:8080 admin=127.0.0.1:9090 workers=2\n";
constexpr auto kUnsigned =
    "signature=missing peer=192.0.2.7 path=/ws/twilio-media checked_against=wss://a/b: is public_url the "
    "address "
    "that Twilio uses?\n";

LogReport report_on(std::string_view text) {
  LogReader log;
  log.feed(text);
  log.finish();
  return write_log_report("bridge.log", log, false);
}

std::string of(const std::string& call, const std::string& text) {
  return "call=" + call + " " + text + "\n";
}
std::string sid(char digit) {
  return "CA0000000000000000000000000000000" + std::string(1, digit);
}
std::string started(const std::string& call) {
  return of(call, "stream=MZ" + call.substr(2) + " started agent=default");
}
std::string normal(const std::string& call) {
  return started(call) + of(call, "verdict=normal reason=none ended_by=caller seconds=9.3");
}

TEST(DiagnosisOfProcesses, ACallWithoutAnEndWasCutWhereAnotherProcessBeganAfterIt) {
  const auto cut =
      report_on(kBegins + started(kCall) + kBegins +
                of(kCall, "twilio says of its stream: code=31903 \"broken\"") + normal(sid('1')));
  EXPECT_EQ(cut.worst, Row::process_died);
  EXPECT_TRUE(cut.silent);
  EXPECT_THAT(cut.text, HasSubstr("process_died in 1 of 2 calls"));
  EXPECT_THAT(cut.text, HasSubstr("calls without an end when another process began: 1"));

  EXPECT_FALSE(report_on(kBegins + started(kCall)).silent) << "it may be going on";
  EXPECT_EQ(report_on(normal(kCall) + kBegins).worst, Row::normal);
}

TEST(DiagnosisOfProcesses, ACallThatTheLogGoesOnAboutRunsInAnotherOne) {
  const auto other = started(kCall) + kBegins + of(kCall, "[TX_FRAME_FIRST] bytes=160, total_frames=1");
  EXPECT_NE(report_on(other).worst, Row::process_died);
}

constexpr auto kTaken = "error   cannot listen on 0.0.0.0:8080 (listen): Address already in use\n";

TEST(DiagnosisOfProcesses, OneThatFindsItsPortTakenHasCutNobody) {
  const auto beside = report_on(kBegins + started(kCall) + kBegins + kTaken);
  EXPECT_NE(beside.worst, Row::process_died);
  EXPECT_FALSE(beside.silent);

  const auto after = report_on(kBegins + started(kCall) + kBegins + started(sid('1')) + kBegins + kTaken);
  EXPECT_THAT(after.text, HasSubstr("when another process began: 1"));
  EXPECT_THAT(after.text, HasSubstr(std::string(kCall) + "   process_died"));
}

TEST(DiagnosisOfProcesses, TheTrackThatIsConfiguredIsServedToNobody) {
  const auto fresh =
      report_on(kBegins + std::string("info    TWIML_TRACK=both_tracks (bidirectional audio)\n"));
  EXPECT_EQ(fresh.worst, Row::nothing_was_due);
  EXPECT_THAT(fresh.text, HasSubstr("No call came in this time"));
  EXPECT_THAT(fresh.text, Not(HasSubstr("TwiML was served")));

  const auto served = report_on(kBegins + of(kCall, "TWIML_TRACK=both_tracks (bidirectional audio)"));
  EXPECT_EQ(served.worst, Row::no_delta_seen);
}

TEST(DiagnosisOfProcesses, ConnectionsThatAreRefusedAreCallersTurnedAway) {
  const auto full = report_on(normal(kCall) +
                              "warning 7 connections refused: limits.connections=4 of one worker are open\n");
  EXPECT_EQ(full.worst, Row::turned_away);
  EXPECT_THAT(full.text, HasSubstr("connections turned away for limits.connections: at least 7"));
  EXPECT_THAT(full.text, HasSubstr("see who holds them"));

  const auto scraped = report_on(
      normal(kCall) + "warning 7 connections refused: limits.connections=4 of the admin listener are open\n");
  EXPECT_EQ(scraped.worst, Row::normal) << "no caller comes there";
}

TEST(DiagnosisOfProcesses, OneThatDrainsTurnsCallersAway) {
  const auto away = report_on(
      of(kCall, "refused direction=inbound from=+1415*****10 draining: this bridge takes no new calls"));
  EXPECT_EQ(away.worst, Row::turned_away);
  EXPECT_THAT(away.text, HasSubstr("fallback URL"));
}

TEST(DiagnosisOfStrangers, WhoIsRefusedBesideCallsThatGoWellIsASideNote) {
  const auto scanned = report_on(normal(kCall) + normal(sid('1')) + kUnsigned);
  EXPECT_EQ(scanned.worst, Row::normal);
  EXPECT_FALSE(scanned.silent);
  EXPECT_THAT(scanned.text, HasSubstr("X-Twilio-Signature, missing or wrong: 1"));

  const auto tested = report_on(normal(kCall) + of(sid('1'), kUnsigned) + of(sid('2'), kUnsigned));
  EXPECT_EQ(tested.worst, Row::normal);
  EXPECT_FALSE(tested.silent);
}

TEST(DiagnosisOfStrangers, WhatMostCallsComeToIsNoStrangersDoing) {
  std::string refused;
  for (char digit = '1'; digit <= '4'; ++digit) refused += of(sid(digit), kUnsigned);
  const auto report = report_on(normal(kCall) + refused);
  EXPECT_EQ(report.worst, Row::turned_away);
  EXPECT_TRUE(report.silent);
  EXPECT_THAT(report.text, Not(HasSubstr("No call began")));
  EXPECT_THAT(report_on(kUnsigned).text, HasSubstr("No call began"));
}

TEST(DiagnosisOfALog, TellsTwiliosCodesAndWhatTheBridgeHasLookedIntoItself) {
  const auto never =
      report_on(of(kCall, "twilio says of its stream: code=31920 \"handshake\"") +
                of(kCall, "verdict=stream_never_started reason=none ended_by=none seconds=1.0"));
  EXPECT_EQ(never.worst, Row::stream_never_started);
  EXPECT_THAT(never.text, HasSubstr("31920"));
  EXPECT_THAT(never.text, HasSubstr("--rules twilio_docs"));

  const auto empty = report_on(
      started(kCall) + of(kCall, "response=resp_1 verdict=silent reason=completed_empty") +
      of(kCall, "verdict=openai_not_generating reason=completed_empty ended_by=caller seconds=9.0"));
  EXPECT_THAT(empty.text, HasSubstr("The model answered, and not with sound"));
  EXPECT_THAT(empty.text, Not(HasSubstr("Look for `failed`")));
}

}  // namespace
