#include "runtime/audio/clip.hpp"
#include "runtime/audio/g711.hpp"
#include "runtime/audio/synth.hpp"
#include "tests/unit/fake_openai_test.hpp"

#include <algorithm>

// The model knows a clip when it hears it.
namespace simulators::openai {
namespace {

using runtime::audio::Pcm;

Pcm recording(const std::string& name) {
  const auto clip = runtime::audio::read_clip("/usr/share/asterisk/sounds/en_US_f_Allison/" + name + ".wav");
  EXPECT_TRUE(std::holds_alternative<runtime::audio::Clip>(clip)) << name;
  return runtime::audio::mulaw_decode(std::get<runtime::audio::Clip>(clip).mulaw);
}
Sketch sketch(const Pcm& pcm) {
  return sketch_of(pcm, 8000);
}
/// Half a second of silence around it.
Pcm on_a_line(const Pcm& pcm, double gain) {
  Pcm line(4'000, 0);
  for (const auto sample : pcm) line.push_back(static_cast<std::int16_t>(sample * gain));
  line.resize(line.size() + 4'000, 0);
  return line;
}

const std::vector<std::string> kClips = {"hello-world", "demo-thanks",   "vm-goodbye",     "tt-weasels",
                                         "agent-pass",  "auth-thankyou", "privacy-prompt", "invalid"};

TEST(FakeOpenAiRecognition, TellsEightRecordingsOfOneVoiceApart) {
  for (const auto& spoken : kClips) {
    const Sketch heard = sketch(on_a_line(recording(spoken), 0.3));
    for (const auto& clip : kClips) {
      EXPECT_EQ(contains_sound(heard, sketch(recording(clip))), clip == spoken)
          << spoken << " taken for " << clip;
    }
  }
}

TEST(FakeOpenAiRecognition, KnowsAClipInNoiseWithGapsAndOverPcm) {
  const Pcm clip = recording("demo-thanks");
  Pcm line = on_a_line(clip, 0.7);
  runtime::SeededRandom random(3);
  const Pcm noise = runtime::audio::mulaw_decode(
      runtime::audio::noise(random, -38, runtime::Samples8k(static_cast<std::int64_t>(line.size()))).mulaw);
  for (std::size_t i = 0; i < line.size(); ++i) line[i] = static_cast<std::int16_t>(line[i] + noise[i]);
  for (std::size_t from = 3'000; from + 160 < line.size(); from += 4'800) {
    std::fill_n(line.begin() + static_cast<std::ptrdiff_t>(from), 160, std::int16_t{0});  // a lost frame
  }

  EXPECT_TRUE(contains_sound(sketch(line), sketch(clip)));
  EXPECT_TRUE(contains_sound(sketch_of(runtime::audio::resample(line, 8'000, 24'000), 24'000), sketch(clip)));
  EXPECT_FALSE(contains_sound(sketch(noise), sketch(clip)));
  EXPECT_FALSE(contains_sound({}, sketch(clip)));
  EXPECT_FALSE(contains_sound(sketch(line), {}));
}

class FakeOpenAiListens : public FakeSessionTest {};

TEST_F(FakeOpenAiListens, AndAnswersTheClipThatItHeard) {
  Rule& thanks = rule(When::Kind::heard, "thanks");
  thanks.when.sound = runtime::audio::mulaw_encode(recording("demo-thanks"));
  thanks.reply.outputs = {spoken(1s)};
  Rule& goodbye = rule(When::Kind::heard, "goodbye");
  goodbye.when.sound = runtime::audio::mulaw_encode(recording("vm-goodbye"));
  goodbye.reply.outputs = {spoken(1s)};
  open_phone();

  append_in_time(runtime::audio::mulaw_encode(on_a_line(recording("vm-goodbye"), 0.8)));
  pass(5s);

  ASSERT_EQ(facts_.responses.size(), 1U);
  EXPECT_EQ(facts_.responses.at(0).as, "goodbye");
}

TEST_F(FakeOpenAiListens, AndWritesDownWhatItKnows) {
  Behaviour behaviour;
  std::vector<KnownSound> known;
  for (const auto& clip : kClips) known.push_back({sketch(recording(clip)), clip});
  behaviour.transcription.known = std::make_shared<const std::vector<KnownSound>>(known);
  open(behaviour);
  pass(10ms);
  say(R"({"type":"session.update","session":{"type":"realtime","audio":{"input":{"format":{"type":"audio/pcma"},)"
      R"("transcription":{"model":"whisper-1"}}}}})");

  append_in_time(runtime::audio::alaw_encode(on_a_line(recording("hello-world"), 1)));
  pass(5s);

  const auto& completed = first("conversation.item.input_audio_transcription.completed");
  EXPECT_EQ(completed["transcript"], "hello-world\n");
}

TEST_F(FakeOpenAiListens, AlsoWhereTheClientSpokeBeforeItAskedForAFormat) {
  Behaviour behaviour;
  behaviour.transcription.known = std::make_shared<const std::vector<KnownSound>>(
      1, KnownSound{sketch(recording("hello-world")), "hello"});
  for (const auto before : {200ms, 1000ms, 3000ms}) {
    session_.reset();
    facts_ = {};
    sent_.clear();
    open(behaviour);
    append(silence(before));  // which the session takes for PCM
    say(R"({"type":"session.update","session":{"type":"realtime","audio":{"input":{"format":{"type":"audio/pcmu"},)"
        R"("transcription":{"model":"whisper-1"}}}}})");

    append_in_time(runtime::audio::mulaw_encode(on_a_line(recording("hello-world"), 1)));
    pass(5s);

    const auto& completed = first("conversation.item.input_audio_transcription.completed");
    EXPECT_EQ(completed["transcript"], "hello\n") << before.count();
    say(R"({"type":"conversation.item.retrieve","item_id":")" + facts_.turns.at(0).item + R"("})");
    const Json& part = first("conversation.item.retrieved")["item"]["content"][0];
    const std::string kept = runtime::base64_decode(part["audio"].get<std::string>()).value_or("");
    EXPECT_TRUE(contains_sound(sketch_of_mulaw(kept), sketch(recording("hello-world")))) << before.count();
    EXPECT_EQ(facts_.appends.front().format, AudioFormat::pcm);
    EXPECT_EQ(facts_.appends.back().format, AudioFormat::pcmu);
  }
}

TEST_F(FakeOpenAiListens, AndCountsWhatIsInTheBufferByTheFormatThatItCameIn) {
  open();
  pass(10ms);
  append(silence(480ms));  // 80 ms of PCM
  say(R"({"type":"session.update","session":{"type":"realtime","audio":{"input":{"format":{"type":"audio/pcmu"},)"
      R"("turn_detection":null}}}})");
  pass(10ms);

  say(R"({"type":"input_audio_buffer.commit"})");
  EXPECT_THAT(last_error(), testing::HasSubstr("buffer only has 80.00ms of audio."));
  append(silence(30ms));
  say(R"({"type":"input_audio_buffer.commit"})");

  EXPECT_EQ(facts_.errors_sent.size(), 1U) << last_error();
  EXPECT_EQ(facts_.turns.at(0).audio_end_ms - facts_.turns.at(0).audio_start_ms, 110);
}

}  // namespace
}  // namespace simulators::openai
