#include "runtime/audio/clip.hpp"
#include "runtime/audio/level.hpp"
#include "runtime/audio/speech.hpp"
#include "runtime/audio/synth.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

namespace runtime::audio {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

std::string error_of(const std::variant<Clip, std::string>& outcome) {
  const auto* error = std::get_if<std::string>(&outcome);
  return error != nullptr ? *error : "no error";
}

const std::filesystem::path kSounds = "/usr/share/asterisk/sounds";

class ClipFile : public ::testing::Test {
 protected:
  ClipFile() : file_(std::filesystem::path(::testing::TempDir()) / (name() + ".wav")) {}
  ~ClipFile() override { std::filesystem::remove(file_); }

  static std::string name() { return ::testing::UnitTest::GetInstance()->current_test_info()->name(); }
  void write(std::string_view bytes) const { std::ofstream(file_, std::ios::binary) << bytes; }

  std::filesystem::path file_;
};

TEST_F(ClipFile, ReadsRecordedSpeechOfBothLanguages) {
  for (const char* name : {"en_US_f_Allison/activated.wav", "es_MX_f_Allison/agent-loginok.wav"}) {
    const auto outcome = read_clip(kSounds / name);
    ASSERT_TRUE(std::holds_alternative<Clip>(outcome)) << error_of(outcome);
    const Clip& clip = std::get<Clip>(outcome);
    EXPECT_GT(clip.length(), 500ms);
    EXPECT_GT(rms_dbfs_mulaw(clip.mulaw), -35.0);
    EXPECT_LT(rms_dbfs_mulaw(clip.mulaw), -10.0);
  }
}

TEST_F(ClipFile, KeepsEverySampleOfAFileThatHasTheLinesRate) {
  Pcm pcm;
  for (int sample = -32768; sample <= 32767; ++sample) pcm.push_back(static_cast<std::int16_t>(sample));
  ASSERT_EQ(write_wav(file_, pcm, 8000), "");

  const auto outcome = read_clip(file_);

  ASSERT_TRUE(std::holds_alternative<Clip>(outcome)) << error_of(outcome);
  EXPECT_EQ(std::get<Clip>(outcome).mulaw, mulaw_encode(pcm));
}

TEST_F(ClipFile, KeepsLengthAndLevelOfAFileOfAnotherRate) {
  const Pcm pcm = resample(mulaw_decode(tone(440, -12, 1s).mulaw), 8000, 44100);
  ASSERT_EQ(write_wav(file_, pcm, 44100), "");

  const auto outcome = read_clip(file_);

  ASSERT_TRUE(std::holds_alternative<Clip>(outcome)) << error_of(outcome);
  EXPECT_EQ(std::get<Clip>(outcome).length(), 1s);
  EXPECT_NEAR(rms_dbfs_mulaw(std::get<Clip>(outcome).mulaw), -15.0, 0.3);
}

TEST_F(ClipFile, MixesChannelsToOne) {
  // Stereo, 16 bit, 8 kHz: two frames, {1000, 3000} and {-400, 400}.
  write(
      std::string("RIFF\x2c\0\0\0WAVEfmt \x10\0\0\0\x01\0\x02\0\x40\x1f\0\0\0\x7d\0\0\x04\0\x10\0"
                  "data\x08\0\0\0\xe8\x03\xb8\x0b\x70\xfe\x90\x01",
                  52));

  const auto outcome = read_clip(file_);

  ASSERT_TRUE(std::holds_alternative<Clip>(outcome)) << error_of(outcome);
  EXPECT_EQ(std::get<Clip>(outcome).mulaw, mulaw_encode(Pcm{2000, 0}));
}

TEST_F(ClipFile, ReadsWhatIsThereOfATruncatedFile) {
  ASSERT_EQ(write_wav(file_, mulaw_decode(tone(440, -10, 1s).mulaw), 8000), "");
  std::filesystem::resize_file(file_, 44 + 2 * 4000);

  const auto outcome = read_clip(file_);

  ASSERT_TRUE(std::holds_alternative<Clip>(outcome)) << error_of(outcome);
  EXPECT_EQ(std::get<Clip>(outcome).mulaw, tone(440, -10, 500ms).mulaw);
}

TEST_F(ClipFile, RefusesARateThatNoSpeechHas) {
  ASSERT_EQ(write_wav(file_, Pcm(8), 100), "");

  EXPECT_THAT(error_of(read_clip(file_)), AllOf(HasSubstr(file_.string()), HasSubstr("100 Hz")));
}

TEST_F(ClipFile, SaysThatAFileIsMissing) {
  EXPECT_THAT(error_of(read_clip("no/such/hello.wav")),
              AllOf(HasSubstr("no/such/hello.wav"), HasSubstr("No such file")));
}

TEST_F(ClipFile, SaysThatAFileIsNoSound) {
  write("Hello, how can I help?");

  EXPECT_THAT(error_of(read_clip(file_)), AllOf(HasSubstr(file_.string()), HasSubstr("sound file")));
}

TEST_F(ClipFile, SaysThatAFileHasNoSamples) {
  ASSERT_EQ(write_wav(file_, {}, 8000), "");

  EXPECT_THAT(error_of(read_clip(file_)), AllOf(HasSubstr(file_.string()), HasSubstr("no audio")));
}

TEST_F(ClipFile, ATrackOnWhichNothingWasHeardIsOneToo) {
  ASSERT_EQ(write_wav(file_, {}, 8000), "");

  EXPECT_EQ(std::get<Clip>(read_track(file_)).mulaw, "");
  EXPECT_THAT(error_of(read_track("no/such/heard.wav")), HasSubstr("No such file"));
}

TEST_F(ClipFile, SaysThatADirectoryIsNoSound) {
  EXPECT_THAT(error_of(read_clip(kSounds)), HasSubstr(kSounds.string() + ": "));
}

TEST_F(ClipFile, SaysWhereItCouldNotWrite) {
  EXPECT_THAT(write_wav("/no/such/folder/a.wav", Pcm(8), 8000), HasSubstr("/no/such/folder/a.wav"));
}

TEST(Resample, GivesTheSameTimeAtTheOtherRate) {
  EXPECT_EQ(resample(Pcm(24000), 24000, 8000).size(), 8000U);
  EXPECT_EQ(resample(Pcm(160), 8000, 24000).size(), 480U);
  EXPECT_EQ(resample(Pcm(22050), 22050, 8000).size(), 8000U);
  EXPECT_EQ(resample(Pcm(), 22050, 8000).size(), 0U);
}

TEST(Resample, KeepsTheLevelOfATone) {
  const Pcm line = mulaw_decode(tone(1000, -10, 1s).mulaw);

  EXPECT_NEAR(rms_dbfs(resample(resample(line, 8000, 24000), 24000, 8000)), rms_dbfs(line), 0.1);
}

TEST(Speak, ReadsTheSameTextWithTheSameBytes) {
  const auto first = speak("Hello, how can I help?", {"en"});
  const auto second = speak("Hello, how can I help?", {"en"});

  ASSERT_TRUE(std::holds_alternative<Clip>(first)) << error_of(first);
  EXPECT_GT(std::get<Clip>(first).length(), 1s);
  EXPECT_LT(std::get<Clip>(first).length(), 4s);
  EXPECT_GT(rms_dbfs_mulaw(std::get<Clip>(first).mulaw), -35.0);
  EXPECT_EQ(std::get<Clip>(first).mulaw, std::get<Clip>(second).mulaw);
}

TEST(Speak, ReadsFasterAndInWiderBandsWhenAsked) {
  const std::string_view text = "Hello, how can I help?";
  const auto usual = speak_pcm(text, {"en"}, 24000);
  const auto fast = speak_pcm(text, {"en", 350}, 24000);
  const auto line = speak(text);

  ASSERT_TRUE(std::holds_alternative<Pcm>(usual) && std::holds_alternative<Pcm>(fast));
  const auto samples = static_cast<double>(std::get<Pcm>(usual).size());
  EXPECT_LT(static_cast<double>(std::get<Pcm>(fast).size()), 0.75 * samples);
  EXPECT_NEAR(samples, 3.0 * static_cast<double>(std::get<Clip>(line).mulaw.size()), 3.0);
}

TEST(Speak, SpeaksHebrew) {
  const auto outcome = speak("שלום", {"he"});

  ASSERT_TRUE(std::holds_alternative<Clip>(outcome)) << error_of(outcome);
  EXPECT_TRUE(audible_mulaw(std::get<Clip>(outcome).mulaw));
}

TEST(Speak, NeverTakesTextForOptionsOrCommands) {
  for (const char* text : {"--version", "-f /etc/passwd", "$(touch /tmp/x); \"quoted\" `id`"}) {
    const auto outcome = speak(text, {"en"});
    ASSERT_TRUE(std::holds_alternative<Clip>(outcome)) << error_of(outcome);
    EXPECT_TRUE(audible_mulaw(std::get<Clip>(outcome).mulaw)) << text;
  }
}

TEST(Speak, SaysWhatToInstall) {
  const std::string path = std::getenv("PATH");
  ::setenv("PATH", "/nowhere", 1);
  const std::string error = error_of(speak("Hello", {"en"}));
  ::setenv("PATH", path.c_str(), 1);

  EXPECT_THAT(error, HasSubstr("apt install espeak-ng"));
}

TEST(Speak, SaysWhatWasWrong) {
  EXPECT_THAT(error_of(speak("Hello", {"klingon-on-a-bad-day"})), HasSubstr("voice"));
  EXPECT_THAT(error_of(speak(" \n", {"en"})), HasSubstr("no text"));
  EXPECT_THAT(error_of(speak("Hello", {""})), HasSubstr("language"));
  EXPECT_THAT(error_of(speak("Hello", {"en", 20})), HasSubstr("80 to 450"));
  EXPECT_THAT(error_of(speak(std::string(20001, 'a'), {"en"})), HasSubstr("20001 bytes"));
}

}  // namespace
}  // namespace runtime::audio
