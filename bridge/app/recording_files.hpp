#pragma once
#include "bridge/call/recording.hpp"
#include "metrics/sheet.hpp"

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <string_view>

namespace bridge::app {

/// Writes the sound of calls to FOLDER/CALLSID.wav (mu-law, 8 kHz, caller left, bot right; .wav.part while
/// the call lasts), at once: whoever calls waits for the disk. Whoever may read the folder may listen: files
/// are for their owner alone. Not thread-safe.
class RecordingFiles final : public call::RecordingSink {
 public:
  RecordingFiles(std::filesystem::path folder, metrics::Book& book);
  /// Leaves what is not finished as it is.
  ~RecordingFiles() override;

  void write(std::string_view call_sid, call::RecordedPiece piece) override;
  void finish(std::string_view call_sid, std::int64_t samples) override;
  /// No call is left.
  void finish_all();

  /// Of pieces that whoever stands before this had to drop; counted by them.
  metrics::Counter dropped() const { return dropped_; }

 private:
  class File;

  const std::filesystem::path folder_;
  metrics::Counter written_, incomplete_, failed_, dropped_;
  std::map<std::string, std::unique_ptr<File>> files_;
};

}  // namespace bridge::app
