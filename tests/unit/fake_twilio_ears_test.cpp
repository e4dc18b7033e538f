#include "runtime/audio/clip.hpp"
#include "runtime/audio/g711.hpp"
#include "runtime/audio/level.hpp"
#include "runtime/audio/speech.hpp"
#include "runtime/audio/synth.hpp"
#include "runtime/core/random.hpp"
#include "runtime/core/units.hpp"
#include "simulators/twilio/ears.hpp"
#include "tests/unit/fake_twilio_test.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>

// What the handset measures besides times: barge-in, level, edges, and which sound it was. Synthetic audio,
// exact answers.
namespace simulators::twilio {
namespace {
using namespace std::chrono_literals;
using runtime::Samples8k;
using runtime::TimePoint;
using std::chrono::milliseconds;

std::string loud(milliseconds length, double hertz = 400) {
  return runtime::audio::tone(hertz, -10, Samples8k(length.count() * 8)).mulaw;
}
std::string quiet(milliseconds length) {
  return std::string(static_cast<std::size_t>(length.count()) * 8, '\xFF');
}
std::string voice(std::uint64_t seed, milliseconds length) {
  return runtime::audio::speech_like(seed, Samples8k(length.count() * 8)).mulaw;
}
/// Rises from silence and falls back to it, in 100 ms each.
std::string swelling(milliseconds length) {
  auto pcm = runtime::audio::mulaw_decode(loud(length));
  for (std::size_t i = 0; i < pcm.size(); ++i) {
    const double edge = static_cast<double>(std::min(i, pcm.size() - 1 - i)) / 800.0;
    pcm[i] = static_cast<std::int16_t>(std::lround(pcm[i] * std::min(1.0, edge)));
  }
  return runtime::audio::mulaw_encode(pcm);
}

class EarsOf : public testing::Test {
 public:
  explicit EarsOf(const std::vector<KnownSound>& sounds = {}) : ears(kStart, sounds) {}
  const Measurement& at(milliseconds end) {
    ears.advance(kStart + end);
    return ears.measured();
  }
  /// The caller speaks while the bot plays `bot` from the start on; both are reported slot by slot, as a call
  /// does it.
  void talk(std::string_view bot, milliseconds caller_from, milliseconds caller_to, milliseconds arrived) {
    for (milliseconds now{0}; !bot.empty() || now < caller_to; now += 20ms) {
      ears.advance(kStart + now);
      if (now >= caller_from && now < caller_to) ears.caller(kStart + now, kStart + now + 20ms);
      const auto part = bot.substr(0, 160);
      if (!part.empty()) ears.bot(kStart + now, part, std::min(kStart + now, kStart + arrived));
      bot.remove_prefix(part.size());
    }
  }
  Ears ears;
};

class Interrupted : public EarsOf {};

TEST_F(Interrupted, MeasuresHowLongTheBotKeptTalking) {
  talk(loud(2s), 500ms, 1500ms, 5s);
  EXPECT_EQ(at(3s).interruptions, 1U);
  EXPECT_EQ(at(3s).kept_talking, 1500ms);
  EXPECT_EQ(at(3s).stale, 0ms);
}

TEST_F(Interrupted, CallsStaleWhatWasInTheBufferBeforeTheCallerBegan) {
  talk(loud(2s), 500ms, 1500ms, 0ms);
  EXPECT_EQ(at(3s).stale, 1500ms);
}

TEST_F(Interrupted, NeitherByAnAnswerInTurnNorByATurnOfTheBot) {
  talk(loud(400ms) + quiet(1400ms) + loud(400ms), 600ms, 1000ms, 5s);
  EXPECT_EQ(at(4s).interruptions, 0U);
  EXPECT_EQ(at(4s).kept_talking, 0ms);
}

TEST_F(Interrupted, OnceByAVoiceThatPausesBriefly) {
  talk(loud(1s), 200ms, 400ms, 5s);
  ears.caller(kStart + 900ms, kStart + 1100ms);
  EXPECT_EQ(at(3s).interruptions, 1U);
  EXPECT_EQ(at(3s).kept_talking, 800ms);
}

TEST_F(Interrupted, TheSameWhenTheBeatThatReportsItWasLate) {
  ears.bot(kStart, loud(600ms));
  ears.caller(kStart + 500ms, kStart + 520ms);
  EXPECT_EQ(at(3s).kept_talking, 100ms);
}

class Level : public EarsOf {};

TEST_F(Level, IsTheRmsOfLoudWindowsAlone) {
  ears.bot(kStart, quiet(200ms) + loud(300ms) + quiet(500ms));
  ASSERT_TRUE(at(1s).speech_dbfs);
  EXPECT_DOUBLE_EQ(*at(1s).speech_dbfs, runtime::audio::rms_dbfs_mulaw(loud(300ms)));
  EXPECT_NEAR(*at(1s).speech_dbfs, -13.0, 0.1);
}

TEST_F(Level, IsAbsentInSilence) {
  ears.bot(kStart, quiet(1s));
  EXPECT_FALSE(at(1s).speech_dbfs);
}

TEST_F(Level, CountsSamplesAtBothEndsOfTheRange) {
  std::string audio = loud(100ms);
  audio[100] = '\0';
  audio[333] = '\x80';
  audio[334] = '\x80';
  ears.bot(kStart, audio);
  EXPECT_EQ(at(1s).clipped_samples, 3U);
}

/// How much of a sound is static.
double static_seconds(const std::string& mulaw) {
  Ears ears(kStart);
  ears.bot(kStart, mulaw);
  ears.advance(kStart + 20s);
  return runtime::seconds(ears.measured().static_sound);
}

/// The bytes of 16-bit PCM, little endian, taken for mu-law.
std::string pcm_for_mulaw(const std::string& mulaw) {
  std::string bytes;
  for (const std::int16_t sample : runtime::audio::mulaw_decode(mulaw)) {
    bytes += static_cast<char>(static_cast<std::uint16_t>(sample) & 0xFFU);
    bytes += static_cast<char>(static_cast<std::uint16_t>(sample) >> 8U);
  }
  return bytes;
}
std::string louder(const std::string& mulaw, int times) {
  auto pcm = runtime::audio::mulaw_decode(mulaw);
  for (auto& sample : pcm) sample = static_cast<std::int16_t>(std::clamp(sample * times, -32124, 32124));
  return runtime::audio::mulaw_encode(pcm);
}
std::string recorded(const char* name) {
  const auto file = std::string("/usr/share/asterisk/sounds/en_US_f_Allison/") + name;
  return std::get<runtime::audio::Clip>(runtime::audio::read_clip(file)).mulaw;
}

TEST(Static, IsNoiseNearFullScale) {
  runtime::SeededRandom random(1);
  EXPECT_NEAR(static_seconds(runtime::audio::noise(random, -6, Samples8k(8000)).mulaw), 1.0, 0.02);
}

TEST(Static, IsNoSoftNoise) {
  runtime::SeededRandom random(1);
  EXPECT_EQ(static_seconds(runtime::audio::noise(random, -20, Samples8k(8000)).mulaw), 0);
}

TEST(Static, IsPcmThatIsPlayedForMuLaw) {
  const std::string played = pcm_for_mulaw(recorded("demo-thanks.wav"));
  const double length = runtime::seconds(runtime::mulaw_length(played.size()));
  EXPECT_GT(static_seconds(played), 0.25 * length);
}

TEST(Static, IsNeitherAVoiceNorATone) {
  EXPECT_EQ(static_seconds(recorded("demo-abouttotry.wav")), 0);
  const std::string chord = runtime::audio::dtmf("159#", Samples8k(1600), Samples8k(80)).mulaw;
  for (const auto& sound : {voice(1, 3s), loud(2s, 3900), loud(2s, 300), chord, louder(loud(2s, 440), 6)})
    EXPECT_EQ(static_seconds(sound), 0);
}

TEST(Static, IsHardlyAnyOfAVoiceThatIsFarTooLoud) {
  const std::string shouted = louder(recorded("demo-abouttotry.wav"), 3);
  EXPECT_LT(static_seconds(shouted), 0.1 * runtime::seconds(runtime::mulaw_length(shouted.size())));
}

class Edges : public EarsOf {};

TEST_F(Edges, OfASoundThatSwellsAndFadesAreWhole) {
  ears.bot(kStart, swelling(1s));
  ears.bot(kStart + 2s, quiet(60ms) + swelling(1s) + quiet(1s));
  EXPECT_EQ(at(6s).cut_utterances, 0U);
}

TEST_F(Edges, InTheMiddleOfASoundAreCut) {
  const std::string whole = swelling(1s);
  ears.bot(kStart, whole.substr(0, 4000));          // its end is missing
  ears.bot(kStart + 2s, whole.substr(4000));        // its beginning
  ears.bot(kStart + 4s, whole.substr(1600, 1600));  // both: once
  EXPECT_EQ(at(4s).cut_utterances, 2U);
  EXPECT_EQ(at(6s).cut_utterances, 3U);
}

TEST_F(Edges, AreTheCallersWhereTheCallerInterruptsOrHangsUp) {
  talk(swelling(1s).substr(0, 4000), 300ms, 1s, 5s);
  EXPECT_EQ(at(3s).cut_utterances, 0U);
  ears.bot(kStart + 3s, swelling(1s).substr(0, 4000));
  at(3500ms);
  ears.finish(true);
  EXPECT_EQ(ears.measured().cut_utterances, 0U);
}

TEST_F(Edges, AreTheBotsWhenTheCallEndsInTheMiddle) {
  ears.bot(kStart, swelling(1s).substr(0, 4000));
  EXPECT_EQ(at(500ms).cut_utterances, 0U);
  ears.finish(false);
  EXPECT_EQ(ears.measured().cut_utterances, 1U);
}

TEST_F(Edges, OfSpeechAreNotTakenForCuts) {
  auto spoken = runtime::audio::speak("Good morning. How can I help you today?");
  ASSERT_TRUE(std::holds_alternative<runtime::audio::Clip>(spoken));
  ears.bot(kStart, std::get<runtime::audio::Clip>(spoken).mulaw);
  for (std::uint64_t seed = 1; seed <= 20; ++seed) ears.bot(kStart + seed * 10s, voice(seed, 1s));
  EXPECT_EQ(at(300s).cut_utterances, 0U);
}

class Recognised : public EarsOf {
 public:
  Recognised()
      : EarsOf({{"hello", {quiet(100ms) + voice(1, 1s) + quiet(40ms)}, 0},
                {"bye", {voice(2, 500ms)}, 0},
                {"beep", {}, 1000}}) {}
  const HeardSound& sound(std::string_view name) const { return *ears.sound(name); }
};

TEST_F(Recognised, WholeWhereverItStands) {
  ears.bot(kStart + 333ms, std::string(77, '\xFE') + voice(1, 1s) + quiet(20ms));
  at(3s);
  EXPECT_EQ(sound("hello").share, 1.0);
  EXPECT_EQ(sound("hello").offset, 0ms);
  EXPECT_EQ(sound("hello").first_heard, 353ms);  // the first whole window of it
  EXPECT_EQ(sound("bye").heard, 0ms);
  EXPECT_FALSE(sound("bye").first_heard);
}

TEST_F(Recognised, InPartsEachCountedOnce) {
  const std::string all = voice(1, 1s);
  ears.bot(kStart, all.substr(1600, 1600));
  ears.bot(kStart + 1s, all.substr(1600, 2400));
  ears.bot(kStart + 2s, all.substr(4800, 1600));
  at(4s);
  EXPECT_EQ(sound("hello").heard, 500ms);
  EXPECT_GT(sound("hello").offset, 198ms);  // its first samples are below -60 dBFS
  EXPECT_LE(sound("hello").offset, 200ms);
  EXPECT_NEAR(sound("hello").share, 0.5, 0.001);
}

TEST_F(Recognised, ToTheSampleWhereItBreaksOff) {
  ears.bot(kStart, voice(2, 500ms).substr(0, 2001) + loud(200ms, 300));
  at(4s);
  EXPECT_NEAR(static_cast<double>(sound("bye").heard / 1us), 2001.0 * 125, 250);
}

TEST_F(Recognised, ThroughADecoderThatKnowsOneZero) {
  std::string sent = voice(2, 500ms);
  std::replace(sent.begin(), sent.end(), '\xFF', '\x7F');
  ears.bot(kStart, sent);
  at(4s);
  EXPECT_EQ(sound("bye").share, 1.0);
}

TEST_F(Recognised, NotWhenASampleInEveryWindowIsWrong) {
  std::string sent = voice(2, 500ms);
  for (std::size_t i = 80; i < sent.size(); i += 160) sent[i] = sent[i] == '\x10' ? '\x11' : '\x10';
  ears.bot(kStart, sent);
  at(4s);
  EXPECT_EQ(sound("bye").heard, 0ms);
}

TEST_F(Recognised, AToneByItsFrequencyAndNotByAnother) {
  ears.bot(kStart, loud(300ms, 1000) + loud(200ms, 1200) + quiet(100ms));
  at(4s);
  EXPECT_EQ(sound("beep").heard, 300ms);
  ears.bot(kStart + 4s, voice(3, 2s));
  at(9s);
  EXPECT_EQ(sound("beep").heard, 300ms);
}

}  // namespace
}  // namespace simulators::twilio
