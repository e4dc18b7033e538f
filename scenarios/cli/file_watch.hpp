#pragma once
#include <cstddef>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <vector>

namespace scenarios::cli {

/// Notices files that are written, moved or taken away below some folders.
class FileWatch {
 public:
  /// Throws std::system_error where the system has no watch to give.
  explicit FileWatch(std::size_t most_folders = 5'000);
  ~FileWatch();
  FileWatch(const FileWatch&) = delete;
  FileWatch& operator=(const FileWatch&) = delete;

  /// Watches the folders that hold these files, and these folders with what is below them. Again: what has
  /// been added to them since. What is taken away meanwhile is passed over, and so are folders of tools (see
  /// engine::is_of_tools()) and those that may not be read.
  void cover(const std::vector<std::filesystem::path>& paths);
  std::size_t folders() const { return folders_.size(); }
  /// There are more folders than are watched.
  bool full() const { return full_; }
  /// Waits for a change, and a moment longer for what belongs to the same one. Empty: `interruption` was
  /// readable before one came.
  std::set<std::filesystem::path> wait(int interruption);

 private:
  void cover_tree(const std::filesystem::path& folder);
  void cover_folder(const std::filesystem::path& folder);
  void cover_link(const std::filesystem::path& link);
  std::optional<int> watch_of(const std::filesystem::path& folder);
  void read(std::set<std::filesystem::path>& changed);

  std::size_t most_folders_;
  int descriptor_ = -1;
  bool full_ = false;
  std::map<int, std::filesystem::path> folders_;  // by their watches
};

}  // namespace scenarios::cli
