#pragma once
#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace scenarios::engine {

/// A place in a scenario file, from 1. Zero: none known.
struct Mark {
  std::size_t line = 0;
  std::size_t column = 0;  // in bytes; people are told it in characters
  std::size_t file = 0;    // of what the scenario includes, from 1; 0: its own
  auto operator<=>(const Mark&) const = default;
};

/// A file as it was read, kept for its lines.
class Source {
 public:
  Source(std::filesystem::path file, std::string text);
  const std::filesystem::path& file() const { return file_; }
  const std::string& text() const { return text_; }
  /// Without its line break; empty beyond the end.
  std::string_view line(std::size_t number) const;

  /// Keeps what it includes; its marks carry the number that this returns.
  std::size_t include(std::shared_ptr<const Source> included);
  /// What a mark's `file` stands for.
  const Source& part(std::size_t file) const { return file == 0 ? *this : *included_[file - 1]; }
  const std::vector<std::shared_ptr<const Source>>& included() const { return included_; }

 private:
  std::filesystem::path file_;
  std::string text_;
  std::vector<std::size_t> line_starts_;
  std::vector<std::shared_ptr<const Source>> included_;
};

/// One thing that is wrong with a scenario.
struct Problem {
  Mark at;
  std::string message;  // what was wrong
  std::string hint;     // what would be right; may be empty
};

/// "FILE:LINE:COL: error: MESSAGE", the source line, a caret, and the hint. COL counts characters.
std::string describe(const Source& source, const Problem& problem);
/// All of them, in the order of the file, each once.
std::string describe(const Source& source, std::vector<Problem> problems);

/// The one of `candidates` that `word` was likely meant to be; empty when none is near.
std::string nearest(std::string_view word, const std::vector<std::string>& candidates);

}  // namespace scenarios::engine
