#include "runtime/audio/clip.hpp"
#include "runtime/audio/g711.hpp"
#include "runtime/audio/synth.hpp"
#include "simulators/openai/vad.hpp"
#include "tests/unit/fake_openai_test.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iostream>
#include <sstream>
#include <string>
#include <vector>

// Turn detection held to a truth: sounds put at known samples, and recordings that were checked by hand.
namespace simulators::openai {
namespace {

using runtime::Samples8k;
using runtime::audio::Pcm;

struct Turn {
  std::int64_t begin_ms;
  std::int64_t end_ms;
};

std::string on_the_wire(const Pcm& pcm, AudioFormat format) {
  if (format == AudioFormat::pcmu) return runtime::audio::mulaw_encode(pcm);
  if (format == AudioFormat::pcma) return runtime::audio::alaw_encode(pcm);
  std::string bytes;
  for (const auto sample : runtime::audio::resample(pcm, 8'000, 24'000)) {
    bytes.push_back(static_cast<char>(sample & 0xFF));
    bytes.push_back(static_cast<char>((sample >> 8) & 0xFF));
  }
  return bytes;
}

/// What is heard in `pcm`, with the prefix and the silence taken off: where speech is.
std::vector<Turn> turns_in(const Pcm& pcm, AudioFormat format, Vad::Options options) {
  Vad vad;
  vad.set_format(format);
  vad.configure(options);
  std::vector<Vad::Event> events;
  vad.feed(on_the_wire(pcm, format), events);
  std::vector<Turn> turns;
  for (const Vad::Event& event : events) {
    if (event.kind == Vad::Event::Kind::started) {
      turns.push_back({event.audio_ms + options.prefix_padding_ms, -1});
    } else {
      turns.back().end_ms = event.audio_ms - options.silence_duration_ms;
    }
  }
  return turns;
}

/// A sound in the midst of three seconds of line: `offset` samples after the first second.
Pcm line_with(const std::string& sound, std::size_t offset, double noise_dbfs, int dc) {
  runtime::SeededRandom random(9);
  Pcm line = runtime::audio::mulaw_decode(runtime::audio::noise(random, noise_dbfs, Samples8k(32'000)).mulaw);
  const Pcm pcm = runtime::audio::mulaw_decode(sound);
  for (std::size_t i = 0; i < pcm.size(); ++i) line[8'000 + offset + i] = pcm[i];
  for (auto& sample : line) sample = static_cast<std::int16_t>(sample + dc);
  return line;
}

TEST(FakeOpenAiEars, PlaceSyntheticSoundsWithinOneWindow) {
  runtime::SeededRandom random(4);
  const Samples8k second(8'000);
  const std::vector<std::pair<const char*, std::string>> sounds = {
      {"tone", runtime::audio::tone(440, -20, second).mulaw},
      {"loud noise", runtime::audio::noise(random, -15, second).mulaw},
      {"soft noise", runtime::audio::noise(random, -36, second).mulaw}};
  constexpr std::int64_t kWindow = Vad::kWindowMs;
  // The end is where the silence of 320 ms (ten windows) was reached: in the window, or at its end.
  const Vad::Options options{0.5, 300, 320};

  for (const auto& [name, sound] : sounds) {
    for (const auto format : {AudioFormat::pcmu, AudioFormat::pcma, AudioFormat::pcm}) {
      for (const std::size_t offset : {0U, 37U, 200U}) {
        for (const int dc : {0, -4000}) {
          const double noise = format == AudioFormat::pcmu && dc == 0 ? -48 : -90;
          const auto turns = turns_in(line_with(sound, offset, noise, dc), format, options);

          ASSERT_EQ(turns.size(), 1U) << name << " offset " << offset << " dc " << dc;
          const auto begin = 1000 + static_cast<std::int64_t>(offset) / 8;
          EXPECT_LE(std::abs(turns[0].begin_ms - begin), kWindow)
              << name << " offset " << offset << " dc " << dc;
          EXPECT_LE(std::abs(turns[0].end_ms - begin - 1000), kWindow) << name << " offset " << offset;
        }
      }
    }
  }
}

TEST(FakeOpenAiEars, ADcOffsetAndAHummingLineAreSilence) {
  const Pcm offset(16'000, 3'000);
  EXPECT_TRUE(turns_in(offset, AudioFormat::pcm, {}).empty());

  runtime::SeededRandom random(4);
  const Pcm hum = runtime::audio::mulaw_decode(runtime::audio::tone(50, -46, Samples8k(16'000)).mulaw);
  EXPECT_TRUE(turns_in(hum, AudioFormat::pcmu, {}).empty());
}

TEST(FakeOpenAiEars, ANoisyLineDoesNotKeepATurnOpen) {
  const std::string speech = runtime::audio::speech_like(5, Samples8k(8'000)).mulaw;
  // Three seconds of a line at -44 dBFS, which is more than what keeps a turn open on a quiet one.
  runtime::SeededRandom random(2);
  Pcm line = runtime::audio::mulaw_decode(runtime::audio::noise(random, -44, Samples8k(48'000)).mulaw);
  const Pcm pcm = runtime::audio::mulaw_decode(speech);
  for (std::size_t i = 0; i < pcm.size(); ++i) line[32'000 + i] = pcm[i];

  const auto turns = turns_in(line, AudioFormat::pcmu, {0.5, 300, 512});

  ASSERT_EQ(turns.size(), 1U);
  EXPECT_LE(std::abs(turns[0].begin_ms - 4000), 32);
  EXPECT_LE(std::abs(turns[0].end_ms - 5000), 32);
}

TEST(FakeOpenAiEars, ALoudToneWithoutAPauseRemainsASound) {
  const Pcm tone = runtime::audio::mulaw_decode(runtime::audio::tone(300, -25, Samples8k(80'000)).mulaw);

  const auto turns = turns_in(tone, AudioFormat::pcmu, {});

  ASSERT_EQ(turns.size(), 1U);
  EXPECT_EQ(turns[0].end_ms, -1) << "ten seconds of tone are one turn that goes on";
}

struct Checked {
  std::string clip, use;
  std::int64_t silence_ms = 0;
  std::vector<Turn> turns;
};

std::vector<Checked> checked_recordings() {
  std::ifstream file(LINECHECK_SOURCE_DIR "/tests/golden/vad/recordings.txt");
  std::vector<Checked> all;
  for (std::string line; std::getline(file, line);) {
    if (line.empty() || line.front() == '#') continue;
    std::istringstream words(line);
    Checked checked;
    words >> checked.clip >> checked.use >> checked.silence_ms;
    char dash = 0;
    for (Turn turn{}; words >> turn.begin_ms >> dash >> turn.end_ms;) checked.turns.push_back(turn);
    all.push_back(std::move(checked));
  }
  return all;
}

/// The farthest that a beginning or an end is from where it was found by hand, the recording being put into a
/// quiet line at several places, so that windows cut it differently.
std::int64_t farthest(const Checked& checked) {
  const auto clip = runtime::audio::read_clip("/usr/share/asterisk/sounds/" + checked.clip + ".wav");
  EXPECT_TRUE(std::holds_alternative<runtime::audio::Clip>(clip))
      << checked.clip << ": apt install asterisk-core-sounds-en-wav asterisk-core-sounds-es-wav";
  if (!std::holds_alternative<runtime::audio::Clip>(clip)) return 0;
  const Pcm recording = runtime::audio::mulaw_decode(std::get<runtime::audio::Clip>(clip).mulaw);
  std::int64_t worst = 0;
  for (const std::int64_t before_ms : {500, 505, 511, 518, 526}) {
    Pcm line(static_cast<std::size_t>(before_ms) * 8, 0);
    line.insert(line.end(), recording.begin(), recording.end());
    line.resize(line.size() + 8'000, 0);
    const auto turns = turns_in(line, AudioFormat::pcmu, {0.5, 300, checked.silence_ms});
    EXPECT_EQ(turns.size(), checked.turns.size()) << checked.clip;
    for (std::size_t i = 0; i < turns.size() && i < checked.turns.size(); ++i) {
      worst = std::max(worst, std::abs(turns[i].begin_ms - before_ms - checked.turns[i].begin_ms));
      worst = std::max(worst, std::abs(turns[i].end_ms - before_ms - checked.turns[i].end_ms));
    }
  }
  return worst;
}

TEST(FakeOpenAiEars, PlaceTurnsInRecordedSpeechWithin60Ms) {
  std::size_t held_out = 0;
  for (const Checked& checked : checked_recordings()) {
    const auto ms = farthest(checked);
    std::cout << checked.clip << " (" << checked.use << "): at most " << ms << " ms off\n";
    EXPECT_LE(ms, 60) << checked.clip;
    held_out += checked.use == "held-out" ? 1U : 0U;
  }
  EXPECT_GE(held_out, 6U);
}

std::int64_t turn_ends_after(const std::string& utterance, std::int64_t wait_ms,
                             std::optional<bool> finished = {}) {
  Pcm line = runtime::audio::mulaw_decode(utterance);
  const auto length = static_cast<std::int64_t>(line.size()) / 8;
  line.resize(line.size() + 80'000, 0);
  Vad::Options options{0.5, 300, 0};
  options.semantic_wait_ms = wait_ms;
  options.finished = finished;
  const auto turns = turns_in(line, AudioFormat::pcmu, options);
  EXPECT_EQ(turns.size(), 1U);
  return turns.empty() ? -1 : turns[0].end_ms - length;
}

TEST(FakeOpenAiEars, SemanticDetectionWaitsLessForAVoiceThatFalls) {
  const std::string level = runtime::audio::tone(300, -20, Samples8k(8'000)).mulaw;
  const std::string falling = level + runtime::audio::tone(300, -30, Samples8k(2'400)).mulaw;

  EXPECT_NEAR(static_cast<double>(turn_ends_after(level, 8000)), 8000, 2 * 32);
  EXPECT_NEAR(static_cast<double>(turn_ends_after(level, 4000)), 4000, 2 * 32);
  EXPECT_NEAR(static_cast<double>(turn_ends_after(level, 2000)), 2000, 2 * 32);
  EXPECT_NEAR(static_cast<double>(turn_ends_after(falling, 8000)), 1000, 2 * 32);
  EXPECT_NEAR(static_cast<double>(turn_ends_after(falling, 2000)), 250, 2 * 32);
  EXPECT_NEAR(static_cast<double>(turn_ends_after(level, 4000, true)), 500, 2 * 32) << "as the script says";
  EXPECT_NEAR(static_cast<double>(turn_ends_after(falling, 4000, false)), 4000, 2 * 32);
}

class FakeOpenAiEagerness : public FakeSessionTest {
 protected:
  /// From the end of what was said to speech_stopped, in a session of this eagerness; empty: none is named.
  std::int64_t waits_ms(const std::string& eagerness, bool sounds_finished) {
    Behaviour behaviour;
    behaviour.semantic_finished = sounds_finished;
    session_.reset();
    facts_ = {};
    open(std::move(behaviour));
    pass(10ms);
    const std::string named = eagerness.empty() ? "" : R"(,"eagerness":")" + eagerness + '"';
    say(R"({"type":"session.update","session":{"type":"realtime","audio":{"input":{"format":{"type":"audio/pcmu"},)"
        R"("turn_detection":{"type":"semantic_vad","create_response":false)" +
        named + "}}}}}");
    append(silence(1s) + runtime::audio::tone(300, -20, Samples8k(8'000)).mulaw + silence(10s));
    EXPECT_EQ(facts_.turns.size(), 1U);
    return facts_.turns.empty() ? -1 : facts_.turns.front().audio_end_ms - 2000;
  }
};

TEST_F(FakeOpenAiEagerness, IsHowLongAnUnfinishedUtteranceIsWaitedFor) {
  constexpr double kCut =
      2 * Vad::kWindowMs;  // the sound ends, and the wait is over, in the midst of a window
  for (const auto& [eagerness, wait_ms] :
       {std::pair("low", 8000.0), std::pair("medium", 4000.0), std::pair("auto", 4000.0),
        std::pair("high", 2000.0), std::pair("", 4000.0)}) {
    EXPECT_NEAR(static_cast<double>(waits_ms(eagerness, false)), wait_ms, kCut) << eagerness;
    EXPECT_NEAR(static_cast<double>(waits_ms(eagerness, true)), wait_ms / 8, kCut) << eagerness;
  }
}

}  // namespace
}  // namespace simulators::openai
