#pragma once
#include "runtime/audio/clip.hpp"
#include "scenarios/engine/loader.hpp"
#include "scenarios/engine/result.hpp"
#include "scenarios/engine/run.hpp"
#include "scenarios/engine/scratch_folder.hpp"
#include "scenarios/recording/recording.hpp"
#include "scenarios/recording/scenario_text.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <string>

namespace scenarios::recording {

class RecordingTest : public testing::Test {
 protected:
  struct Ran {
    std::string wires, verdict;
    engine::Result result;
  };
  static Ran run(const engine::Scenario& scenario) {
    const auto performance = engine::perform_virtual(scenario, scenario.seed, {});
    Ran ran{performance->conductor().journal().text(), {}, engine::conclude(scenario, *performance)};
    if (!ran.result.calls.empty()) ran.verdict = ran.result.calls.front().verdict;
    return ran;
  }
  /// The first scenario of a file of the library.
  engine::Scenario library(const std::string& name) {
    auto loaded =
        engine::load_file(std::filesystem::path(LINECHECK_SOURCE_DIR) / "scenarios/library" / name, clips_);
    EXPECT_TRUE(loaded.good()) << loaded.text();
    return loaded.scenarios.front();
  }
  static void expect_the_same(const Ran& first, const Ran& second, const RecordedScenario& made) {
    std::string failures;
    for (const auto& failure : second.result.failures) failures += failure + "\n";
    EXPECT_EQ(second.verdict, first.verdict);
    EXPECT_EQ(second.result.status, engine::Result::Status::passed) << failures << made.yaml;
  }
  engine::Loaded written(const RecordedScenario& made) {
    std::filesystem::create_directories(folder_ / "clips");
    for (const auto& clip : made.clips)
      EXPECT_EQ(runtime::audio::write_wav(folder_ / "clips" / clip.name, clip.sound.pcm, clip.sound.rate),
                "");
    return engine::load(std::make_shared<engine::Source>(folder_ / "again.yaml", made.yaml), clips_);
  }

  const engine::ScratchFolder scratch_;
  const std::filesystem::path& folder_ = scratch_.path();
  engine::ClipLibrary clips_;
};

}  // namespace scenarios::recording
