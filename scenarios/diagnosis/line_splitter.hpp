#pragma once
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace scenarios::diagnosis {

/// Cuts a log into its lines as it comes: UTF-8, Latin-1 and UTF-16, also mixed in one file; ended by LF,
/// CRLF or CR alone; and a JSON array of objects that stands in a single line, an object each. Bounded: a
/// line beyond kLongestLine is cut.
class LineSplitter {
 public:
  static constexpr std::size_t kLongestLine = 1U << 20U;
  enum class Width { bytes, little_endian, big_endian };  // a character, in ASCII's range: one byte or two
  using Take = std::function<void(std::string_view line)>;

  /// Any piece of the log, in order. `take` hears of each line that it ends, without its end.
  void feed(std::string_view bytes, const Take& take);
  /// The log's end: a last line may lack its own.
  void finish(const Take& take);

 private:
  void end_line(const Take& take);
  /// That rest_ ends with; nullopt: it is not whole yet.
  std::optional<char> last_letter() const;
  /// Where in a JSON array `c` leads. True: behind the end of one of its objects.
  bool ends_object(char c);

  std::string rest_;         // of a line, as it came
  bool at_newline_ = false;  // rest_ ends with a line feed; the byte that follows says whether the line does
  int depth_ = 0;            // of brackets, within a line that is an array of objects; 0: it is none
  Width width_ = Width::bytes;  // of that array
  bool quoted_ = false, escaped_ = false;
};

}  // namespace scenarios::diagnosis
