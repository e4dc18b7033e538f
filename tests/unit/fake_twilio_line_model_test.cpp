#include "runtime/audio/g711.hpp"
#include "simulators/twilio/file_header.hpp"
#include "simulators/twilio/handset_path.hpp"
#include "simulators/twilio/line.hpp"
#include "simulators/twilio/line_presets.hpp"
#include "simulators/twilio/outbox.hpp"
#include "simulators/twilio/playback.hpp"
#include "simulators/twilio/stream_writer.hpp"
#include "tests/unit/fake_twilio_test.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <fstream>
#include <sstream>
#include <string>

// The line's machines, stepped by hand.
namespace simulators::twilio {
namespace {
using runtime::Samples8k;
using testing::ElementsAre;

LineTraits traits(Duration latency, Duration jitter = Duration(0)) {
  LineTraits made;
  made.latency = latency;
  made.jitter = jitter;
  return made;
}

TEST(Line, DelaysByItsLatencyExactly) {
  Line line(traits(75ms), 1);
  EXPECT_EQ(line.send(kStart), kStart + 75ms);
  EXPECT_EQ(line.send(kStart + 20ms), kStart + 95ms);
}

TEST(Line, JittersWithinItsBoundsAndKeepsTheOrder) {
  Line line(traits(60ms, 30ms), 1);
  TimePoint before{};
  Duration least = 1s, most{0};
  for (int i = 0; i < 500; ++i) {
    const TimePoint now = kStart + i * 5ms;
    const TimePoint arrival = line.send(now);
    EXPECT_GE(arrival, before);
    before = arrival;
    least = std::min(least, arrival - now);
    most = std::max(most, arrival - now);
  }
  EXPECT_GE(least, 60ms);
  EXPECT_LE(least, 65ms);
  EXPECT_GE(most, 85ms);
  EXPECT_LT(most, 90ms);
}

TEST(Line, IsAFunctionOfItsSeed) {
  Line one(traits(0ms, 30ms), 4), same(traits(0ms, 30ms), 4), other(traits(0ms, 30ms), 5);
  const TimePoint first = one.send(kStart);
  EXPECT_EQ(same.send(kStart), first);
  EXPECT_NE(other.send(kStart), first);
}

TEST(Line, LosesASegmentNowAndThenAndDeliversWhatWasBehindItInOneBurst) {
  LineTraits bursty = traits(10ms);
  bursty.stall_every = 4s;
  bursty.stall_shortest = 40ms;
  bursty.stall_longest = 500ms;
  Line line(bursty, 3);
  int bursts = 0, held = 0;
  TimePoint before{};
  for (int i = 0; i < 50 * 400; ++i) {  // 400 s of frames
    const TimePoint now = kStart + i * 20ms;
    const TimePoint arrival = line.send(now);
    EXPECT_LE(arrival - now, 510ms);
    if (arrival - now > 10ms) {
      ++held;
      if (arrival != before) ++bursts;
    }
    before = arrival;
  }
  EXPECT_NEAR(bursts, 95, 15);  // 400 s / (4 s and 0.27 s)
  EXPECT_GT(held, 8 * bursts);
}

TEST(Line, HoldsAllBackWhileItIsStalled) {
  Line line(traits(10ms), 1);
  const TimePoint arrival = line.send(kStart);
  line.stall(kStart + 2s);
  EXPECT_EQ(line.delivery(arrival), kStart + 2s);
  EXPECT_EQ(line.delivery(kStart + 3s), kStart + 3s);
  line.stall(std::nullopt);
  EXPECT_EQ(line.delivery(arrival), std::nullopt);
  line.resume();
  EXPECT_EQ(line.delivery(arrival), arrival);
}

TEST(LinePresets, AreThoseOfTheReference) {
  std::vector<std::string_view> names;
  for (const LinePreset& preset : line_presets()) names.push_back(preset.name);
  EXPECT_THAT(names, ElementsAre("lan", "us-east", "tunnel", "eu-to-us", "mobile", "bad"));
  const auto round_trip = [](std::string_view name) {
    const LineTraits& line = find_line_preset(name)->traits;
    return std::pair(2 * line.latency, 2 * (line.latency + line.jitter));
  };
  EXPECT_TRUE(find_line_preset("lan")->traits.instant());
  EXPECT_EQ(round_trip("us-east"), std::pair(Duration(20ms), Duration(40ms)));
  EXPECT_EQ(round_trip("tunnel"), std::pair(Duration(120ms), Duration(180ms)));  // 150 on average
  EXPECT_EQ(round_trip("eu-to-us").first, 110ms);
  EXPECT_EQ(find_line_preset("moon"), nullptr);
}

TEST(LinePresets, AreWhatThePageSays) {
  std::ifstream file(LINECHECK_SOURCE_DIR "/docs/line.md");
  std::ostringstream page;
  page << file.rdbuf();
  const auto ms = [](Duration length) { return std::to_string(length / 1ms); };
  for (const LinePreset& preset : line_presets()) {
    const LineTraits& line = preset.traits;
    const std::string path =
        line.instant() ? "nothing" : ms(line.latency) + " to " + ms(line.latency + line.jitter) + " ms";
    EXPECT_THAT(page.str(), testing::HasSubstr("| `" + std::string(preset.name) + "` | " + path + " |"));
  }
}

TEST(Outbox, KeepsBackWhatIsNotDue) {
  Outbox box;
  const auto put = [&box](std::string_view text, Duration due) {
    box.text().append(text);
    box.sealed(true, kStart + due);
  };
  put("one", 10ms);
  put("two", 20ms);
  put("three", 30ms);

  EXPECT_THAT(box.take(kStart + 20ms), ElementsAre("one", "two"));
  EXPECT_EQ(box.waiting_frames(), 3U);
  box.taken();
  EXPECT_EQ(box.first_due(), kStart + 30ms);
  EXPECT_EQ(box.last(), "three");
  put("four", 40ms);
  EXPECT_THAT(box.take(kStart + 1s), ElementsAre("three", "four"));
  box.taken();
  EXPECT_TRUE(box.empty());
  EXPECT_EQ(box.waiting_frames(), 0U);
}

TEST(HandsetPath, DelaysVoiceAndSoundAlike) {
  std::vector<std::pair<TimePoint, std::string>> heard;
  HandsetPath path(
      65ms, [&heard](TimePoint at, std::string_view bytes, TimePoint) { heard.emplace_back(at, bytes); });
  std::vector<std::string> sent;
  for (const std::string_view frame : {"a", "b", "c", "d", "e"}) {
    Caller::Slot slot;
    slot.mulaw = frame;
    sent.emplace_back(path.to_twilio(slot).mulaw);
  }
  EXPECT_THAT(sent, ElementsAre("", "", "", "a", "b"));  // 60 ms

  path.to_phone(kStart, "12345678", kStart);
  path.advance(kStart + 60ms);
  EXPECT_TRUE(heard.empty());
  path.advance(kStart + 61ms);
  EXPECT_THAT(heard, ElementsAre(std::pair(kStart + 60ms, std::string("12345678"))));
}

TEST(OutboundTrack, HoldsWhatWasPlayedToTheSampleAndLineNoiseElsewhere) {
  runtime::SeededRandom random(1);
  OutboundTrack track;
  track.played(kStart + 5ms, std::string(200, 'x'));

  const std::string first(track.slot(kStart, random));
  const std::string second(track.slot(kStart + 20ms, random));
  const std::string third(track.slot(kStart + 40ms, random));

  EXPECT_EQ(first.substr(40), std::string(120, 'x'));
  EXPECT_EQ(first.find('x'), 40U);
  EXPECT_EQ(second.substr(0, 80), std::string(80, 'x'));
  EXPECT_EQ(second.rfind('x'), 79U);
  EXPECT_EQ(third.find_first_not_of("\xFF\x7F"), std::string::npos);
}

TEST(HarshPlayback, FillsUpAFrameThatIsNotFullWhenItsTurnComes) {
  std::string heard;
  TimePoint last{};
  Playback playback(
      Samples8k(16000),
      [&](TimePoint at, std::string_view bytes, TimePoint) {
        heard += bytes;
        last = at;
      },
      Playback::Frames::whole);
  playback.push(kStart, std::string(240, 'a'));  // a frame and a half
  playback.advance(kStart + 10ms);
  playback.push(kStart + 10ms, std::string(80, 'b'));  // in time for the second
  playback.advance(kStart + 40ms);
  EXPECT_EQ(heard, std::string(240, 'a') + std::string(80, 'b'));

  playback.push(kStart + 40ms, std::string(80, 'c'));
  playback.advance(kStart + 45ms);
  playback.push(kStart + 45ms, std::string(160, 'd'));  // too late for that frame
  playback.advance(kStart + 1s);
  EXPECT_EQ(heard.substr(320), std::string(80, 'c') + std::string(80, '\xFF') + std::string(160, 'd'));
  EXPECT_GE(last, kStart + 60ms);
}

TEST(FileHeader, IsSeenForWhatItIs) {
  EXPECT_EQ(file_header("RIFF$\x08"), "wav");
  EXPECT_EQ(file_header(".snd"), "au");
  EXPECT_EQ(file_header("ID3\x03"), "mp3");
  EXPECT_EQ(file_header("\xFF\xFF\xFF"), "");
  EXPECT_EQ(file_header(""), "");
}

TEST(StreamWriter, LeavesNumbersOut) {
  StreamWriter writer({"AC1", "CA1", "MZ1", {"inbound"}, {}});
  std::string out;
  writer.start(out);
  writer.skip(StreamWriter::Track::inbound);
  out.clear();
  writer.media(out, StreamWriter::Track::inbound, 40, "a");
  EXPECT_THAT(out, testing::HasSubstr(R"("sequenceNumber":"3","media":{"track":"inbound","chunk":"2")"));
}

}  // namespace
}  // namespace simulators::twilio
