#pragma once
#include <array>
#include <cstddef>
#include <fstream>
#include <functional>
#include <istream>
#include <stdexcept>
#include <string>
#include <string_view>

namespace scenarios::cli {

inline constexpr std::size_t kLongestScrape = 16U << 20U;

/// Could not be read: says nothing about the bridge.
struct Unreadable : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// A file, or `-`: standard input. Throws Unreadable, and says what would be right.
class LocalSource {
 public:
  explicit LocalSource(const std::string& name);

  /// As it is called in what is printed.
  const std::string& name() const { return name_; }
  /// Whether it begins as a scrape does; else it is a log.
  bool holds_metrics() const;
  /// All of it, as it came. Once, and not beside each_piece().
  std::string whole();
  /// The same in pieces, in order, however long it is.
  void each_piece(const std::function<void(std::string_view)>& take);

 private:
  bool next_piece();

  std::string name_;
  std::ifstream file_;
  std::istream& in_;
  std::array<char, 1U << 16U> room_{};
  std::string_view piece_;  // of room_, what was read last
};

}  // namespace scenarios::cli
