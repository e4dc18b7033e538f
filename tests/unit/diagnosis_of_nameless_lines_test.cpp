// Logs in which only some lines name their call.
#include "scenarios/diagnosis/conclusion.hpp"
#include "scenarios/diagnosis/log_reader.hpp"
#include "scenarios/diagnosis/report.hpp"
#include "tests/unit/diagnosis_log.hpp"

#include <gmock/gmock.h>

#include <string>

namespace {

using namespace scenarios::diagnosis;
using testing::Contains;
using testing::HasSubstr;
using testing::Not;

const std::string kOne = "call_sid=CAaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa ";
const std::string kTwo = "call_sid=CAbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb ";
const std::string kTrack = "TWIML_TRACK=both_tracks (bidirectional audio)\n";
const std::string kDelta = "[RX_AUDIO_DELTA] bytes=2000, response_id=resp_a...\n";
const std::string kFirst = "[TX_FRAME_FIRST] bytes=160, total_frames=1\n";
const std::string kBatch = "[TX_FRAME_BATCH] total_frames=50\n";

LogReport report_on(std::string_view text) {
  return write_log_report("bot.log", read(text), false);
}

TEST(DiagnosisOfNamelessLines, DeltasWithoutANameMayHaveBecomeTheFramesOfCallsWithOne) {
  const auto report = report_on(kDelta + kOne + kFirst + kOne + kBatch + kDelta + kTwo + kFirst);
  EXPECT_EQ(report.worst, Row::left_the_bridge);
  EXPECT_FALSE(report.silent);
  EXPECT_THAT(report.text, Not(HasSubstr("pipeline_blockage")));

  const auto single_path = report_on(
      "LIVE AUDIO PIPELINE ACTIVE: Twilio -> realtime_audio_in_queue -> send_audio_chunk (single path)\n" +
      kDelta + kOne + kFirst + kTwo + kFirst);
  EXPECT_FALSE(single_path.silent);
}

TEST(DiagnosisOfNamelessLines, ThatOnePathWasAnnouncedSaysNothingAgainstFramesThatWereSeen) {
  const std::string path =
      "LIVE AUDIO PIPELINE ACTIVE: Twilio -> realtime_audio_in_queue -> send_audio_chunk (single path)\n";
  const auto left = report_on(path + kOne + kDelta + kOne + kFirst + kTwo + kDelta + kTwo + kFirst);
  EXPECT_EQ(left.worst, Row::left_the_bridge);
  EXPECT_FALSE(left.silent);
  const auto blocked = report_on(path + kOne + kDelta + kTwo + kDelta);
  EXPECT_EQ(blocked.worst, Row::pipeline_blockage);
}

TEST(DiagnosisOfNamelessLines, DeltasWithoutANameAreABlockageBesideCallsThatNameBoth) {
  const auto report = report_on(kOne + kDelta + kOne + kFirst + kTwo + kDelta + kTwo + kFirst +
                                "[RX_AUDIO_DELTA] bytes=2000, response_id=resp_other...\n");
  EXPECT_EQ(report.worst, Row::pipeline_blockage);
}

TEST(DiagnosisOfNamelessLines, ListsACallOfWhichOnlyTheTrackIsNamed) {
  const auto report = report_on(kOne + kTrack + kTwo + kTrack + kDelta + kDelta + kOne + kFirst);
  EXPECT_EQ(report.worst, Row::left_the_bridge);
  EXPECT_THAT(report.text, HasSubstr("2 calls"));
  EXPECT_THAT(report.text, HasSubstr("CAbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb   no_evidence"));
  EXPECT_THAT(report.text, HasSubstr("Deltas came whose lines name no call: nobody can tell which"));
  EXPECT_THAT(report.text, HasSubstr("in all: left_the_bridge in 1 of 2 calls"));
}

TEST(DiagnosisOfNamelessLines, AllCallsThatCannotBeToldAreToldTogether) {
  const auto blocked = report_on(kOne + kTrack + kTwo + kTrack + kDelta + kDelta);
  EXPECT_EQ(blocked.worst, Row::pipeline_blockage);
  const auto left = report_on(kOne + kTrack + kTwo + kTrack + kDelta + kFirst);
  EXPECT_EQ(left.worst, Row::left_the_bridge);
  EXPECT_FALSE(left.silent);
}

/// Two seconds and a half of sound, of which two left in full batches; `name` is on each line.
std::string call_of_2500_ms(const std::string& name) {
  std::string text;
  for (int i = 0; i < 10; ++i) text += name + kDelta;
  return text + name + kFirst + name + kBatch + name + "[TX_FRAME_BATCH] total_frames=100\n";
}

TEST(DiagnosisOfNamelessLines, EachCallMayBeInTheMiddleOfABatch) {
  std::string nameless, named;
  for (char digit = '0'; digit <= '9'; ++digit) {
    nameless += call_of_2500_ms("");
    named += call_of_2500_ms("call=CA0000000000000000000000000000000" + std::string(1, digit) + " ");
  }
  for (const auto& text : {nameless, named}) {
    const auto all = read(text).all();
    EXPECT_EQ(all.frames, 1000);
    EXPECT_EQ(all.unsent_bytes(), 0U);
    EXPECT_THAT(conclude(all).says, Not(HasSubstr("did not")));
  }
}

}  // namespace
