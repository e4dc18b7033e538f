#include "scenarios/engine/promql/pattern.hpp"

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <string_view>

namespace scenarios::engine::promql {
namespace {

/// The library reads the number of a group or of a repetition without a look at its length.
bool numbers_fit(std::string_view pattern) {
  constexpr std::size_t kMostDigits = 9;
  std::size_t digits = 0;
  bool counted = false;  // the digits stand where a number is read
  bool repetition = false;
  for (const char c : pattern) {
    const bool digit = c >= '0' && c <= '9';
    digits = digit && counted ? digits + 1 : 0;
    if (digits > kMostDigits) return false;
    repetition = c == '{' || (repetition && (digit || c == ','));
    if (!digit) counted = c == '\\' || repetition;
  }
  return true;
}

/// Looks for what the library takes and RE2 refuses, or understands in another way.
class ForRe2 {
 public:
  explicit ForRe2(std::string_view pattern) : pattern_(pattern) {
    while (wrong_.empty() && at_ < pattern_.size()) step();
  }
  /// As it is written; empty: nothing.
  std::string wrong() const { return wrong_; }

 private:
  std::string_view rest() const { return pattern_.substr(at_); }

  void step() {
    const char c = pattern_[at_];
    if (c == '\\') {
      escape();
    } else if (c == '[') {
      characters();
    } else if (c == '(' && rest().starts_with("(?") && !rest().starts_with("(?:")) {
      wrong_ = rest().substr(0, 3);
    } else if (c == '{') {
      repetition();
    } else {
      ++at_;
      if (c == '*' || c == '+') repeated(at_ - 1);
    }
  }

  /// What is repeated already, from `begin` on, cannot be repeated again.
  void repeated(std::size_t begin) {
    constexpr std::string_view kAgain = "*+{";
    if (at_ < pattern_.size() && kAgain.find(pattern_[at_]) != std::string_view::npos)
      wrong_ = pattern_.substr(begin, at_ + 1 - begin);
  }

  void escape(bool among_characters = false) {
    const std::string_view kBoth = among_characters ? "dDsSwWfnrtvx0" : "dDsSwWbBfnrtvx0";
    const char c = at_ + 1 < pattern_.size() ? pattern_[at_ + 1] : '.';
    const bool ascii = static_cast<unsigned char>(c) < 0x80;
    const bool sign = ascii && std::isalnum(static_cast<unsigned char>(c)) == 0;
    if (!sign && kBoth.find(c) == std::string_view::npos) wrong_ = rest().substr(0, 2);
    at_ += 2;
  }

  /// [...], in which only escapes are of interest.
  void characters() {
    at_ += rest().starts_with("[^") ? 2 : 1;
    if (rest().starts_with("]")) wrong_ = "[]";  // a character to RE2, and the end to the library
    while (wrong_.empty() && at_ < pattern_.size() && pattern_[at_] != ']') {
      if (rest().starts_with("[.") || rest().starts_with("[=")) wrong_ = rest().substr(0, 2);
      const auto end = rest().starts_with("[:") ? rest().find(":]") : std::string_view::npos;
      if (end != std::string_view::npos) {
        at_ += end + 2;
      } else if (pattern_[at_] == '\\') {
        escape(true);
      } else {
        ++at_;
      }
    }
    ++at_;
  }

  void repetition() {
    constexpr int kMost = 1000;
    const auto end = std::min(rest().find('}'), rest().size());
    int number = 0;
    for (const char c : rest().substr(1, end)) {
      number = c >= '0' && c <= '9' ? number * 10 + (c - '0') : 0;
      if (number <= kMost) continue;
      wrong_ = rest().substr(0, end + 1);
      break;
    }
    const auto begin = at_;
    at_ = std::min(at_ + end + 1, pattern_.size());
    if (wrong_.empty()) repeated(begin);
  }

  std::string_view pattern_;
  std::size_t at_ = 0;
  std::string wrong_;
};

std::variant<std::regex, std::string> compiled(const std::string& text, std::regex::flag_type more) {
  if (!numbers_fit(text)) return "this is no regular expression: a number in it has more than nine digits";
  try {  // the library reports a bad pattern in no other way
    return std::regex(text, std::regex::ECMAScript | std::regex::optimize | more);
  } catch (const std::regex_error&) {
    return "this is no regular expression";
  }
}

}  // namespace

std::variant<std::regex, std::string> read_pattern(const std::string& text) {
  return compiled(text, {});
}

std::variant<std::regex, std::string> read_value_pattern(const std::string& text) {
  constexpr std::string_view kAnyCase = "(?i)";
  const bool any_case = text.starts_with(kAnyCase);
  const auto pattern = any_case ? text.substr(kAnyCase.size()) : text;
  if (const auto wrong = ForRe2(pattern).wrong(); !wrong.empty() && numbers_fit(pattern))
    return "Prometheus' regular expressions (RE2) have no '" + wrong + "', or linecheck does not read it";
  return compiled(pattern, any_case ? std::regex::icase : std::regex::flag_type{});
}

}  // namespace scenarios::engine::promql
