#include "runtime/audio/clip.hpp"
#include "runtime/audio/g711.hpp"
#include "runtime/audio/synth.hpp"
#include "simulators/openai/vad.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace simulators::openai {
namespace {

using namespace std::chrono_literals;
using Kind = Vad::Event::Kind;

runtime::Samples8k samples(std::chrono::milliseconds length) {
  return std::chrono::duration_cast<runtime::Samples8k>(length);
}
std::string speech(std::chrono::milliseconds length) {
  return runtime::audio::speech_like(3, samples(length)).mulaw;
}
std::string silence(std::chrono::milliseconds length) {
  return runtime::audio::silence(samples(length)).mulaw;
}

Vad phone_vad(Vad::Options options = {}) {
  Vad vad;
  vad.set_format(AudioFormat::pcmu);
  vad.configure(options);
  return vad;
}

std::vector<Vad::Event> hear(Vad& vad, const std::string& audio) {
  std::vector<Vad::Event> events;
  vad.feed(audio, events);
  return events;
}

TEST(FakeOpenAiVad, HearsSpeechBeginAndEndWithinOneWindow) {
  Vad vad = phone_vad({0.5, 300, 200});

  const auto events = hear(vad, silence(1000ms) + speech(1000ms) + silence(1000ms));

  ASSERT_EQ(events.size(), 2U);
  EXPECT_EQ(events[0].kind, Kind::started);
  EXPECT_NEAR(static_cast<double>(events[0].audio_ms + 300), 1000, 32);
  EXPECT_EQ((events[0].audio_ms + 300) % 32, 0) << "a whole number of windows, before the padding";
  EXPECT_EQ(events[1].kind, Kind::stopped);
  EXPECT_NEAR(static_cast<double>(events[1].audio_ms), 2000 + 224, 32) << "200 ms take seven windows";
  EXPECT_EQ(events[1].audio_ms % 32, 0);
}

TEST(FakeOpenAiVad, KeepsItsPlaceInTheAudioOverChangesOfTheFormat) {
  Vad vad = phone_vad();
  for (int change = 0; change < 10; ++change) {
    const bool wide = change % 2 == 0;
    vad.set_format(wide ? AudioFormat::pcm : AudioFormat::pcmu);
    EXPECT_TRUE(hear(vad, wide ? std::string(31 * 48, '\0') : silence(31ms)).empty());
  }
  EXPECT_EQ(vad.position_ms(), 310);

  const auto events = hear(vad, silence(650ms) + speech(600ms));

  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(events[0].audio_ms + 300, 960) << "the first window after all that was appended";
}

TEST(FakeOpenAiVad, HearsNothingOfWhatCameBeforeItsFormatWasSaid) {
  Vad vad;
  EXPECT_TRUE(hear(vad, speech(80ms)).empty()) << "mu-law taken for PCM is static, and the window is open";

  vad.set_format(AudioFormat::pcmu);

  EXPECT_TRUE(hear(vad, silence(1000ms)).empty());
  EXPECT_EQ(vad.position_ms(), 1013) << "640 bytes of PCM are 13 ms";
}

TEST(FakeOpenAiVad, ForgetsTheBeginningOfAWindowThatIsCleared) {
  Vad vad = phone_vad();
  EXPECT_TRUE(hear(vad, speech(31ms)).empty()) << "the window is open";

  vad.clear();

  EXPECT_TRUE(hear(vad, silence(1000ms)).empty());
  EXPECT_EQ(vad.position_ms(), 1031);
}

TEST(FakeOpenAiVad, TakesTheLinesIdleNoiseForSilence) {
  Vad vad = phone_vad();
  std::string idle;
  for (int i = 0; i < 16'000; ++i) idle.push_back(static_cast<char>(i % 3 == 0 ? 0x7F : 0xFF));

  EXPECT_TRUE(hear(vad, idle).empty());
}

TEST(FakeOpenAiVad, TakesNoiseBelowItsLevelForSilenceAndAboveForSpeech) {
  runtime::SeededRandom random(5);
  Vad vad = phone_vad();

  EXPECT_TRUE(hear(vad, runtime::audio::noise(random, -52, samples(1000ms)).mulaw).empty());
  EXPECT_EQ(hear(vad, runtime::audio::noise(random, -30, samples(1000ms)).mulaw).size(), 1U);
}

TEST(FakeOpenAiVad, AHigherThresholdWantsLouderSpeech) {
  const std::string tone = runtime::audio::tone(400, -32, samples(500ms)).mulaw;
  Vad ready = phone_vad({0.5, 300, 200});
  Vad hard_of_hearing = phone_vad({0.9, 300, 200});

  EXPECT_EQ(hear(ready, tone).size(), 1U);
  EXPECT_TRUE(hear(hard_of_hearing, tone).empty());
}

TEST(FakeOpenAiVad, CountsAudioAndNotTimeSoThatATurnNeverEndsWithoutFurtherAudio) {
  Vad vad = phone_vad({0.5, 300, 500});
  hear(vad, speech(1000ms));

  EXPECT_TRUE(hear(vad, silence(400ms)).empty());
  EXPECT_TRUE(vad.speaking());
  EXPECT_EQ(hear(vad, silence(200ms)).size(), 1U);
}

TEST(FakeOpenAiVad, APauseShorterThanTheSilenceKeepsTheTurnOpen) {
  Vad vad = phone_vad({0.5, 300, 500});

  EXPECT_EQ(hear(vad, speech(500ms) + silence(350ms) + speech(500ms)).size(), 1U);
}

TEST(FakeOpenAiVad, TheStartIsNeverBeforeTheAudioBegins) {
  Vad vad = phone_vad();

  const auto events = hear(vad, speech(200ms));

  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(events[0].audio_ms, 0);
}

TEST(FakeOpenAiVad, HowTheAudioIsCutDoesNotMatter) {
  const std::string audio = silence(777ms) + speech(600ms) + silence(700ms);
  Vad whole = phone_vad({0.5, 100, 300});
  Vad pieces = phone_vad({0.5, 100, 300});

  const auto expected = hear(whole, audio);
  std::vector<Vad::Event> events;
  for (std::size_t from = 0; from < audio.size(); from += 37) {
    pieces.feed(std::string_view(audio).substr(from, 37), events);
  }

  ASSERT_EQ(events.size(), expected.size());
  for (std::size_t i = 0; i < events.size(); ++i) EXPECT_EQ(events[i].audio_ms, expected[i].audio_ms);
}

TEST(FakeOpenAiVad, HearsTheSameTurnInPcmAndInALaw) {
  const std::string mulaw = silence(960ms) + speech(640ms) + silence(640ms);
  const auto pcm = runtime::audio::mulaw_decode(mulaw);
  std::string bytes;
  for (const auto sample : runtime::audio::resample(pcm, 8'000, 24'000)) {
    bytes.push_back(static_cast<char>(sample & 0xFF));
    bytes.push_back(static_cast<char>((sample >> 8) & 0xFF));
  }
  Vad wide;
  wide.configure({0.5, 300, 200});
  Vad alaw;
  alaw.set_format(AudioFormat::pcma);
  alaw.configure({0.5, 300, 200});

  // Cut in the middle of a sample on purpose.
  auto events = hear(wide, bytes.substr(0, 1001));
  for (const auto& event : hear(wide, bytes.substr(1001))) events.push_back(event);
  const auto in_alaw = hear(alaw, runtime::audio::alaw_encode(pcm));

  ASSERT_EQ(events.size(), 2U);
  ASSERT_EQ(in_alaw.size(), 2U);
  EXPECT_NEAR(static_cast<double>(events[0].audio_ms), 960 - 300, 32);
  EXPECT_NEAR(static_cast<double>(in_alaw[0].audio_ms), 960 - 300, 32);
  EXPECT_NEAR(static_cast<double>(events[1].audio_ms), static_cast<double>(in_alaw[1].audio_ms), 32);
}

TEST(FakeOpenAiVad, TheWrongFormatIsLoudNoiseAllAlong) {
  // mu-law silence read as PCM16 is a constant -1: nothing; speech read so is noise from its first window.
  Vad vad;
  vad.configure({0.5, 300, 200});

  const auto events = hear(vad, speech(2000ms));

  ASSERT_FALSE(events.empty());
  EXPECT_EQ(events[0].kind, Kind::started);
}

}  // namespace
}  // namespace simulators::openai
