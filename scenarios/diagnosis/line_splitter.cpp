#include "scenarios/diagnosis/line_splitter.hpp"

#include <algorithm>

namespace scenarios::diagnosis {
namespace {

bool between(char c, unsigned least, unsigned most) {
  const auto byte = static_cast<unsigned char>(c);
  return byte >= least && byte <= most;
}

/// Whether the line feed that `line` ends with ends it, or is half of a character of UTF-16, like the last
/// byte of U+1F50A. Lines begin with a whole character, so its place says which half it would be.
bool ends_line(std::string_view line, char next) {
  const auto at = line.size() - 1;
  const bool little_endian = at % 2 == 0;
  const char other = little_endian ? next : line[at - 1];
  if (other == '\0') return true;
  const std::size_t back = little_endian ? 1 : 3;  // to the first byte of the high surrogate, if it is one
  if (at >= back && between(line[at - back], 0xD8, 0xDB) && between(other, 0xDC, 0xDF)) return false;
  // A zero now and then is an accident; UTF-16 has one beside each ASCII character.
  return static_cast<std::size_t>(std::ranges::count(line, '\0')) * 4 < line.size();
}

/// Of a line that is `[{"` so far, with or without blanks between, behind a byte order mark or not.
std::optional<LineSplitter::Width> width_of_array(std::string_view line) {
  constexpr std::size_t kMost = 32;
  if (line.size() > kMost) return std::nullopt;
  for (const std::string_view mark : {"\xEF\xBB\xBF", "\xFF\xFE", "\xFE\xFF"}) {
    if (line.starts_with(mark)) line.remove_prefix(mark.size());
  }
  std::string bare(line);
  const auto zeros = std::erase(bare, '\0');
  std::erase(bare, ' ');
  if (bare != "[{\"") return std::nullopt;
  if (zeros == 0) return LineSplitter::Width::bytes;
  if (line.size() != 2 * zeros) return std::nullopt;
  return line.front() == '\0' ? LineSplitter::Width::big_endian : LineSplitter::Width::little_endian;
}

}  // namespace

void LineSplitter::feed(std::string_view bytes, const Take& take) {
  for (const char c : bytes) {
    if (at_newline_ && ends_line(rest_, c)) {
      const bool second_half = c == '\0' && rest_.size() % 2 == 1;
      end_line(take);
      if (second_half) continue;
    }
    if (rest_.size() >= kLongestLine) end_line(take);
    rest_ += c;
    at_newline_ = c == '\n';
    if (depth_ > 0) {
      if (const auto letter = last_letter(); letter && ends_object(*letter)) end_line(take);
    } else if (const auto width = c == '"' || c == '\0' ? width_of_array(rest_) : std::nullopt) {
      width_ = *width;
      depth_ = 2;
      quoted_ = true;
    }
  }
}

void LineSplitter::finish(const Take& take) {
  if (!rest_.empty()) end_line(take);
}

/// In UTF-16 half of another character may look like a quote or a bracket.
std::optional<char> LineSplitter::last_letter() const {
  if (width_ == Width::bytes) return rest_.back();
  if (rest_.size() % 2 != 0) return std::nullopt;
  const char first = rest_[rest_.size() - 2], second = rest_.back();
  const bool little = width_ == Width::little_endian;
  return (little ? second : first) == '\0' ? (little ? first : second) : '\0';
}

bool LineSplitter::ends_object(char c) {
  if (quoted_) {
    quoted_ = escaped_ || c != '"';
    escaped_ = !escaped_ && c == '\\';
    return false;
  }
  if (c == '"') quoted_ = true;
  if (c == '{' || c == '[') ++depth_;
  if (c == '}' || c == ']') --depth_;
  return c == '}' && depth_ == 1;
}

void LineSplitter::end_line(const Take& take) {
  // UTF-16 puts a zero beside each ASCII character, and a byte order mark in front.
  std::erase_if(rest_, [](char c) { return c == '\0' || c == '\n' || c == '\xFE' || c == '\xFF'; });
  std::string_view line = rest_;
  if (depth_ > 0) line.remove_prefix(std::min(line.find_first_not_of("[, "), line.size()));
  while (line.ends_with('\r')) line.remove_suffix(1);
  for (auto end = line.find('\r'); end != std::string_view::npos; end = line.find('\r')) {
    take(line.substr(0, end));
    line.remove_prefix(end + 1);
  }
  take(line);
  // A line feed, and a line beyond all bounds, end an array too: what follows is read line by line.
  const bool goes_on = depth_ == 1 && !at_newline_;
  if (!goes_on) depth_ = 0;
  rest_.clear();
  at_newline_ = quoted_ = escaped_ = false;
}

}  // namespace scenarios::diagnosis
