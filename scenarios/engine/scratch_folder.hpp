#pragma once
#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <system_error>

namespace scenarios::engine {

/// A folder that goes away with its owner.
class ScratchFolder {
 public:
  /// Throws where there is no room for one.
  ScratchFolder() {
    std::error_code nowhere;
    std::string pattern = (std::filesystem::temp_directory_path(nowhere) / "linecheck-XXXXXX").string();
    if (nowhere || ::mkdtemp(pattern.data()) == nullptr)
      throw std::runtime_error(
          "cannot make a folder for temporary files: let TMPDIR name one that is writable");
    path_ = pattern;
  }
  ~ScratchFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace scenarios::engine
