// A bridge's recordings, as a scenario finds them on the disk.
#include "scenarios/engine/call_recording.hpp"

#include "bridge/app/recording_files.hpp"
#include "runtime/audio/clip.hpp"
#include "scenarios/engine/scratch_folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <fstream>
#include <string>
#include <vector>

namespace scenarios::engine {
namespace {

using bridge::call::RecordedPiece;

TEST(CallRecordings, AreReadAsTheBridgeWritesThemEachSideByItself) {
  const ScratchFolder scratch;
  metrics::Book book;
  bridge::app::RecordingFiles files(scratch.path(), book);
  files.write("CA1", RecordedPiece{0, "lrLR"});
  files.finish("CA1", 2);
  files.write("CA1", RecordedPiece{0, "12"});  // a second stream of that call
  files.write("CA2", RecordedPiece{0, "ab"});
  files.finish("CA1", 1);

  const auto found = recordings_of(scratch.path(), "CA1");

  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].file, "CA1.wav");
  EXPECT_EQ(found[0].wrong, "");
  EXPECT_EQ(found[0].caller, "lL");
  EXPECT_EQ(found[0].bot, "rR");
  EXPECT_EQ(found[1].file, "CA1-2.wav");
  EXPECT_EQ(found[1].bot, "2");
  EXPECT_EQ(recordings_of(scratch.path(), "CA2").at(0).wrong, "was never finished");
  files.finish_all();
  EXPECT_EQ(recordings_of(scratch.path(), "CA2").at(0).caller, "a");
}

TEST(CallRecordings, AnythingElseOfThatNameIsToldForWhatItIs) {
  const ScratchFolder scratch;
  std::ofstream(scratch.path() / "CA1.wav") << "no sound";
  runtime::audio::write_wav(scratch.path() / "CA2.wav", std::vector<std::int16_t>(160), 16000);

  EXPECT_THAT(recordings_of(scratch.path(), "CA1").at(0).wrong, testing::StartsWith("is no sound file: "));
  EXPECT_EQ(recordings_of(scratch.path(), "CA2").at(0).wrong,
            "is no WAV of mu-law at 8 kHz in two channels: one channel at 16000 Hz");
  EXPECT_TRUE(recordings_of(scratch.path(), "CA3").empty());
  EXPECT_TRUE(recordings_of(scratch.path() / "nowhere", "CA1").empty());
}

}  // namespace
}  // namespace scenarios::engine
