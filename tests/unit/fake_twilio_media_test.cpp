#include "runtime/audio/synth.hpp"
#include "simulators/twilio/bridge_message.hpp"
#include "simulators/twilio/ears.hpp"
#include "simulators/twilio/playback.hpp"
#include "simulators/twilio/stream_writer.hpp"
#include "tests/unit/fake_twilio_test.hpp"

#include <gmock/gmock.h>

namespace simulators::twilio {
namespace {
using namespace std::chrono_literals;
using runtime::Samples8k;
using runtime::TimePoint;
using testing::ElementsAre;
using testing::HasSubstr;

// ---- what Twilio writes ---------------------------------------------------------------------------------

TEST(StreamWriter, WritesTheMessagesOfTheReferenceKeyForKey) {
  StreamWriter writer({"AC1", "CA1", "MZ1", {"inbound"}, {{"FirstName", "J\"ane"}}});
  std::string out;
  StreamWriter::connected(out);
  EXPECT_EQ(out, R"({"event":"connected","protocol":"Call","version":"1.0.0"})");
  out.clear();
  writer.start(out);
  EXPECT_EQ(
      out,
      R"({"event":"start","sequenceNumber":"1","start":{"accountSid":"AC1","streamSid":"MZ1",)"
      R"("callSid":"CA1","tracks":["inbound"],"mediaFormat":{"encoding":"audio/x-mulaw",)"
      R"("sampleRate":8000,"channels":1},"customParameters":{"FirstName":"J\"ane"}},"streamSid":"MZ1"})");
  out.clear();
  writer.media(out, StreamWriter::Track::inbound, 155, "abc");
  EXPECT_EQ(out, R"({"event":"media","sequenceNumber":"2","media":{"track":"inbound","chunk":"1",)"
                 R"("timestamp":"155","payload":"YWJj"},"streamSid":"MZ1"})");
  out.clear();
  writer.dtmf(out, '#');
  EXPECT_EQ(out, R"({"event":"dtmf","streamSid":"MZ1","sequenceNumber":"3",)"
                 R"("dtmf":{"track":"inbound_track","digit":"#"}})");
  out.clear();
  writer.mark(out, "my label");
  EXPECT_EQ(out, R"({"event":"mark","sequenceNumber":"4","streamSid":"MZ1","mark":{"name":"my label"}})");
  out.clear();
  writer.stop(out);
  EXPECT_EQ(out, R"({"event":"stop","sequenceNumber":"5","streamSid":"MZ1",)"
                 R"("stop":{"accountSid":"AC1","callSid":"CA1"}})");
}

TEST(StreamWriter, CountsChunksPerTrackAndSequencesOverBoth) {
  StreamWriter writer({"AC1", "CA1", "MZ1", {"inbound", "outbound"}, {}});
  std::string out;
  writer.media(out, StreamWriter::Track::outbound, 20, "a");
  out.clear();
  writer.media(out, StreamWriter::Track::inbound, 20, "a");
  EXPECT_THAT(out, HasSubstr(R"("sequenceNumber":"2","media":{"track":"inbound","chunk":"1")"));
}

// ---- what it takes --------------------------------------------------------------------------------------

std::string complaint(std::string_view text, bool binary = false) {
  BridgeMessageReader reader("MZ1");
  const auto message = reader.read(text, binary);
  if (const auto* bad = std::get_if<BadMessage>(&message)) return std::to_string(bad->code) + " " + bad->text;
  return "fine";
}

TEST(BridgeMessageReader, TakesTheThreeMessages) {
  BridgeMessageReader reader("MZ1");
  const auto media = reader.read(R"({"event":"media","streamSid":"MZ1","media":{"payload":"YWJj"}})", false);
  EXPECT_EQ(std::get<BridgeMedia>(media).mulaw, "abc");
  const auto mark = reader.read(R"({"event":"mark","streamSid":"MZ1","mark":{"name":"a\"b"}})", false);
  EXPECT_EQ(std::get<BridgeMark>(mark).name, "a\"b");
  const auto clear = reader.read(R"({ "streamSid" : "MZ1", "event" : "clear" })", false);
  EXPECT_TRUE(std::holds_alternative<BridgeClear>(clear));
  const auto empty = reader.read(R"({"event":"media","streamSid":"MZ1","media":{"payload":""}})", false);
  EXPECT_EQ(std::get<BridgeMedia>(empty).mulaw, "");
}

