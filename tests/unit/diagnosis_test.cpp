#include "scenarios/diagnosis/conclusion.hpp"
#include "scenarios/diagnosis/log_reader.hpp"
#include "scenarios/diagnosis/metrics_reader.hpp"
#include "scenarios/diagnosis/report.hpp"

#include <gmock/gmock.h>

#include <limits>
#include <string>
#include <variant>

namespace {

using namespace scenarios::diagnosis;
using testing::Contains;
using testing::HasSubstr;
using testing::Not;

constexpr auto kCall = "CA0cdb3a07a5b3ca6cb6fbb176462926f8";
constexpr auto kOther = "CA11111111111111111111111111111111";

LogReader read(std::string_view text) {
  LogReader log;
  log.feed(text);
  log.finish();
  return log;
}

Row row_of(std::string_view text) {
  const auto log = read(text);
  Evidence all = log.nameless();
  for (const auto& [call, evidence] : log.calls()) all.add(evidence);
  return conclude(all).row;
}

std::string delta(std::string_view prefix = "", std::string_view response = "resp_tWxPntNeQzqkHBZ") {
  return std::string(prefix) + "[RX_AUDIO_DELTA] bytes=2000, response_id=" + std::string(response) + "...\n";
}

TEST(DiagnosisOfBareMarkers, SaysPipelineBlockageWhenDeltasCameAndNoFrameLeft) {
  EXPECT_EQ(row_of(delta() + delta()), Row::pipeline_blockage);
}

TEST(DiagnosisOfBareMarkers, CannotTellNormalFromLostAtTwilioAndSaysSo) {
  const auto log =
      read(delta() + "[TX_FRAME_FIRST] bytes=160, total_frames=1\n[TX_FRAME_BATCH] total_frames=50\n");
  const auto report = write_log_report("bot.log", log, false);

  EXPECT_EQ(report.worst, Row::left_the_bridge);
  EXPECT_FALSE(report.silent);
  EXPECT_THAT(report.text, HasSubstr("Sound left the bridge; whether it was played is not visible here."));
  EXPECT_THAT(report.text, HasSubstr("To make it visible"));
}

TEST(DiagnosisOfBareMarkers, SaysNothingOfALogThatSaysNothingOfSound) {
  EXPECT_EQ(row_of("GET /healthz 200\nGET /healthz 200\n"), Row::no_evidence);
}

TEST(DiagnosisOfBareMarkers, CountsFramesOfCallsThatCannotBeToldApartTogether) {
  const auto log = read(
      "[TX_FRAME_FIRST] bytes=160, total_frames=1\n[TX_FRAME_FIRST] bytes=160, total_frames=1\n"
      "[TX_FRAME_BATCH] total_frames=50\n[TX_FRAME_BATCH] total_frames=50\n[TX_FRAME_BATCH] "
      "total_frames=100\n");
  EXPECT_EQ(log.nameless().frames, 150);
}

TEST(DiagnosisOfBareMarkers, TellsHowMuchSoundDidNotLeave) {
  std::string text = "[TX_FRAME_FIRST] bytes=160, total_frames=1\n";
  for (int i = 0; i < 32; ++i) text += delta();  // 8 s
  const auto log = read(text);
  EXPECT_THAT(conclude(log.nameless()).evidence, Contains(HasSubstr("at least 7.0 s of the model's sound")));
}

TEST(DiagnosisOfTheIncident, NamesTheStateThatWasUsedBeforeItExisted) {
  const std::string text =
      "\xF0\x9F\x94\x8A call started\n"
      "2025-10-01 10:00:00 ERROR AttributeError: 'MediaStreamHandler' object has no attribute "
      "'_cancelled_response_ids'\n";
  const auto log = read(text);
  const auto conclusion = conclude(log.nameless());

  EXPECT_EQ(conclusion.row, Row::bridge_fault);
  EXPECT_THAT(conclusion.evidence, Contains(HasSubstr("`_cancelled_response_ids`")));
  EXPECT_THAT(conclusion.next.front(), HasSubstr("where the call is created"));
}

TEST(DiagnosisOfTheIncident, TakesTheSinglePathForAnInboundOnlyOne) {
  const auto row = row_of(
      "LIVE AUDIO PIPELINE ACTIVE: Twilio -> realtime_audio_in_queue -> send_audio_chunk (single path)\n");
  EXPECT_EQ(row, Row::pipeline_blockage);
}

TEST(DiagnosisOfALog, KeepsInterleavedCallsApartAlsoByTheResponseAlone) {
  const auto a = std::string("call=") + kCall + " ";
  const auto b = std::string("call=") + kOther + " ";
  const auto log = read(delta(a, "resp_A") + delta(b, "resp_B") + delta("", "resp_A") + delta("", "resp_B") +
                        delta("", "resp_A") + b + "[TX_FRAME_FIRST] bytes=160, total_frames=1\n");

  EXPECT_EQ(log.calls().at(kCall).deltas, 3);
  EXPECT_EQ(log.calls().at(kOther).deltas, 2);
  EXPECT_EQ(conclude(log.calls().at(kCall)).row, Row::pipeline_blockage);
  EXPECT_EQ(conclude(log.calls().at(kOther)).row, Row::left_the_bridge);
}

TEST(DiagnosisOfALog, ReadsUtf16Latin1ColoursAndJsonAlike) {
  std::string utf16 = "\xFF\xFE";
  for (const char c : delta()) (utf16 += c) += '\0';
  EXPECT_EQ(read(utf16).nameless().deltas, 1);
  EXPECT_EQ(read("caf\xE9 " + delta()).nameless().deltas, 1);
  EXPECT_EQ(read("\x1b[32minfo\x1b[0m \x1b[1m[RX_AUDIO_DELTA]\x1b[0m bytes=20, response_id=r...")
                .nameless()
                .delta_bytes,
            20);
  const auto wrapped = read(R"({"log":"{\"level\":\"info\",\"message\":\"call=)" + std::string(kCall) +
                            R"( [RX_AUDIO_DELTA] bytes=7, response_id=r...\"}\n","stream":"stderr"})");
  EXPECT_EQ(wrapped.calls().at(kCall).delta_bytes, 7);
}

TEST(DiagnosisOfALog, TrustsTheBridgesOwnVerdictAboveItsCounts) {
  const auto call = std::string("call=") + kCall + " ";
  const auto log = read(delta(call) + call + "[TX_FRAME_FIRST] bytes=160, total_frames=1\n" + call +
                        "verdict=twilio_or_network reason=mark_overdue ended_by=caller seconds=9.3\n");
  const auto conclusion = conclude(log.calls().at(kCall));

  EXPECT_EQ(conclusion.row, Row::twilio_or_network);
  EXPECT_THAT(conclusion.evidence, Contains(HasSubstr("1 x twilio_or_network (mark_overdue)")));
}

TEST(DiagnosisOfALog, TakesAStreamWithoutAnyDeltaForAModelThatSaidNothing) {
  const auto call = std::string("call=") + kCall + " stream=MZ11111111111111111111111111111111 started";
  EXPECT_EQ(row_of(call + " agent=reception\n"), Row::openai_not_generating);
  EXPECT_EQ(row_of(call + "\n"), Row::openai_not_generating);  // as bridges without agents write it
}

TEST(DiagnosisOfALog, KeepsNoMoreOfAnEndlessLogThanItCanShow) {
  std::string text;
  for (int i = 0; i < 1000; ++i) {
    text += "TWIML_TRACK=t" + std::to_string(i) + "\nAttributeError: x has no attribute 'a" +
            std::to_string(i) + "'\n";
  }
  const auto log = read(text);
  EXPECT_EQ(log.nameless().tracks.size(), Evidence::kNames);
  EXPECT_EQ(log.nameless().missing_state.size(), Evidence::kNames);
}

TEST(DiagnosisOfALog, ShowsOnlyWhatATerminalMayBeSent) {
  EXPECT_EQ(printable("a\x1b[31mb\x07\tc \xD7\xA9 \xE9", 80), "ab c \xD7\xA9 ?");
}

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

TEST(DiagnosisOfMetrics, CountsFromZeroWhereTheProcessWasStartedAnew) {
  const scenarios::engine::promql::Samples earlier{{"voicebridge_twilio_frames_sent_total", {}, 1000}};
  const scenarios::engine::promql::Samples later{{"voicebridge_twilio_frames_sent_total", {}, 30}};
  EXPECT_EQ(read_metrics(earlier, later).frames, 30);
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

TEST(DiagnosisReport, FitsATerminalOfEightyColumns) {
  const auto log = read(delta() + delta());
  const auto report = write_log_report("bot.log", log, true);
  std::size_t begin = 0;
  for (auto end = report.text.find('\n'); end != std::string::npos; end = report.text.find('\n', begin)) {
    EXPECT_LE(end - begin, 80U) << report.text.substr(begin, end - begin);
    begin = end + 1;
  }
}

}  // namespace
