#include "scenarios/report/course.hpp"
#include "scenarios/report/sound.hpp"
#include "scenarios/report/wires.hpp"

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include <chrono>
#include <string>

namespace scenarios::report {
namespace {

using namespace std::chrono_literals;
using Direction = runtime::WireLog::Direction;
using nlohmann::json;
using runtime::TimePoint;
using testing::HasSubstr;
using testing::Not;

const TimePoint kStart{100s};

class Wires : public testing::Test {
 protected:
  Wires() {
    bounds_.events = 10;
    bounds_.text_bytes = 200;
    bounds_.all_text_bytes = 10'000;
  }
  void on(runtime::Duration at, std::string_view lane, Direction direction, std::string_view text) {
    journal_.record({kStart + at, lane, "CA1", direction, text});
  }
  json digest() const { return wires_json(journal_, kStart, bounds_); }

  engine::Journal journal_;
  Bounds bounds_;
};

TEST(MessageName, IsTheTypeTheEventTheMethodOrTheStatus) {
  EXPECT_EQ(message_name(R"({"type":"session.update","session":{"type":"realtime"}})"), "session.update");
  EXPECT_EQ(message_name(R"({"event": "clear","streamSid":"MZ1"})"), "clear");
  EXPECT_EQ(message_name(R"({"request":"POST","url":"https://x"})"), "POST");
  EXPECT_EQ(message_name(R"({"url":"https://x","status":403})"), "403");
  EXPECT_EQ(
      message_name(R"({"audio":")" + std::string(5000, 'A') + R"(","type":"input_audio_buffer.append"})"),
      "input_audio_buffer.append");
  EXPECT_EQ(message_name("no JSON"), "");
}

TEST_F(Wires, ShowsMessagesInOrderAndSoundAsStretches) {
  on(0ms, "twilio.media", Direction::to_bridge, R"({"event":"start"})");
  for (int i = 0; i < 50; ++i) on(i * 20ms, "twilio.media", Direction::to_bridge, R"({"event":"media"})");
  for (int i = 0; i < 10; ++i)
    on(2s + i * 20ms, "twilio.media", Direction::to_bridge, R"({"event":"media"})");

  const json wires = digest();

  EXPECT_EQ(wires["events"], json::parse(R"([[0,0,1,0,0,"{\"event\":\"start\"}"]])"));
  EXPECT_EQ(wires["sound"], json::parse("[[0,980,0,1,0,50],[2000,2180,0,1,0,10]]"));
  EXPECT_EQ(wires["lanes"], json({"twilio.media"}));
}

TEST_F(Wires, KeepsNoSoundNoSecretAndNoMoreThanItsBound) {
  on(0ms, "openai", Direction::from_bridge,
     R"({"type":"a","key":"sk-0123456789abc","x":")" + std::string(900, 'A') + "\"}");
  on(1ms, "openai", Direction::from_bridge, R"({"type":"b","text":")" + std::string(900, ' ') + "\"}");
  for (int i = 0; i < 20; ++i) on(2ms, "openai", Direction::note, R"({"type":"c"})");

  const json wires = digest();

  EXPECT_EQ(wires["events"].size(), 10U);
  EXPECT_EQ(wires["left_out"], 12);
  EXPECT_EQ(wires["events"][0][5],
            R"_({"type":"a","key":"sk-[redacted]","x":"(900 characters of base64)"})_");
  EXPECT_THAT(wires["events"][1][5].get<std::string>(), HasSubstr("bytes more)"));
}

TEST(SoundTrack, LiesOnTheClockWithSilenceBetween) {
  simulators::twilio::TimedAudio audio;
  audio.append(kStart + 1s, std::string(160, '\x10'));
  audio.append(kStart + 1040ms, std::string(160, '\x20'));

  const auto track = track_of({&audio}, 600);
  const json shown = track_json(track, kStart, 100, true);

  EXPECT_EQ(track.mulaw, std::string(160, '\x10') + std::string(160, '\xFF') + std::string(160, '\x20'));
  EXPECT_EQ(shown["at"], 1.0);
  EXPECT_EQ(shown["step"], 0.02);
  const auto peaks = shown["peaks"].get<std::string>();
  ASSERT_EQ(peaks.size(), 3U);
  EXPECT_EQ(peaks[1], 'A');
  EXPECT_NE(peaks[0], 'A');
}

TEST(SoundTrack, IsBoundedInLengthAndInPeaks) {
  simulators::twilio::TimedAudio audio;
  audio.append(kStart, std::string(80'000, '\x10'));

  const auto track = track_of({&audio}, 2);
  const json shown = track_json(track, kStart, 10, false);

  EXPECT_EQ(track.mulaw.size(), 16'000U);
  EXPECT_EQ(shown["peaks"].get<std::string>().size(), 10U);
  EXPECT_FALSE(shown.contains("mulaw"));
}

TEST(Course, ShowsWhatChangesAndKeepsItsEnds) {
  std::vector<engine::Timeline::Point> points;
  for (int i = 0; i < 100; ++i)
    points.push_back({kStart + i * 20ms,
                      {{"up", {}, static_cast<double>(i)}, {"still", {}, 1}, {"h_bucket", {}, i * 1.0}}});
  Bounds bounds;
  bounds.series = 5;
  bounds.points = 10;

  const json course = course_json(points, kStart, bounds);

  ASSERT_EQ(course.size(), 1U);
  EXPECT_EQ(course[0]["series"], "up");
  EXPECT_LE(course[0]["points"].size(), 11U);
  EXPECT_EQ(course[0]["points"].front(), json({0, 0.0}));
  EXPECT_EQ(course[0]["points"].back(), json({1980, 99.0}));
}

TEST(Changes, NamesWhatDiffersBetweenTwoScrapes) {
  const json changes = changes_json("a_total 1\nb 2\n", "a_total 4\nb 2\nc{x=\"1\"} 5\n", 10);

  EXPECT_EQ(changes, json::parse(R"([["a_total",1.0,4.0],["c{x=\"1\"}",0.0,5.0]])"));
}

}  // namespace
}  // namespace scenarios::report
