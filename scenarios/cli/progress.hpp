#pragma once
#include <cstddef>
#include <cstdio>
#include <list>
#include <string>

namespace scenarios::cli {

/// One line at the bottom of a terminal: how many of how many are done, and what runs now. Nothing at all in
/// a pipe. One thread at a time.
class Progress {
 public:
  Progress(bool shown, std::size_t total) : shown_(shown), total_(total) {}
  void begin(const std::string& name);
  void end(const std::string& name);
  /// Makes room for lines that stay.
  void clear() const;
  void draw() const;

 private:
  const bool shown_;
  const std::size_t total_;
  std::size_t done_ = 0;
  std::list<std::string> running_;
};

/// What the line says, of at most `columns`.
std::string progress_text(std::size_t done, std::size_t total, const std::list<std::string>& running,
                          std::size_t columns);

}  // namespace scenarios::cli
