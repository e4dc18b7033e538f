// The line's mu-law to and from what a session speaks, with tones whose pitch and level are known.
#include "bridge/call/transcoder.hpp"
#include "runtime/audio/g711.hpp"
#include "runtime/audio/level.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <numbers>
#include <string>
#include <vector>

namespace bridge::call {
namespace {
using openai::AudioFormat;
constexpr double kAmplitude = 8000;

std::int16_t sine(double hertz, int rate, int sample) {
  return static_cast<std::int16_t>(
      std::lround(kAmplitude * std::sin(2 * std::numbers::pi * hertz * sample / rate)));
}
std::string mulaw_tone(double hertz, int samples) {
  std::vector<std::int16_t> pcm;
  for (int i = 0; i < samples; ++i) pcm.push_back(sine(hertz, 8'000, i));
  return runtime::audio::mulaw_encode(pcm);
}
std::string pcm_tone(double hertz, int samples) {
  std::string bytes;
  for (int i = 0; i < samples; ++i) {
    const auto level = static_cast<std::uint16_t>(sine(hertz, 24'000, i));
    bytes.push_back(static_cast<char>(level & 0xFFU));
    bytes.push_back(static_cast<char>(level >> 8U));
  }
  return bytes;
}
/// In pieces of `piece` bytes, as deltas come.
std::string to_line(Transcoder& transcoder, const std::string& audio, std::size_t piece) {
  std::string line;
  for (std::size_t at = 0; at < audio.size(); at += piece)
    line += transcoder.to_caller(std::string_view(audio).substr(at, piece));
  line += transcoder.finish_to_caller();
  return line;
}

TEST(CallTranscoder, PassesMuLawThroughUntouched) {
  Transcoder transcoder(AudioFormat::pcmu, AudioFormat::pcmu);
  const std::string tone = mulaw_tone(440, 800);
  EXPECT_EQ(transcoder.to_model(tone).data(), tone.data());
  EXPECT_EQ(transcoder.to_caller(tone).data(), tone.data());
  EXPECT_TRUE(transcoder.finish_to_caller().empty());
}

TEST(CallTranscoder, BringsWideSpeechToTheLineAtItsPitchLevelAndLength) {
  Transcoder transcoder(AudioFormat::pcm24k, AudioFormat::pcm24k);
  const std::string line = to_line(transcoder, pcm_tone(1000, 24'000), 9'600);

  EXPECT_NEAR(static_cast<double>(line.size()), 8000, 2);
  EXPECT_GT(runtime::audio::tone_share_mulaw(std::string_view(line).substr(800, 6400), 1000), 0.98);
  EXPECT_NEAR(runtime::audio::rms_dbfs_mulaw(std::string_view(line).substr(800, 6400)),
              runtime::audio::rms_dbfs_mulaw(mulaw_tone(1000, 6400)), 0.5);
}

TEST(CallTranscoder, DoesNotFoldTheTopOfWideSpeechIntoTheLine) {
  Transcoder transcoder(AudioFormat::pcm24k, AudioFormat::pcm24k);
  const std::string line = to_line(transcoder, pcm_tone(7000, 24'000), 9'600);

  EXPECT_LT(runtime::audio::rms_dbfs_mulaw(std::string_view(line).substr(800, 6400)), -45);
}

TEST(CallTranscoder, GivesTheSameWhereverTheDeltasAreCutAlsoInsideASample) {
  const std::string tone = pcm_tone(440, 12'000);
  Transcoder whole(AudioFormat::pcm24k, AudioFormat::pcm24k);
  Transcoder pieces(AudioFormat::pcm24k, AudioFormat::pcm24k);
  const std::string expected = to_line(whole, tone, tone.size());
  const std::string got = to_line(pieces, tone, 333);

  ASSERT_EQ(got.size(), expected.size());
  std::size_t differing = 0;
  for (std::size_t i = 0; i < got.size(); ++i) differing += got[i] == expected[i] ? 0 : 1;
  EXPECT_LT(differing, got.size() / 100);  // of the last bit, where two roundings differ
}

TEST(CallTranscoder, BeginsAnewAfterSpeechThatWasBrokenOff) {
  Transcoder transcoder(AudioFormat::pcm24k, AudioFormat::pcm24k);
  (void)transcoder.to_caller(pcm_tone(440, 1001).substr(1));
  transcoder.drop_to_caller();
  const std::string line = to_line(transcoder, pcm_tone(1000, 24'000), 9'600);

  EXPECT_GT(runtime::audio::tone_share_mulaw(std::string_view(line).substr(800, 6400), 1000), 0.98);
}

TEST(CallTranscoder, BringsTheCallersFramesToWideAndBack) {
  Transcoder transcoder(AudioFormat::pcm24k, AudioFormat::pcm24k);
  const std::string tone = mulaw_tone(600, 8000);
  std::string wide;
  for (std::size_t at = 0; at < tone.size(); at += 160)
    wide += transcoder.to_model(std::string_view(tone).substr(at, 160));
  EXPECT_NEAR(static_cast<double>(wide.size()), 48'000, 1'000);  // a few milliseconds are held back
  const std::string back = to_line(transcoder, wide, 4'800);

  EXPECT_GT(runtime::audio::tone_share_mulaw(std::string_view(back).substr(800, 6400), 600), 0.98);
}

TEST(CallTranscoder, TranslatesALawByteByByte) {
  Transcoder transcoder(AudioFormat::pcma, AudioFormat::pcma);
  const std::string tone = mulaw_tone(500, 800);
  const std::string alaw{transcoder.to_model(tone)};
  EXPECT_EQ(alaw, runtime::audio::alaw_encode(runtime::audio::mulaw_decode(tone)));
  EXPECT_EQ(transcoder.to_caller(alaw), runtime::audio::mulaw_encode(runtime::audio::alaw_decode(alaw)));
}

}  // namespace
}  // namespace bridge::call
