#include "runtime/audio/clip.hpp"
#include "runtime/audio/g711.hpp"
#include "runtime/audio/level.hpp"
#include "runtime/audio/synth.hpp"
#include "simulators/twilio/ears.hpp"
#include "simulators/twilio/resemblance.hpp"
#include "tests/unit/fake_twilio_test.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <vector>

// A recording that was changed on its way is recognised by its shape, and how much of it was heard is known
// to 20 ms.
namespace simulators::twilio {
namespace {
using namespace std::chrono_literals;
using runtime::audio::Pcm;

constexpr std::size_t kWindow = 160;
constexpr double kOneWindow = 0.02;  // seconds

Pcm louder(Pcm pcm, double db) {
  for (auto& sample : pcm) {
    const double scaled = std::round(sample * std::pow(10.0, db / 20));
    sample = static_cast<std::int16_t>(std::clamp(scaled, -32768.0, 32767.0));
  }
  return pcm;
}

/// What a bridge does that speaks PCM16 at `rate` with its model: decoded, resampled there and back, `db`
/// louder, encoded again.
std::string transcoded(std::string_view mulaw, int rate, double db) {
  auto pcm = runtime::audio::resample(runtime::audio::mulaw_decode(mulaw), 8000, rate);
  return runtime::audio::mulaw_encode(louder(runtime::audio::resample(pcm, rate, 8000), db));
}

std::string speech(std::uint64_t seed, int samples) {
  return runtime::audio::speech_like(seed, runtime::Samples8k(samples)).mulaw;
}
std::string recording(const char* file) {
  const auto read =
      runtime::audio::read_clip(std::string("/usr/share/asterisk/sounds/en_US_f_Allison/") + file);
  const auto* clip = std::get_if<runtime::audio::Clip>(&read);
  EXPECT_NE(clip, nullptr) << file;
  return clip == nullptr ? "" : clip->mulaw;
}

/// What the caller, who knows `sound`, measures of `played`.
HeardSound hear(const std::string& sound, const std::string& played) {
  KnownSound known;
  known.name = "sound";
  known.clip.mulaw = sound;
  Ears ears(kStart, {known});
  const std::string line = std::string(3200, '\xFF') + played + std::string(3200, '\xFF');
  for (std::size_t at = 0; at < line.size(); at += kWindow) {
    const auto now = kStart + runtime::mulaw_length(at);
    ears.advance(now);
    ears.bot(now, std::string_view(line).substr(at, kWindow));
  }
  ears.finish(true);
  return *ears.sound("sound");
}
double audible_seconds(const std::string& sound) {
  return static_cast<double>(runtime::audio::audible_part_mulaw(sound).size()) / 8000;
}
double missing_seconds(const std::string& sound, const HeardSound& heard) {
  return audible_seconds(sound) - runtime::seconds(heard.resembled);
}

TEST(Resemblance, IsAllOfARecordingThatArrivesBitForBit) {
  const auto sound = speech(1, 24000);

  const auto heard = hear(sound, sound);

  EXPECT_EQ(heard.share, 1);
  EXPECT_EQ(heard.resembled_share, 1);
}

/// Another sound bit for bit, and the same to an ear: the last bit of each sample is turned.
void change(std::string& mulaw, std::size_t from, std::size_t count) {
  for (std::size_t i = from; i < from + count; ++i) mulaw[i] = static_cast<char>(mulaw[i] ^ 1);
}

TEST(Resemblance, IsAllOfARecordingThatArrivesBitForBitButForItsEnd) {
  const auto sound = speech(1, 24000);
  auto played = sound;
  change(played, 16000, 8000);

  const auto heard = hear(sound, played);

  EXPECT_LT(heard.share, 0.7);
  EXPECT_LE(missing_seconds(sound, heard), 2 * kOneWindow);
}

TEST(Resemblance, IsAllOfARecordingThatIsChangedHereAndThere) {
  const auto sound = speech(1, 24000);
  auto played = sound;
  for (std::size_t at = 0; at < played.size(); at += 5 * kWindow) change(played, at, kWindow);

  const auto heard = hear(sound, played);

  EXPECT_LT(heard.share, 0.85);
  EXPECT_LE(missing_seconds(sound, heard), 2 * kOneWindow);
}

TEST(Resemblance, CountsWhatWasPlayedBeforeItWasAsked) {
  const auto sound = speech(1, 8000);
  std::vector<float> played;
  for (const auto sample : runtime::audio::mulaw_decode(sound))
    played.push_back(static_cast<float>(sample) / 32768.0F);

  Resemblance alike(sound, played.size() - kWindow);
  alike.window(played, kWindow, true);

  ASSERT_EQ(alike.stretches().size(), 1U);
  EXPECT_EQ(alike.stretches()[0].played, alike.stretches()[0].part.begin);
}

TEST(Resemblance, RecognisesSpeechThatWasResampledAndMadeLouderOrSofter) {
  const auto sound = speech(1, 24000);
  for (const int rate : {16000, 24000, 48000}) {
    for (const double db : {-6.0, 0.0, 6.0}) {
      const auto heard = hear(sound, transcoded(sound, rate, db));

      EXPECT_LE(missing_seconds(sound, heard), 2 * kOneWindow) << rate << " Hz, " << db << " dB";
      EXPECT_LT(heard.share, 0.5) << "bit for bit it is another sound";
    }
  }
}

TEST(Resemblance, RecognisesRecordedPromptsThroughATranscodingBridge) {
  for (const char* file : {"demo-thanks.wav", "hello-world.wav", "vm-goodbye.wav", "queue-thankyou.wav"}) {
    const auto sound = recording(file);
    for (const double db : {-6.0, 0.0, 6.0}) {
      const auto heard = hear(sound, transcoded(sound, 24000, db));

      EXPECT_LE(missing_seconds(sound, heard), 2 * kOneWindow) << file << ", " << db << " dB";
    }
  }
}

TEST(Resemblance, IsNotOfOtherWordsOfTheSameVoice) {
  const std::array files{"demo-thanks.wav", "vm-goodbye.wav", "queue-thankyou.wav", "demo-congrats.wav"};
  for (const char* known : files) {
    for (const char* played : files) {
      if (known == played) continue;
      EXPECT_EQ(hear(recording(known), transcoded(recording(played), 24000, 0)).resembled, 0s)
          << played << " was taken for " << known;
    }
  }
}

TEST(Resemblance, CountsWhatIsLeftWhenTheRecordingIsCut) {
  const auto sound = recording("demo-thanks.wav");
  const auto changed = transcoded(sound, 24000, -6);
  const std::string head = changed.substr(0, 16000);
  const std::string tail = changed.substr(changed.size() - 16000);
  const std::string without_a_second = changed.substr(0, 12000) + changed.substr(20000);
  const double whole = audible_seconds(sound);
  const auto near = [](double seconds, const HeardSound& heard) {
    return std::abs(runtime::seconds(heard.resembled) - seconds) <= 2 * kOneWindow;
  };
  const auto lead =
      static_cast<double>(runtime::audio::audible_part_mulaw(sound).data() - sound.data()) / 8000;

  EXPECT_TRUE(near(2.0 - lead, hear(sound, head)));
  EXPECT_TRUE(near(2.0 - (static_cast<double>(sound.size()) / 8000 - lead - whole), hear(sound, tail)));
  EXPECT_TRUE(near(whole - 1.0, hear(sound, without_a_second)));
}

TEST(Resemblance, SeesAHoleOfFortyMilliseconds) {
  const auto sound = recording("demo-thanks.wav");
  auto changed = transcoded(sound, 24000, 0);
  changed.replace(16000, 320, std::string(320, '\xFF'));

  const auto missing = missing_seconds(sound, hear(sound, changed));

  EXPECT_GE(missing, kOneWindow);
  EXPECT_LE(missing, 0.04 + 4 * kOneWindow);
}

TEST(Resemblance, FollowsAClockThatRunsAHundredPartsPerMillionFast) {
  const auto sound = recording("demo-thanks.wav");
  const auto fast = runtime::audio::mulaw_encode(
      runtime::audio::resample(runtime::audio::mulaw_decode(sound), 80000, 79992));

  EXPECT_LE(missing_seconds(sound, hear(sound, fast)), 4 * kOneWindow);
}

TEST(Resemblance, FindsNothingInNoiseTonesAndSilence) {
  const auto sound = recording("demo-thanks.wav");
  runtime::SeededRandom random(3);
  EXPECT_EQ(hear(sound, runtime::audio::noise(random, -20, runtime::Samples8k(24000)).mulaw).resembled, 0s);
  EXPECT_EQ(hear(sound, runtime::audio::tone(220, -12, runtime::Samples8k(24000)).mulaw).resembled, 0s);
  EXPECT_EQ(hear(sound, std::string(24000, '\xFF')).resembled, 0s);
}

}  // namespace
}  // namespace simulators::twilio
