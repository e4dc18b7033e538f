#include "scenarios/diagnosis/conclusion.hpp"
#include "scenarios/diagnosis/metrics_reader.hpp"
#include "scenarios/diagnosis/report.hpp"

#include <gmock/gmock.h>

#include <limits>
#include <string>
#include <vector>

namespace {

using namespace scenarios::diagnosis;
using testing::Contains;
using testing::HasSubstr;

TEST(DiagnosisOfMetrics, TakesTheDifferenceOfTwoScrapes) {
  const scenarios::engine::promql::Samples earlier{
      {"voicebridge_response_verdicts_total", {{"verdict", "heard"}, {"reason", "none"}}, 10}};
  const scenarios::engine::promql::Samples later{
      {"voicebridge_response_verdicts_total", {{"verdict", "heard"}, {"reason", "none"}}, 10},
      {"voicebridge_response_verdicts_total", {{"verdict", "stuck"}, {"reason", "transport_blocked"}}, 2}};

  EXPECT_EQ(conclude(read_metrics(later)).row, Row::pipeline_blockage);
  EXPECT_EQ(conclude(read_metrics(earlier, later)).row, Row::pipeline_blockage);
  EXPECT_EQ(conclude(read_metrics(later, later)).row, Row::no_evidence);
}

TEST(DiagnosisOfMetrics, WhoGreetsAndReceivesNothingIsDeaf) {
  scenarios::engine::promql::Samples scrape{
      {"voicebridge_calls_started_total", {}, 48},
      {"voicebridge_twilio_frames_received_total", {}, 0},
      {"voicebridge_twilio_frames_sent_total", {{"source", "model"}}, 500},
      {"voicebridge_call_verdicts_total", {{"verdict", "normal"}, {"reason", "none"}}, 48}};
  EXPECT_EQ(conclude(read_metrics(scrape)).row, Row::no_caller_audio);
  EXPECT_TRUE(conclude(read_metrics(scrape)).silent());
  scrape[2].value = 499;
  EXPECT_EQ(conclude(read_metrics(scrape)).row, Row::normal);
  scrape[1].value = 1;
  scrape[2].value = 500;
  EXPECT_EQ(conclude(read_metrics(scrape)).row, Row::normal);
}

TEST(DiagnosisOfMetrics, PhonesThatRingHaveNoStreamYet) {
  scenarios::engine::promql::Samples scrape{
      {"voicebridge_calls_started_total", {{"call_direction", "outbound"}}, 3},
      {"voicebridge_calls_started_total", {{"call_direction", "inbound"}}, 2},
      {"voicebridge_twilio_frames_received_total", {}, 0},
      {"voicebridge_calls_active", {}, 0}};
  EXPECT_EQ(conclude(read_metrics(scrape)).row, Row::nothing_was_due);
  scrape[1].value = 3;
  const auto conclusion = conclude(read_metrics(scrape));
  EXPECT_EQ(conclusion.row, Row::stream_never_started);
  EXPECT_THAT(conclusion.next, Contains(HasSubstr("with --prometheus")));
}

TEST(DiagnosisOfMetrics, CallsOfWhichNoStreamCameAreNoQuietCallers) {
  scenarios::engine::promql::Samples scrape{{"voicebridge_calls_started_total", {}, 50},
                                            {"voicebridge_twilio_frames_received_total", {}, 0},
                                            {"voicebridge_calls_active", {}, 0}};
  auto evidence = read_metrics(scrape);
  EXPECT_EQ(conclude(evidence).row, Row::stream_never_started);
  evidence.streams_elsewhere = true;
  EXPECT_EQ(conclude(evidence).row, Row::nothing_was_due);
  scrape[2].value = 2;
  EXPECT_EQ(conclude(read_metrics(scrape)).row, Row::nothing_was_due);
}

TEST(DiagnosisOfMetrics, CountsFromZeroWhereTheProcessWasStartedAnew) {
  const scenarios::engine::promql::Samples earlier{{"voicebridge_twilio_frames_sent_total", {}, 1000}};
  const scenarios::engine::promql::Samples later{{"voicebridge_twilio_frames_sent_total", {}, 30}};
  EXPECT_EQ(read_metrics(earlier, later).frames, 30);
}

TEST(DiagnosisOfMetrics, CountsEverythingFromZeroWhereOneCounterWentBack) {
  const auto scrape = [](double mute, double normal) {
    return scenarios::engine::promql::Samples{
        {"voicebridge_call_verdicts_total",
         {{"verdict", "openai_not_generating"}, {"reason", "no_audio"}},
         mute},
        {"voicebridge_call_verdicts_total", {{"verdict", "normal"}, {"reason", "none"}}, normal}};
  };
  EXPECT_EQ(conclude(read_metrics(scrape(2, 10), scrape(4, 1))).share, "in 4 of 5 calls");
}

TEST(DiagnosisOfMetrics, CountsFromZeroWhereAnotherProcessHasTheSameNumbers) {
  scenarios::engine::promql::Samples scrape{
      {"process_start_time_seconds", {}, 1000},
      {"voicebridge_calls_started_total", {}, 3},
      {"voicebridge_call_verdicts_total", {{"verdict", "openai_not_generating"}, {"reason", "no_audio"}}, 3}};
  const auto before = scrape;
  scrape[0].value = 2000;
  const auto conclusion = conclude(read_metrics(before, scrape));
  EXPECT_EQ(conclusion.row, Row::openai_not_generating);
  EXPECT_EQ(conclusion.share, "in 3 of 3 calls");
}

TEST(DiagnosisOfMetrics, CountsNothingForWhatIsNoNumber) {
  const scenarios::engine::promql::Samples scrape{
      {"voicebridge_twilio_frames_sent_total", {}, std::numeric_limits<double>::quiet_NaN()}};
  EXPECT_EQ(read_metrics(scrape).frames, 0);
}

TEST(DiagnosisOfMetrics, NamesTheQuotaAsTheFirstThingToLookAt) {
  const scenarios::engine::promql::Samples scrape{
      {"voicebridge_openai_failures_total", {{"code", "insufficient_quota"}}, 3},
      {"voicebridge_openai_audio_deltas_received_total", {}, 0},
      {"voicebridge_twilio_frames_sent_total", {{"source", "model"}}, 0},
      {"voicebridge_response_verdicts_total", {{"verdict", "silent"}, {"reason", "quota"}}, 3}};
  const auto conclusion = conclude(read_metrics(scrape));

  EXPECT_EQ(conclusion.row, Row::openai_not_generating);
  EXPECT_THAT(conclusion.next.front(), HasSubstr("quota"));
}

TEST(DiagnosisOfMetrics, TakesAMarkThatMeasuresTheWayForNoProofOfPlayback) {
  scenarios::engine::promql::Samples scrape{
      {"voicebridge_openai_audio_deltas_received_total", {}, 9},
      {"voicebridge_twilio_frames_sent_total", {}, 100},
      {"voicebridge_twilio_marks_sent_total", {}, 1},
      {"voicebridge_twilio_marks_echoed_total", {{"how", "played"}}, 1}};
  EXPECT_EQ(conclude(read_metrics(scrape)).row, Row::left_the_bridge);
  scrape[2].value = 4;
  EXPECT_EQ(conclude(read_metrics(scrape)).row, Row::twilio_or_network);
  scrape[3].value = 4;
  EXPECT_EQ(conclude(read_metrics(scrape)).row, Row::normal);
}

TEST(DiagnosisOfMetrics, BlamesNobodyWhereNothingHappened) {
  scenarios::engine::promql::Samples scrape{
      {"voicebridge_calls_started_total", {{"call_direction", "inbound"}}, 0},
      {"voicebridge_openai_audio_deltas_received_total", {}, 0},
      {"voicebridge_twilio_frames_sent_total", {}, 0},
      {"voicebridge_twilio_frames_received_total", {}, 0},
      {"voicebridge_calls_silent", {}, 0}};
  EXPECT_EQ(conclude(read_metrics(scrape)).row, Row::nothing_was_due);
  EXPECT_THAT(conclude(read_metrics(scrape)).says, HasSubstr("No call came"));

  scrape[0].value = 1;  // a caller who has not spoken yet
  scrape[3].value = 549;
  EXPECT_EQ(conclude(read_metrics(scrape)).row, Row::nothing_was_due);
  EXPECT_THAT(conclude(read_metrics(scrape)).says, HasSubstr("No answer was due"));

  scrape[4].value = 1;  // one who has, and waits
  EXPECT_EQ(conclude(read_metrics(scrape)).row, Row::openai_not_generating);
}

TEST(DiagnosisOfMetrics, NamesSignaturesAsTheReasonWhyNoCallBegan) {
  const scenarios::engine::promql::Samples scrape{{"voicebridge_calls_started_total", {}, 0},
                                                  {"voicebridge_signature_failures_total", {}, 5}};
  const auto conclusion = conclude(read_metrics(scrape));
  EXPECT_EQ(conclusion.row, Row::turned_away);
  EXPECT_THAT(conclusion.says, HasSubstr("No call began"));
  EXPECT_THAT(conclusion.next, Contains(HasSubstr("public_url")));
}

TEST(DiagnosisOfMetrics, WhatIsNotSignedAtAllIsOfAStranger) {
  scenarios::engine::promql::Samples scrape{
      {"voicebridge_calls_started_total", {}, 0},
      {"voicebridge_streams_rejected_total", {{"reason", "signature"}}, 1},
      {"voicebridge_signature_failures_total", {{"signature", "missing"}, {"request", "stream"}}, 1},
      {"voicebridge_signature_failures_total", {{"signature", "wrong"}, {"request", "stream"}}, 0}};
  const auto conclusion = conclude(read_metrics(scrape));
  EXPECT_EQ(conclusion.row, Row::nothing_was_due);
  EXPECT_THAT(conclusion.evidence, Contains(HasSubstr("they had no X-Twilio-Signature: 1")));
  scrape[3].value = 1;
  EXPECT_EQ(conclude(read_metrics(scrape)).row, Row::turned_away);
}

TEST(DiagnosisOfMetrics, CountsCallersWhoFoundTheLineBusy) {
  scenarios::engine::promql::Samples scrape{
      {"voicebridge_calls_started_total", {}, 1},
      {"voicebridge_call_verdicts_total", {{"verdict", "normal"}, {"reason", "none"}}, 1},
      {"voicebridge_calls_refused_total", {{"reason", "limit"}}, 3},
      {"voicebridge_signature_failures_total", {}, 2}};
  auto conclusion = conclude(read_metrics(scrape));
  EXPECT_EQ(conclusion.row, Row::turned_away);
  EXPECT_EQ(conclusion.share, "in 3 of 4 calls");

  scrape[2].value = 0;  // a stranger's two tries are no outage
  conclusion = conclude(read_metrics(scrape));
  EXPECT_EQ(conclusion.row, Row::normal);
  EXPECT_THAT(conclusion.evidence, Contains(HasSubstr("X-Twilio-Signature")));
}

TEST(DiagnosisOfMetrics, CountsCallersWhoFoundNoConnectionAndWebhooksThatFailed) {
  scenarios::engine::promql::Samples scrape{
      {"voicebridge_call_verdicts_total", {{"verdict", "normal"}, {"reason", "none"}}, 1},
      {"voicebridge_connections_refused_total", {{"listener", "public"}, {"reason", "connections"}}, 0},
      {"voicebridge_connections_refused_total", {{"listener", "public"}, {"reason", "idle"}}, 40},
      {"voicebridge_connections_refused_total", {{"listener", "admin"}, {"reason", "connections"}}, 40},
      {"voicebridge_webhook_requests_total", {{"route", "calls"}, {"status", "5xx"}}, 40},
      {"voicebridge_webhook_requests_total", {{"route", "incoming_call"}, {"status", "5xx"}}, 0}};
  EXPECT_EQ(conclude(read_metrics(scrape)).row, Row::normal);

  scrape[1].value = 3;
  auto conclusion = conclude(read_metrics(scrape));
  EXPECT_EQ(conclusion.row, Row::turned_away);
  EXPECT_EQ(conclusion.share, "in 3 of 4 calls");
  EXPECT_THAT(conclusion.evidence, Contains(HasSubstr("for limits.connections: 3")));
  EXPECT_THAT(conclusion.next, Contains(HasSubstr("limits.connections")));

  scrape[1].value = 0;
  scrape.at(5).value = 3;
  scrape.push_back(
      {"voicebridge_webhook_requests_total", {{"route", "incoming_call"}, {"status", "503"}}, 2});
  scrape.push_back({"voicebridge_calls_refused_total", {{"reason", "draining"}}, 2});
  conclusion = conclude(read_metrics(scrape));
  EXPECT_EQ(conclusion.share, "in 5 of 6 calls") << "those of a bridge that drains are told by their name";
  EXPECT_THAT(conclusion.evidence, Contains(HasSubstr("of the bridge's own (5xx): 3")));
}

TEST(DiagnosisOfMetrics, SaysOfHowManyCallsItSpeaks) {
  const scenarios::engine::promql::Samples scrape{
      {"voicebridge_call_verdicts_total", {{"verdict", "normal"}, {"reason", "none"}}, 999},
      {"voicebridge_call_verdicts_total", {{"verdict", "openai_not_generating"}, {"reason", "failed"}}, 1}};
  EXPECT_THAT(write_conclusion("a.prom", conclude(read_metrics(scrape))),
              HasSubstr("a.prom: openai_not_generating in 1 of 1000 calls\n"));
}

TEST(DiagnosisOfMetrics, JudgesCallsThatGoOnBesideThoseThatEndedWell) {
  scenarios::engine::promql::Samples scrape{
      {"voicebridge_calls_started_total", {}, 2},
      {"voicebridge_call_verdicts_total", {{"verdict", "normal"}, {"reason", "none"}}, 1},
      {"voicebridge_response_verdicts_total", {{"verdict", "heard"}, {"reason", "none"}}, 1},
      {"voicebridge_response_verdicts_total", {{"verdict", "silent"}, {"reason", "completed_empty"}}, 4}};
  auto conclusion = conclude(read_metrics(scrape));
  EXPECT_EQ(conclusion.row, Row::openai_not_generating);
  EXPECT_EQ(conclusion.share, "in 4 of 5 answers");

  scrape[0].value = 1;  // all are over: the one call recovered
  conclusion = conclude(read_metrics(scrape));
  EXPECT_EQ(conclusion.row, Row::normal);
  EXPECT_THAT(conclusion.says, HasSubstr("Some answers before that were not heard"));

  scrape.push_back({"voicebridge_calls_active", {}, 1});  // started before the time looked at
  EXPECT_EQ(conclude(read_metrics(scrape)).row, Row::openai_not_generating);
}

TEST(DiagnosisOfMetrics, TakesCallersWhoHearNothingNowForAnOutage) {
  const scenarios::engine::promql::Samples scrape{
      {"voicebridge_calls_silent", {}, 7},
      {"voicebridge_calls_active", {}, 8},
      {"voicebridge_response_verdicts_total", {{"verdict", "heard"}, {"reason", "none"}}, 7}};
  const auto conclusion = conclude(read_metrics(scrape));
  EXPECT_EQ(conclusion.row, Row::openai_not_generating);
  EXPECT_EQ(conclusion.share, "in 7 of 8 calls that go on");
  EXPECT_THAT(conclusion.says, HasSubstr("right now"));
}

TEST(DiagnosisOfMetrics, SeesThatOpenAiTakesNoAudioAlsoWithoutVerdicts) {
  scenarios::engine::promql::Samples scrape{{"voicebridge_calls_started_total", {}, 7},
                                            {"voicebridge_twilio_frames_received_total", {}, 50'000},
                                            {"voicebridge_openai_appends_sent_total", {}, 12},
                                            {"voicebridge_openai_audio_deltas_received_total", {}, 0},
                                            {"voicebridge_twilio_frames_sent_total", {}, 0}};
  EXPECT_EQ(conclude(read_metrics(scrape)).row, Row::caller_path_blocked);
  scrape[2].value = 49'000;
  EXPECT_EQ(conclude(read_metrics(scrape)).row, Row::nothing_was_due);

  // A jam of this moment, also where other calls ended well.
  scrape.push_back({"voicebridge_queued_audio_samples", {{"path", "to_caller"}}, 112'000});
  scrape.push_back({"voicebridge_call_verdicts_total", {{"verdict", "normal"}, {"reason", "none"}}, 7});
  EXPECT_EQ(conclude(read_metrics(scrape)).row, Row::normal);
  scrape.push_back({"voicebridge_queued_audio_samples", {{"path", "to_model"}}, 112'000});
  EXPECT_EQ(conclude(read_metrics(scrape)).row, Row::caller_path_blocked);
}

TEST(DiagnosisOfMetrics, TakesCallersOfWhomNothingComesForSilence) {
  const scenarios::engine::promql::Samples scrape{
      {"voicebridge_call_verdicts_total", {{"verdict", "no_caller_audio"}, {"reason", "none"}}, 20},
      {"voicebridge_twilio_unacked_bytes", {}, 12'000}};
  const auto conclusion = conclude(read_metrics(scrape));
  EXPECT_EQ(conclusion.row, Row::no_caller_audio);
  EXPECT_TRUE(conclusion.silent());
  EXPECT_EQ(conclusion.share, "in 20 of 20 calls");
  EXPECT_THAT(conclusion.next.front(), HasSubstr("inbound_track"));
  EXPECT_THAT(conclusion.evidence, Contains(HasSubstr("12000 bytes written to Twilio's sockets")));
}

TEST(DiagnosisOfMetrics, KnowsTheLaterScrapeByItsProcess) {
  const scenarios::engine::promql::Samples earlier{{"process_start_time_seconds", {}, 100},
                                                   {"process_cpu_seconds_total", {}, 1}};
  auto later = earlier;
  later[1].value = 2;
  EXPECT_FALSE(swapped(earlier, later));
  EXPECT_TRUE(swapped(later, earlier));
  later[0].value = 200;
  later[1].value = 0;
  EXPECT_FALSE(swapped(earlier, later));
  EXPECT_TRUE(swapped(later, earlier));
}

}  // namespace
