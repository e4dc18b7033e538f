#pragma once
#include <filesystem>
#include <string>
#include <vector>

namespace scenarios::engine {

/// One file of a bridge that records, as it was found on the disk.
struct CallRecording {
  std::string file;         // its name
  std::string wrong;        // why it is no recording: "is no sound file"; empty: nothing
  std::string caller, bot;  // left and right: 8 kHz mu-law, as long as each other
};

/// Those of one call, in the order in which they were begun: a call may have had several streams.
std::vector<CallRecording> recordings_of(const std::filesystem::path& folder, const std::string& call_sid);

}  // namespace scenarios::engine
