#include "bridge/call/recording.hpp"

#include <gmock/gmock.h>

namespace bridge::call {
namespace {
using namespace std::chrono_literals;

constexpr runtime::TimePoint kBegun{100s};
const std::string kCaller(160, 'c');
const std::string kBot(160, 'b');

struct Sides {
  std::string caller, bot;
};

Sides sides_of(const RecordedPiece& piece) {
  Sides sides;
  for (std::size_t i = 0; i < piece.interleaved.size(); i += 2) {
    sides.caller.push_back(piece.interleaved[i]);
    sides.bot.push_back(piece.interleaved[i + 1]);
  }
  return sides;
}

std::string silence(std::size_t samples) {
  return std::string(samples, '\xff');
}

TEST(CallRecording, HasTheCallerWhereItCameAndTheBotWhereItIsPlayed) {
  Recording recording(kBegun);
  recording.caller(kCaller, 155, kBegun + 20ms);  // timestamps do not begin with the stream
  recording.bot(kBot, kBegun + 40ms);
  recording.bot(kBot, kBegun + 41ms);  // ahead of time: played behind the first

  const auto sides = sides_of(recording.rest(kBegun + 100ms));

  EXPECT_EQ(sides.caller, silence(160) + kCaller + silence(480));
  EXPECT_EQ(sides.bot, silence(320) + kBot + kBot + silence(160));
}

TEST(CallRecording, HasTheCallerWithoutAHoleWhereTimestampsAreUnsteadyAndWithOneWhereAFrameIsMissing) {
  Recording recording(kBegun);
  recording.caller(kCaller, 155, kBegun);
  recording.caller(kCaller, 176, kBegun + 20ms);
  recording.caller(kCaller, 194, kBegun + 40ms);
  recording.caller(kCaller, 235, kBegun + 80ms);  // the one before it was lost

  EXPECT_EQ(sides_of(recording.rest(kBegun + 120ms)).caller,
            kCaller + kCaller + kCaller + silence(160) + kCaller + silence(160));
}

TEST(CallRecording, TheCallersTimestampsAreFollowedWhateverTheFramesTookToCome) {
  Recording recording(kBegun);
  recording.caller(kCaller, 155, kBegun);
  recording.caller(kCaller, 355, kBegun + 2s);  // held up on its way

  EXPECT_EQ(sides_of(recording.rest(kBegun + 240ms)).caller,
            kCaller + silence(1440) + kCaller + silence(160));
}

TEST(CallRecording, FramesThatWereHeldUpAtTheBeginningLieWhereTheyWouldHaveCome) {
  Recording recording(kBegun);
  const std::string second(160, 'd'), third(160, 'e');
  recording.caller(kCaller, 155, kBegun + 60ms);
  recording.caller(second, 175, kBegun + 60ms);
  recording.caller(third, 195, kBegun + 60ms);

  EXPECT_EQ(sides_of(recording.rest(kBegun + 100ms)).caller,
            silence(160) + kCaller + second + third + silence(160));
}

TEST(CallRecording, FramesThatComeAtOnceWithTheStreamAreAllInIt) {
  Recording recording(kBegun);
  const std::string second(160, 'd'), third(160, 'e');
  recording.caller(kCaller, 155, kBegun);
  recording.caller(second, 175, kBegun);
  recording.caller(third, 195, kBegun);

  EXPECT_EQ(sides_of(recording.rest(kBegun + 80ms)).caller, kCaller + second + third + silence(160));
}

TEST(CallRecording, AFirstTimestampOfAnotherAxisMovesNothingButItsFrame) {
  for (const std::uint64_t first : {std::uint64_t{290'000}, std::uint64_t{0}}) {
    const std::uint64_t then = first == 0 ? 60'000 : 155;
    Recording recording(kBegun);
    recording.caller(std::string(160, 'x'), first, kBegun);
    recording.caller(kCaller, then, kBegun + 20ms);
    recording.caller(kCaller, then + 20, kBegun + 40ms);

    EXPECT_EQ(sides_of(recording.rest(kBegun + 80ms)).caller.substr(160, 320), kCaller + kCaller) << first;
  }
}

TEST(CallRecording, WhatTwilioWasToldToForgetIsNotInIt) {
  Recording recording(kBegun);
  for (int i = 0; i < 5; ++i) recording.bot(kBot, kBegun);
  recording.cleared(kBegun + 30ms);
  recording.bot(kBot, kBegun + 50ms);

  EXPECT_EQ(sides_of(recording.rest(kBegun + 80ms)).bot,
            kBot + std::string(80, 'b') + silence(160) + kBot + silence(80));
}

TEST(CallRecording, IsHandedOverInPiecesThatFollowOnEachOther) {
  Recording recording(kBegun);
  for (std::uint64_t ms = 0; ms < 5000; ms += 20)
    recording.caller(kCaller, ms, kBegun + std::chrono::milliseconds(ms));

  EXPECT_EQ(recording.take(kBegun + 2900ms).interleaved, "");
  const auto first = recording.take(kBegun + 3100ms);
  recording.caller(std::string(160, 'l'), 1080, kBegun + 5s);  // too late for the first
  recording.caller(std::string(160, 'l'), 1100, kBegun + 5s);
  const auto rest = recording.rest(kBegun + 5s);

  EXPECT_EQ(first.at, 0);
  EXPECT_EQ(sides_of(first).caller, std::string(8800, 'c'));
  EXPECT_EQ(rest.at, 8800);
  EXPECT_EQ(sides_of(rest).caller, std::string(160, 'l') + std::string(31'040, 'c'));
}

TEST(CallRecording, ATimestampOutOfThisWorldIsDropped) {
  Recording recording(kBegun);
  recording.caller(kCaller, UINT64_MAX, kBegun);
  recording.caller(kCaller, 0, kBegun);

  EXPECT_EQ(sides_of(recording.rest(kBegun + 40ms)).caller, kCaller + silence(160));
}

}  // namespace
}  // namespace bridge::call
