#pragma once
#include "scenarios/recording/recording.hpp"

#include <string>
#include <vector>

namespace scenarios::recording {

struct ClipFile {
  std::string name;  // inside of clips/
  Sound sound;
};

/// A scenario that does again what was recorded.
struct RecordedScenario {
  std::string yaml;
  std::vector<ClipFile> clips;
  std::vector<std::string> notes;  // what a person must look over, as the header has it
};

struct Naming {
  std::string name;    // the scenario's
  std::string schema;  // for editors; empty: none
};

/// `verdict`: the truth, where it is known. The clip "NAME-heard.wav" is what came out of the caller's phone,
/// from the stream's start on: what a replay is compared with.
RecordedScenario to_scenario(const Recording& recording, const Verdict& verdict, const Naming& naming);

std::string heard_clip(const std::string& name);

}  // namespace scenarios::recording