TEST(BridgeMessageReader, NamesWhatIsWrongWithAnyOther) {
  EXPECT_THAT(complaint("x", true), HasSubstr("31950"));
  EXPECT_THAT(complaint(""), HasSubstr("31951 no valid JSON"));
  EXPECT_THAT(complaint("[]"), HasSubstr("31951 no valid JSON object"));
  EXPECT_THAT(complaint(R"({"event":"clear","streamSid":"MZ1"} x)"), HasSubstr("no valid JSON"));
  EXPECT_THAT(complaint(R"({"event":"clear","streamSid":"MZ1")"), HasSubstr("no valid JSON"));
  EXPECT_THAT(complaint(R"({"streamSid":"MZ1"})"), HasSubstr("\"event\" is missing"));
  EXPECT_THAT(complaint(R"({"event":"clear"})"), HasSubstr("\"streamSid\" is missing"));
  EXPECT_THAT(complaint(R"({"event":"stop","streamSid":"MZ1"})"), HasSubstr("unknown event \"stop\""));
  EXPECT_THAT(complaint(R"({"event":"clear","streamSid":"MZ2"})"), HasSubstr("not this stream's"));
  EXPECT_THAT(complaint(R"({"event":"clear","streamSid":1})"), HasSubstr("must be a string"));
  EXPECT_THAT(complaint(R"({"event":"clear","streamSid":"MZ1","x":1})"), HasSubstr("unexpected field \"x\""));
  EXPECT_THAT(complaint(R"({"event":"media","streamSid":"MZ1"})"), HasSubstr("media.payload\" is missing"));
  EXPECT_THAT(complaint(R"({"event":"media","streamSid":"MZ1","media":{"payload":7}})"),
              HasSubstr("must be a string"));
  EXPECT_THAT(complaint(R"({"event":"media","streamSid":"MZ1","media":"x"})"),
              HasSubstr("must be an object"));
  EXPECT_THAT(complaint(R"({"event":"media","streamSid":"MZ1","media":{"payload":"?"}})"),
              HasSubstr("no base64"));
  EXPECT_THAT(complaint(R"({"event":"media","streamSid":"MZ1","media":{"payload":"","track":"inbound"}})"),
              HasSubstr("unexpected field \"media.track\""));
  EXPECT_THAT(complaint(R"({"event":"mark","streamSid":"MZ1","mark":{}})"),
              HasSubstr("mark.name\" is missing"));
  EXPECT_THAT(complaint(R"({"event":"clear","streamSid":"MZ1","media":{"payload":""}})"),
              HasSubstr("does not belong"));
}

// ---- what is played -------------------------------------------------------------------------------------

struct Heard {
  TimePoint at;
  std::string bytes;
  bool operator==(const Heard&) const = default;
};

class PlaybackTest : public testing::Test {
 public:
  std::vector<Heard> heard;
  Playback playback{Samples8k(16000), [this](TimePoint at, std::string_view bytes, TimePoint) {
                      heard.push_back({at, std::string(bytes)});
                    }};
  std::string all() const {
    std::string joined;
    for (const auto& piece : heard) joined += piece.bytes;
    return joined;
  }
};

TEST_F(PlaybackTest, PlaysEightBytesAMillisecondFromTheMomentOfArrival) {
  EXPECT_TRUE(playback.push(kStart, std::string(80, 'a')));
  playback.advance(kStart + 3ms);
  playback.advance(kStart + 3ms + 124us);
  playback.advance(kStart + 20ms);

  EXPECT_THAT(heard,
              ElementsAre(Heard{kStart, std::string(24, 'a')}, Heard{kStart + 3ms, std::string(56, 'a')}));
  EXPECT_TRUE(playback.idle());
}

TEST_F(PlaybackTest, JoinsWhatArrivesInTimeAndBeginsAnewAfterAnUnderrun) {
  playback.push(kStart, "aaaaaaaa");
  playback.advance(kStart + 500us);
  playback.push(kStart + 500us, "bb");
  playback.advance(kStart + 10ms);
  playback.push(kStart + 10ms, "c");
  playback.advance(kStart + 11ms);

  EXPECT_EQ(all(), "aaaaaaaabbc");
  EXPECT_EQ(heard.at(1), (Heard{kStart + 500us, "aaaa"}));
  EXPECT_EQ(heard.at(2), (Heard{kStart + 1ms, "bb"}));
  EXPECT_EQ(heard.at(3), (Heard{kStart + 10ms, "c"}));
}

TEST_F(PlaybackTest, ReachesAMarkWhenTheAudioBeforeItIsOverAndNotTheAudioBehind) {
  playback.push(kStart, std::string(8, 'a'));
  const auto first = playback.mark();
  playback.push(kStart, std::string(8, 'b'));
  const auto second = playback.mark();

  EXPECT_THAT(playback.advance(kStart + 999us), testing::IsEmpty());
  const auto reached = playback.advance(kStart + 1500us);
  ASSERT_EQ(reached.size(), 1U);
  EXPECT_EQ(reached[0].mark, first);
  EXPECT_EQ(reached[0].at, kStart + 1ms);
  EXPECT_THAT(playback.pending_marks(), ElementsAre(second));
}

