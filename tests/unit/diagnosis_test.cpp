#include "scenarios/diagnosis/conclusion.hpp"
#include "scenarios/diagnosis/log_reader.hpp"
#include "scenarios/diagnosis/report.hpp"
#include "tests/unit/diagnosis_log.hpp"

#include <gmock/gmock.h>

#include <string>
#include <variant>

namespace {

using namespace scenarios::diagnosis;
using testing::Contains;
using testing::HasSubstr;
using testing::Not;

constexpr auto kCall = "CA0cdb3a07a5b3ca6cb6fbb176462926f8";
constexpr auto kOther = "CA11111111111111111111111111111111";

Row row_of(std::string_view text) {
  return conclude(read(text).all()).row;
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
  EXPECT_THAT(conclude(log.nameless()).says, HasSubstr("at least 7.0 s of it did not"));
  EXPECT_THAT(conclude(log.nameless()).next.front(), HasSubstr("between the delta and the socket"));
}

TEST(DiagnosisOfBareMarkers, ListsACallWithoutAnyDeltaBesideOneThatWentWell) {
  const auto good = std::string("call=") + kCall + " ", mute = std::string("call=") + kOther + " ";
  const std::string track = "TWIML_TRACK=both_tracks (bidirectional audio)\n";
  const auto frame = std::string("[TX_FRAME_FIRST] bytes=160, total_frames=1\n");
  const auto report =
      write_log_report("bot.log", read(good + track + mute + track + delta(good) + good + frame), false);
  EXPECT_EQ(report.worst, Row::no_delta_seen);
  EXPECT_FALSE(report.silent);
  EXPECT_THAT(report.text, HasSubstr(std::string(kOther) + "   no_delta_seen"));
  EXPECT_THAT(report.text, HasSubstr("in all: no_delta_seen in 1 of 2 calls\n"));

  EXPECT_EQ(row_of(track), Row::no_delta_seen);
  EXPECT_EQ(write_log_report("bot.log", read(track + delta(good) + good + frame + delta(mute) + mute + frame),
                             false)
                .worst,
            Row::left_the_bridge);
  // Deltas that name no call may be this call's.
  const auto untold = write_log_report("bot.log", read(mute + track + delta() + frame), false);
  EXPECT_EQ(untold.worst, Row::left_the_bridge);
  EXPECT_THAT(untold.text, Not(HasSubstr("no_delta_seen")));
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

TEST(DiagnosisOfTheIncident, KnowsTheErrorAlsoWithoutItsName) {
  const auto conclusion = conclude(
      read("\xE2\x9D\x8C Error: 'MediaStreamHandler' object has no attribute '_cancelled_response_ids'\n")
          .nameless());
  EXPECT_EQ(conclusion.row, Row::bridge_fault);
  EXPECT_THAT(conclusion.evidence, Contains(HasSubstr("`_cancelled_response_ids`")));
}

TEST(DiagnosisOfTheIncident, KnowsTheStateByItsPublicNameToo) {
  for (const std::string name : {"cancelled_response_ids", "response_audio_watchdog"}) {
    const auto conclusion = conclude(
        read("AttributeError: 'MediaStreamHandler' object has no attribute '" + name + "'\n").nameless());
    EXPECT_EQ(conclusion.row, Row::bridge_fault);
    EXPECT_THAT(conclusion.evidence, Contains(HasSubstr("`" + name + "`")));
    EXPECT_THAT(conclusion.next.front(), HasSubstr("where the call is created"));
  }
}

TEST(DiagnosisOfTheIncident, AnAttributeThatIsMissingIsACrashWhateverWasPrintedBeforeIt) {
  for (const std::string type : {"NoneType", "dict"}) {
    const auto conclusion =
        conclude(read("\xE2\x9D\x8C Error: '" + type + "' object has no attribute 'close'\n").nameless());
    EXPECT_EQ(conclusion.row, Row::bridge_fault);
    EXPECT_THAT(conclusion.evidence, Not(Contains(HasSubstr("before it existed"))));
  }
}

TEST(DiagnosisOfTheIncident, TakesOnlyACallsOwnStateForStateOfACall) {
  const auto conclusion =
      conclude(read("AttributeError: 'NoneType' object has no attribute 'close'\n").nameless());
  EXPECT_EQ(conclusion.row, Row::bridge_fault);
  EXPECT_THAT(conclusion.evidence, Contains(HasSubstr("an exception: AttributeError: 'NoneType'")));
  EXPECT_THAT(conclusion.evidence, Not(Contains(HasSubstr("before it existed"))));
  EXPECT_THAT(conclusion.next.front(), HasSubstr("a bug of the bridge"));
}

constexpr auto kSinglePath =
    "LIVE AUDIO PIPELINE ACTIVE: Twilio -> realtime_audio_in_queue -> send_audio_chunk (single path)\n";

TEST(DiagnosisOfTheIncident, TakesTheSinglePathForAnInboundOnlyOne) {
  const auto conclusion = conclude(read(kSinglePath).nameless());
  EXPECT_EQ(conclusion.row, Row::pipeline_blockage);
  EXPECT_THAT(conclusion.says, HasSubstr("no delta was seen"));
  EXPECT_THAT(conclude(read(kSinglePath + delta()).nameless()).says, HasSubstr("Sound arrived from OpenAI"));
}

TEST(DiagnosisOfTheIncident, DoesNotMissAPathThatFramesTook) {
  const auto conclusion =
      conclude(read(kSinglePath + delta() + "[TX_FRAME_FIRST] bytes=160, total_frames=1\n").nameless());
  EXPECT_EQ(conclusion.row, Row::left_the_bridge);
  EXPECT_THAT(conclusion.evidence, Not(Contains(HasSubstr("only one audio path"))));
  EXPECT_THAT(conclusion.next, Not(Contains(HasSubstr("Start the path back"))));
}

TEST(DiagnosisOfTheIncident, SaysThatThePathBackIsMissingAlsoWhereTheCodeFailed) {
  const auto conclusion = conclude(
      read(kSinglePath + delta() + "AttributeError: 'X' object has no attribute '_cancelled_response_ids'\n")
          .nameless());
  EXPECT_EQ(conclusion.row, Row::bridge_fault);
  EXPECT_THAT(conclusion.next, Contains(HasSubstr("Start the path back")));
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

constexpr auto kStream = "MZ0000000000000000000000000000000a";
constexpr auto kOtherStream = "MZ0000000000000000000000000000000b";

TEST(DiagnosisOfALog, TellsCallsApartByTheirStreams) {
  const auto a = std::string("stream=") + kStream + " ", b = std::string("stream=") + kOtherStream + " ";
  const auto report = write_log_report(
      "bot.log", read(delta(a, "resp_A") + delta(b, "resp_B") + a + "[TX_FRAME_FIRST] bytes=160\n"), false);
  EXPECT_EQ(report.worst, Row::pipeline_blockage);
  EXPECT_TRUE(report.silent);
  EXPECT_THAT(report.text, HasSubstr("in all: pipeline_blockage in 1 of 2 calls"));
}

TEST(DiagnosisOfALog, JoinsAStreamWithItsCallWhereALineNamesBoth) {
  const auto stream = std::string("stream=") + kStream + " ";
  const auto log =
      read(delta(stream) + "media stream " + kStream + " of " + kCall + " connected\n" + delta(stream) +
           "call=" + kCall + " [TX_FRAME_FIRST] bytes=160, total_frames=1\n" + R"({"streamSid":")" + kStream +
           R"(","message":"[TX_FRAME_BATCH] total_frames=50"})" + "\n");
  ASSERT_EQ(log.calls().size(), 1U);
  EXPECT_EQ(log.calls().at(kCall).deltas, 2);
  EXPECT_EQ(log.calls().at(kCall).frames, 50);
}

TEST(DiagnosisOfALog, TellsWhoseWayWasBlocked) {
  const auto blocked = [](const std::string& reason) {
    return conclude(read("call=" + std::string(kCall) + " verdict=pipeline_blockage reason=" + reason +
                         " ended_by=caller\n")
                        .calls()
                        .at(kCall));
  };
  EXPECT_EQ(blocked("transport_blocked").row, Row::pipeline_blockage);
  EXPECT_EQ(blocked("caller_path_blocked").row, Row::caller_path_blocked);
  EXPECT_THAT(blocked("caller_path_blocked").says, HasSubstr("OpenAI did not take it"));
  EXPECT_THAT(blocked("caller_path_blocked").next.front(), HasSubstr("from the bridge to OpenAI"));
  EXPECT_EQ(blocked("undecodable").row, Row::undecodable);
  EXPECT_THAT(blocked("undecodable").next.front(), HasSubstr("base64"));
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

TEST(DiagnosisOfALog, TakesAStreamWithoutAnyDeltaForSilenceOnlyWhereAnAnswerWasDue) {
  const auto call = std::string("call=") + kCall;
  const auto started = call + " stream=MZ11111111111111111111111111111111 started";
  EXPECT_EQ(row_of(started + " agent=reception\n"), Row::nothing_was_due);
  EXPECT_EQ(row_of(started + "\n"), Row::nothing_was_due);  // as bridges without agents write it
  EXPECT_EQ(row_of(started + "\n" + call + " watchdog=start\n"), Row::openai_not_generating);
}

std::string named(const std::string& call, std::string_view text) {
  return "call=" + call + " " + std::string(text);
}

TEST(DiagnosisOfALog, SaysOfAllCallsWhatMostOfTheSilentOnesHaveInCommon) {
  std::string text;
  for (char digit = '0'; digit <= '9'; ++digit) {
    const auto call = "CA0000000000000000000000000000abc" + std::string(1, digit);
    text += delta(named(call, ""));
    if (digit == '9') text += named(call, "[TX_FRAME_FIRST] bytes=160, total_frames=1\n");
  }
  const auto report = write_log_report("bot.log", read(text), false);
  EXPECT_THAT(report.text, HasSubstr("in all: pipeline_blockage in 9 of 10 calls\n"));
  EXPECT_EQ(report.worst, Row::pipeline_blockage);
  EXPECT_TRUE(report.silent);
}

TEST(DiagnosisOfALog, CannotTellWhoseFramesTheyAreThatNameNoCall) {
  const std::string frames = "[TX_FRAME_FIRST] bytes=160, total_frames=1\n";
  const auto two =
      write_log_report("bot.log", read(delta(named(kCall, "")) + delta(named(kOther, "")) + frames), false);
  EXPECT_FALSE(two.silent);
  EXPECT_EQ(two.worst, Row::left_the_bridge);
  EXPECT_THAT(two.text, Not(HasSubstr("pipeline_blockage")));
  EXPECT_THAT(two.text, HasSubstr("nobody can tell which of these"));

  const auto one = write_log_report("bot.log", read(delta(named(kCall, "")) + frames), false);
  EXPECT_FALSE(one.silent);
  EXPECT_EQ(one.worst, Row::left_the_bridge);
}

TEST(DiagnosisOfALog, KnowsWhoWasTurnedAway) {
  const auto busy =
      conclude(read(named(kCall,
                          "refused direction=inbound from=+1415*****10 limits.calls=1: the line "
                          "is busy\n"))
                   .calls()
                   .at(kCall));
  EXPECT_EQ(busy.row, Row::turned_away);
  EXPECT_THAT(busy.next, Contains(HasSubstr("limits.calls")));

  const auto unsigned_ones = conclude(
      read("signature=wrong peer=127.0.0.1:9 path=/webhook/incoming_call checked_against=http://a/b: is "
           "public_url the address that Twilio uses?\n")
          .nameless());
  EXPECT_EQ(unsigned_ones.row, Row::turned_away);
  EXPECT_THAT(unsigned_ones.next, Contains(HasSubstr("public_url")));
}

TEST(DiagnosisOfALog, SaysWhyThereWasNoSession) {
  const auto refused = conclude(read(named(kCall,
                                           "no OpenAI session, and none will be dialled: unreachable "
                                           "reason=auth said=\"no\"; check the network\n"))
                                    .calls()
                                    .at(kCall));
  EXPECT_EQ(refused.row, Row::openai_unreachable);
  EXPECT_THAT(refused.next.front(), HasSubstr("OPENAI_API_KEY"));

  const auto formats = row_of(named(kCall,
                                    "no OpenAI session, and none will be dialled: misconfigured "
                                    "reason=failed said=\"\"; check the network\n"));
  EXPECT_EQ(formats, Row::openai_misconfigured);

  const auto network = conclude(read(named(kCall,
                                           "no OpenAI session: reason=network said=\"Connection refused\"; "
                                           "dialled again in 0.150 s\n"))
                                    .calls()
                                    .at(kCall));
  EXPECT_THAT(network.next.front(), HasSubstr("openai.url"));
  EXPECT_THAT(network.next, Not(Contains(HasSubstr("session.update"))));
}

TEST(DiagnosisOfALog, TakesMarkersForTheLeastThatHappened) {
  EXPECT_THAT(conclude(read(delta()).nameless()).evidence,
              Contains(HasSubstr("at least 1 audio deltas, 2000 bytes")));
}

std::string utf16(std::u16string_view text, bool big_endian) {
  std::string bytes;
  for (const char16_t unit : text) {
    const auto high = static_cast<char>(unit >> 8U), low = static_cast<char>(unit & 0xFFU);
    bytes += big_endian ? high : low;
    bytes += big_endian ? low : high;
  }
  return bytes;
}

TEST(DiagnosisOfALog, DoesNotTakeHalfACharacterOfUtf16ForANewline) {
  constexpr std::u16string_view kLines =  // U+1F50A and U+270A hold the byte of a newline
      u"\U0001F50A [RX_AUDIO_DELTA] bytes=7, response_id=r...\n"
      u"2026 \u270A\U0001F50A call: [RX_AUDIO_DELTA] bytes=8, response_id=r...\n";
  for (const bool big_endian : {false, true}) {
    const auto log = read(utf16(kLines, big_endian) + delta());
    EXPECT_EQ(log.lines(), 3U) << big_endian;
    EXPECT_EQ(log.nameless().deltas, 3) << big_endian;
    EXPECT_EQ(log.nameless().delta_bytes, 2015) << big_endian;
  }
}

TEST(DiagnosisOfALog, ReadsAMessageThatJournaldWroteAsBytes) {
  std::string json = R"({"PRIORITY":"6","MESSAGE":[27)";
  for (const char c : "[0m" + delta()) json += "," + std::to_string(static_cast<unsigned char>(c));
  EXPECT_EQ(read(json + "]}\n").nameless().delta_bytes, 2000);
}

TEST(DiagnosisOfALog, KeepsNoMoreOfAnEndlessLogThanItCanShow) {
  std::string text;
  for (int i = 0; i < 1000; ++i) {
    text += "TWIML_TRACK=t" + std::to_string(i) + "\nAttributeError: 'X' object has no attribute '_a" +
            std::to_string(i) + "'\n";
  }
  const auto log = read(text);
  EXPECT_EQ(log.nameless().tracks.size(), Evidence::kNames);
  EXPECT_EQ(log.nameless().missing_state.size(), Evidence::kNames);
}

TEST(DiagnosisOfALog, ShowsOnlyWhatATerminalMayBeSent) {
  EXPECT_EQ(printable("a\x1b[31mb\x07\tc \xD7\xA9 \xE9", 80), "ab c \xD7\xA9 ?");
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
