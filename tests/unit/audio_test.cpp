#include "runtime/audio/g711.hpp"
#include "runtime/audio/level.hpp"
#include "runtime/audio/synth.hpp"
#include "runtime/core/assert.hpp"
#include "runtime/core/encoding.hpp"

#include <spandsp/telephony.h>

#include <spandsp/async.h>
#include <spandsp/complex.h>
#include <spandsp/dds.h>
#include <spandsp/logging.h>
#include <spandsp/queue.h>
#include <spandsp/tone_detect.h>
#include <spandsp/tone_generate.h>

#include <spandsp/super_tone_rx.h>

#include <spandsp/dtmf.h>

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <limits>

namespace runtime::audio {
namespace {

using namespace std::chrono_literals;

std::string every_byte() {
  std::string bytes;
  for (int byte = 0; byte < 256; ++byte) bytes.push_back(static_cast<char>(byte));
  return bytes;
}

TEST(G711, MulawDecodedAndEncodedIsTheSameButForTheSecondZero) {
  std::string expected = every_byte();
  expected[0x7F] = kMulawSilence;

  EXPECT_EQ(mulaw_encode(mulaw_decode(every_byte())), expected);
}

TEST(G711, AlawDecodedAndEncodedIsTheSame) {
  EXPECT_EQ(alaw_encode(alaw_decode(every_byte())), every_byte());
}

TEST(G711, DecodesTheStandardsValues) {
  EXPECT_EQ(mulaw_decode(std::string("\x00\x80\xFF\x7F\xEF\x6F", 6)), (Pcm{-32124, 32124, 0, 0, 132, -132}));
  EXPECT_EQ(alaw_decode(std::string("\xD5\x55\xAA\x2A", 4)), (Pcm{8, -8, 32256, -32256}));
}

TEST(G711, EncodesTheExtremesWithoutOverflow) {
  EXPECT_EQ(mulaw_encode(Pcm{-32768, 32767, 0}), std::string("\x00\x80\xFF", 3));
}

TEST(Level, OfATone) {
  // A sine's RMS is 3.01 dB below its peak.
  EXPECT_NEAR(rms_dbfs_mulaw(tone(1000, -10, 1s).mulaw), -13.01, 0.1);
  EXPECT_NEAR(rms_dbfs(mulaw_decode(tone(440, -30, 1s).mulaw)), -33.01, 0.2);
}

TEST(Level, OfNothingIsMinusInfinity) {
  EXPECT_EQ(rms_dbfs({}), -std::numeric_limits<double>::infinity());
  EXPECT_EQ(rms_dbfs_mulaw(silence(20ms).mulaw), -std::numeric_limits<double>::infinity());
}

TEST(Level, OfFullScaleIsZero) {
  EXPECT_DOUBLE_EQ(rms_dbfs(Pcm(160, -32768)), 0.0);
}

TEST(Level, PeakIsThatOfTheDecodedAudio) {
  const std::string bytes = every_byte();
  for (const char byte : bytes) {
    const std::string one(1, byte);
    EXPECT_EQ(peak_mulaw(one), std::abs(mulaw_decode(one).front()));
  }
  EXPECT_EQ(peak_mulaw(""), 0);
}

TEST(Level, AudibleBeginsAboveMinus60Dbfs) {
  EXPECT_FALSE(audible_mulaw(mulaw_encode(Pcm{0, 32, -32})));
  EXPECT_TRUE(audible_mulaw(mulaw_encode(Pcm{0, 40})));
  EXPECT_TRUE(audible_mulaw(mulaw_encode(Pcm{0, -40})));
  EXPECT_FALSE(audible_mulaw(""));
}

TEST(Tone, HasItsFrequency) {
  for (const int hertz : {50, 440, 1004, 3000}) {
    const Pcm pcm = mulaw_decode(tone(hertz, -6, 1s).mulaw);
    int rises = 0;
    for (std::size_t i = 1; i < pcm.size(); ++i) rises += pcm[i - 1] < 0 && pcm[i] >= 0 ? 1 : 0;
    EXPECT_NEAR(rises, hertz, 1) << hertz;
  }
}

TEST(HoldTones, AreSoftAndShortAndBeginAndEndGently) {
  const auto clip = hold_tones();
  EXPECT_EQ(clip.length(), Samples8k(24'000));
  const auto sound = audible_part_mulaw(clip.mulaw);
  EXPECT_LT(sound.size(), 4'200U);
  EXPECT_LT(20 * std::log10(peak_mulaw(clip.mulaw) / 32768.0), -25);
  EXPECT_GT(rms_dbfs_mulaw(sound), -33);
  EXPECT_LT(rms_dbfs_mulaw(sound.substr(0, 40)), -40) << "no click";
  EXPECT_LT(rms_dbfs_mulaw(sound.substr(sound.size() - 40)), -40);
}

TEST(Noise, HasItsLevelAndComesFromTheSeed) {
  SeededRandom first(1), same(1), other(2);
  const Clip clip = noise(first, -20, 1s);

  EXPECT_NEAR(rms_dbfs_mulaw(clip.mulaw), -20.0, 0.2);
  EXPECT_EQ(clip.mulaw, noise(same, -20, 1s).mulaw);
  EXPECT_NE(clip.mulaw, noise(other, -20, 1s).mulaw);
}

std::string keys_heard(const Pcm& pcm) {
  dtmf_rx_state_t* receiver = dtmf_rx_init(nullptr, nullptr, nullptr);
  dtmf_rx(receiver, pcm.data(), static_cast<int>(pcm.size()));
  std::array<char, 129> keys{};
  dtmf_rx_get(receiver, keys.data(), 128);
  dtmf_rx_free(receiver);
  return keys.data();
}

TEST(Dtmf, IsUnderstoodByAReceiver) {
  EXPECT_EQ(keys_heard(mulaw_decode(dtmf("0123456789*#ABCD", 100ms, 100ms).mulaw)), "0123456789*#ABCD");
  EXPECT_EQ(keys_heard(mulaw_decode(dtmf("5555", 60ms, 60ms).mulaw)), "5555");
}

TEST(Dtmf, LastsAsLongAsItSaysToTheSample) {
  EXPECT_EQ(dtmf("12", Samples8k(801), Samples8k(403)).length(), Samples8k(2 * (801 + 403)));
  EXPECT_EQ(dtmf("", 100ms, 100ms).length(), 0ms);
}

TEST(Dtmf, SoundsMoreKeysThanSpandspQueues) {
  EXPECT_EQ(dtmf(std::string(200, '7'), 80ms, 80ms).length(), 200 * 160ms);
}

TEST(Dtmf, RefusesWhatIsNoKey) {
  EXPECT_THROW(dtmf("1x", 100ms, 100ms), InvariantBroken);
}

TEST(SpeechLike, IsLoudAndNeverPausesFromStartToEnd) {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    const Pcm pcm = mulaw_decode(speech_like(seed, 2s).mulaw);
    ASSERT_EQ(pcm.size(), 16000U);
    EXPECT_NEAR(rms_dbfs(pcm), -20.0, 0.5);
    for (std::size_t at = 0; at < pcm.size(); at += 160) {
      const std::span<const std::int16_t> frame(&pcm[at], 160);
      EXPECT_GT(rms_dbfs(frame), -35.0) << "seed " << seed << ", frame " << at / 160;
    }
  }
}

TEST(SpeechLike, SwellsLikeSyllables) {
  const Pcm pcm = mulaw_decode(speech_like(3, 3s).mulaw);
  double loudest = -100, quietest = 0;
  for (std::size_t at = 0; at < pcm.size(); at += 160) {
    const double level = rms_dbfs({&pcm[at], 160});
    loudest = std::max(loudest, level);
    quietest = std::min(quietest, level);
  }
  EXPECT_GT(loudest - quietest, 6.0);
}

TEST(SpeechLike, DiffersByItsSeed) {
  EXPECT_EQ(speech_like(1, 1s).mulaw, speech_like(1, 1s).mulaw);
  EXPECT_NE(speech_like(1, 1s).mulaw, speech_like(2, 1s).mulaw);
}

TEST(SpeechLike, IsTheSameOnEveryBuild) {
  // Journals and recordings of one seed are compared across build types and machines, byte for byte.
  EXPECT_EQ(hex_encode(sha256(speech_like(1, 10s).mulaw)),
            "2efcf634878b2090ba8759dc120485e856ba864b9cad71377cc3494ff418c1e2");
  EXPECT_EQ(hex_encode(sha256(tone(440, -20, 10s).mulaw)),
            "2835f125505a4c9155615ee51934f6b9b1f46675e1b900f54dd931be8f83b830");
}

TEST(SpeechLike, OfAnyLengthHasThatLength) {
  EXPECT_EQ(speech_like(1, 0ms).length(), 0ms);
  EXPECT_EQ(speech_like(1, Samples8k(1)).length(), Samples8k(1));
  EXPECT_EQ(speech_like(1, Samples8k(79)).length(), Samples8k(79));
}

}  // namespace
}  // namespace runtime::audio