TEST_F(PlaybackTest, ClearDropsAllThatIsQueuedAndHandsBackTheMarksInOrder) {
  playback.push(kStart, std::string(80, 'a'));
  const auto first = playback.mark();
  const auto second = playback.mark();
  playback.advance(kStart + 1ms);

  const auto cleared = playback.clear();

  EXPECT_EQ(cleared.dropped_bytes, 72U);
  EXPECT_THAT(cleared.marks, ElementsAre(first, second));
  EXPECT_THAT(playback.advance(kStart + 1s), testing::IsEmpty());
  EXPECT_EQ(all(), std::string(8, 'a'));
}

TEST_F(PlaybackTest, MarksAfterAClearBelongToTheAudioAfterIt) {
  playback.push(kStart, std::string(80, 'a'));
  playback.mark();
  playback.advance(kStart + 1ms);
  playback.clear();
  playback.push(kStart + 2ms, std::string(8, 'b'));
  const auto mark = playback.mark();

  EXPECT_THAT(playback.advance(kStart + 2ms + 900us), testing::IsEmpty());
  const auto reached = playback.advance(kStart + 3ms);
  ASSERT_EQ(reached.size(), 1U);
  EXPECT_EQ(reached[0].mark, mark);
  EXPECT_EQ(reached[0].at, kStart + 3ms);
}

TEST_F(PlaybackTest, DiscardsWhatWouldExceedItsLimit) {
  EXPECT_TRUE(playback.push(kStart, std::string(16000, 'a')));
  EXPECT_FALSE(playback.push(kStart, "b"));
  playback.advance(kStart + 125us);
  EXPECT_TRUE(playback.push(kStart + 125us, "b"));
}

// ---- what is measured -----------------------------------------------------------------------------------

class EarsTest : public testing::Test {
 public:
  static std::string loud(std::chrono::milliseconds length) {
    return runtime::audio::tone(400, -10, Samples8k(length.count() * 8)).mulaw;
  }
  static std::string quiet(std::chrono::milliseconds length) {
    return std::string(static_cast<std::size_t>(length.count()) * 8, '\xFF');
  }
  const Measurement& at(std::chrono::milliseconds end) {
    ears.advance(kStart + end);
    return ears.measured();
  }
  Ears ears{kStart};
};

TEST_F(EarsTest, HearsNothingInSilence) {
  ears.bot(kStart, quiet(1s));
  const auto& measured = at(1s);
  EXPECT_EQ(measured.heard_speech, 0ms);
  EXPECT_FALSE(measured.first_audio);
  EXPECT_EQ(measured.longest_silence, 1s);
}

TEST_F(EarsTest, AddsUpSpeechAndTimesItsFirstWindow) {
  ears.bot(kStart + 300ms, quiet(100ms) + loud(500ms) + quiet(200ms) + loud(100ms));
  const auto& measured = at(2s);
  EXPECT_EQ(measured.heard_speech, 600ms);
  EXPECT_EQ(measured.first_audio, 400ms);
  EXPECT_EQ(measured.utterances.size(), 1U);
  EXPECT_EQ(measured.underruns, 0U);
  EXPECT_EQ(measured.longest_silence, 800ms);
}

TEST_F(EarsTest, CallsAHoleInAnUtteranceAGapAndAPauseBetweenTwoNot) {
  ears.bot(kStart, loud(200ms));
  ears.bot(kStart + 290ms, loud(200ms));
  ears.bot(kStart + 5s, loud(200ms));
  const auto& measured = at(6s);
  EXPECT_EQ(measured.longest_gap, 90ms);
  EXPECT_EQ(measured.underruns, 1U);
  EXPECT_EQ(measured.utterances.size(), 2U);
}

TEST_F(EarsTest, DoesNotCallTheCallersTurnAGap) {
  ears.bot(kStart, loud(200ms));
  ears.advance(kStart + 300ms);
  ears.caller(kStart + 300ms, kStart + 900ms);
  ears.bot(kStart + 1s, loud(200ms));
  EXPECT_EQ(at(2s).underruns, 0U);
}

TEST_F(EarsTest, MeasuresTalkOverAsTheTimeInWhichBothWereLoud) {
  for (int slot = 0; slot < 50; ++slot) {
    const auto begin = kStart + slot * 20ms;
    ears.advance(begin);
    if (slot >= 10) ears.caller(begin, begin + 20ms);
    if (slot < 15) ears.bot(begin, loud(20ms));
  }
  EXPECT_EQ(at(1s).talk_over, 100ms);
}

TEST_F(EarsTest, CountsSilenceOnlyWhileNeitherSpeaks) {
  ears.bot(kStart, loud(200ms));
  ears.advance(kStart + 700ms);
  ears.caller(kStart + 700ms, kStart + 1s);
  EXPECT_EQ(at(1s).longest_silence, 500ms);
  EXPECT_EQ(at(3s).longest_silence, 2s);
}

}  // namespace
}  // namespace simulators::twilio
