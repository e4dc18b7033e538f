#include "bridge/call/no_phone.hpp"

#include <algorithm>
#include <array>
#include <string>

namespace bridge::call {
namespace {

constexpr std::size_t kSidSize = 34;  // of Twilio's: two letters, 32 hexadecimal digits
constexpr std::size_t kUuidSize = 36;
constexpr std::size_t kLeastId = 16;  // characters
constexpr int kIdRuns = 3;            // of digits, with letters between them
constexpr std::size_t kNanoseconds = 9;

constexpr std::array<std::string_view, 22> kUnits{
    "B",  "KB", "KiB", "MB",  "MiB",     "GB",      "GiB",    "byte",    "bytes",   "ns",     "us",
    "ms", "s",  "sec", "min", "seconds", "samples", "frames", "packets", "letters", "tokens", "Hz"};
/// Last words of names: `size=`, `content_length=`, `"durationMs":`.
constexpr std::array<std::string_view, 20> kNames{
    "bytes",  "size",  "length", "duration", "ns",     "us",   "ms",  "seconds",  "timestamp", "time",
    "offset", "count", "total",  "limit",    "tokens", "port", "pid", "sequence", "index",     "version"};

bool hexadecimal(char c) {
  return digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

std::size_t end_of_word(std::string_view text, std::size_t from) {
  while (from < text.size() && in_a_word(text[from])) ++from;
  return from;
}

bool digit_at(std::string_view text, std::size_t at) {
  return at < text.size() && digit(text[at]);
}

/// Whether another group of digits may follow at `at`.
bool goes_on(std::string_view text, std::size_t at, std::string_view separators) {
  return at < text.size() && separators.find(text[at]) != std::string_view::npos && digit_at(text, at + 1);
}

bool is_sid(std::string_view word) {
  return word.size() == kSidSize && word[0] >= 'A' && word[0] <= 'Z' && word[1] >= 'A' && word[1] <= 'Z' &&
         word.find_first_not_of("0123456789abcdef", 2) == std::string_view::npos;
}

bool is_uuid(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (dash ? text[i] != '-' : !hexadecimal(text[i])) return false;
  }
  return text.size() == kUuidSize;
}

/// A word in which letters and digits take turns too often for a number with something before it.
bool is_mixed(std::string_view word) {
  int runs = 0;
  for (std::size_t i = 0; i < word.size(); ++i) {
    if (digit(word[i]) && (i == 0 || !digit(word[i - 1]))) ++runs;
  }
  return word.size() >= kLeastId && runs >= kIdRuns;
}

std::size_t end_of_id(std::string_view text, std::size_t from) {
  if (is_uuid(text.substr(from, kUuidSize)) && end_of_word(text, from + kUuidSize) == from + kUuidSize)
    return from + kUuidSize;
  const auto end = end_of_word(text, from);
  const auto word = text.substr(from, end - from);
  return is_sid(word) || is_mixed(word) ? end : from;
}

/// The digits' value; they are few.
int value(std::string_view digits) {
  int sum = 0;
  for (const char c : digits) sum = 10 * sum + (c - '0');
  return sum;
}

bool is_day(std::string_view year, std::string_view month, std::string_view day) {
  return value(year) >= 1970 && value(year) < 2100 && value(month) >= 1 && value(month) <= 12 &&
         value(day) >= 1 && value(day) <= 31;
}

bool is_time_of_day(std::string_view hhmmss) {
  return value(hhmmss.substr(0, 2)) < 24 && value(hhmmss.substr(2, 2)) < 60 &&
         value(hhmmss.substr(4, 2)) <= 60;
}

/// Whether text is divided before `first` and before `second`, by the same mark.
bool divided(std::string_view text, std::size_t first, std::size_t second) {
  const char mark = text[first];
  return (mark == '-' || mark == '/' || mark == '.') && text[second] == mark;
}

/// 2026-11-29, 29-11-2026, 29.11.2026, 11/29/2026, 20261129, 20261129101500.
std::size_t end_of_date(std::string_view text, std::size_t from) {
  const auto end = end_of_digits(text, from);
  const auto run = text.substr(from, end - from);
  if (run.size() == 8 || run.size() == 14) {
    const bool day = is_day(run.substr(0, 4), run.substr(4, 2), run.substr(6, 2));
    return day && (run.size() == 8 || is_time_of_day(run.substr(8))) ? end : from;
  }
  const auto part = [&](std::size_t at, std::size_t size) { return text.substr(from + at, size); };
  const auto all = part(0, 10);
  const auto digits = std::ranges::count_if(all, digit);
  if (all.size() < 10 || digits != 8 || digit_at(text, from + 10) || goes_on(text, from + 10, "./"))
    return from;
  const bool year_first = divided(all, 4, 7) && is_day(part(0, 4), part(5, 2), part(8, 2));
  const bool year_last = divided(all, 2, 5) && (is_day(part(6, 4), part(3, 2), part(0, 2)) ||
                                                is_day(part(6, 4), part(0, 2), part(3, 2)));
  return year_first || year_last ? from + 10 : from;
}

/// Four numbers of a byte each.
std::size_t end_of_address(std::string_view text, std::size_t from) {
  auto at = from;
  for (int group = 0; group < 4; ++group) {
    if (group > 0 && (at >= text.size() || text[at++] != '.')) return from;
    const auto end = end_of_digits(text, at);
    const bool padded = text[std::min(at, text.size() - 1)] == '0' && end - at > 1;
    if (end == at || end - at > 3 || padded || value(text.substr(at, end - at)) > 255) return from;
    at = end;
  }
  return goes_on(text, at, ".-") ? from : at;
}

/// Of this time, since 1970: in milli-, micro- or nanoseconds, or in seconds with a fraction. Whole seconds
/// have as many digits as a phone number.
std::size_t end_of_time_stamp(std::string_view text, std::size_t from) {
  const auto end = end_of_digits(text, from);
  const auto size = end - from;
  const bool fits = (size == 10 && goes_on(text, end, ".")) || size == 13 || size == 16 || size == 19;
  const bool now = text[from] == '1' && digit_at(text, from + 1) && text[from + 1] >= '5';
  return fits && now && !goes_on(text, end, " -(") ? end : from;
}

std::size_t end_of_fraction(std::string_view text, std::size_t from) {
  if (from < 2 || text[from - 1] != '.' || !digit(text[from - 2])) return from;
  const bool of_zero = text[from - 2] == '0' && (from < 3 || !in_a_word(text[from - 3]));
  const auto end = end_of_digits(text, from);
  const bool fits = of_zero || end - from <= kNanoseconds;
  return fits && !goes_on(text, end, ".-") ? end : from;
}

bool has_unit(std::string_view text, std::size_t end) {
  if (goes_on(text, end, ".")) end = end_of_digits(text, end + 1);
  if (end < text.size() && text[end] == ' ') ++end;
  const auto word = text.substr(end, end_of_word(text, end) - end);
  return std::ranges::find(kUnits, word) != kUnits.end();
}

/// The name that a value at `from` stands behind: `name=`, `name: `, `"name":"`.
std::string name_before(std::string_view text, std::size_t from) {
  const auto before = [&](char c) { return from > 0 && text[from - 1] == c; };
  if (before('"')) --from;
  if (before(' ')) --from;
  if (!before('=') && !before(':')) return {};
  --from;
  if (before('"')) --from;
  const auto end = from;
  while (from > 0 && (in_a_word(text[from - 1]) || text[from - 1] == '_')) --from;
  return std::string(text.substr(from, end - from));
}

/// Of `content_length` and `contentLength`: length.
std::string last_word(std::string name) {
  const auto is_capital = [](char c) { return c >= 'A' && c <= 'Z'; };
  auto begin = name.size();
  while (begin > 0 && name[begin - 1] != '_' && !(begin < name.size() && is_capital(name[begin]))) --begin;
  name.erase(0, begin);
  if (!name.empty() && is_capital(name[0])) name[0] = static_cast<char>(name[0] - 'A' + 'a');
  return name;
}

bool has_name(std::string_view text, std::size_t from) {
  const auto name = name_before(text, from);
  const bool of_a_caller = name.find("aller") != std::string::npos;  // caller_id holds a number
  return !of_a_caller && std::ranges::find(kNames, std::string_view(last_word(name))) != kNames.end();
}

std::size_t end_of_quantity(std::string_view text, std::size_t from) {
  const auto end = end_of_digits(text, from);
  return has_unit(text, end) || has_name(text, from) ? end : from;
}

}  // namespace

std::size_t end_of_digits(std::string_view text, std::size_t from) {
  while (digit_at(text, from)) ++from;
  return from;
}

std::size_t end_of_no_phone(std::string_view text, std::size_t from) {
  if (from >= text.size() || !in_a_word(text[from])) return from;
  const char before = from > 0 ? text[from - 1] : ' ';
  if (in_a_word(before) || before == '+') return from;
  for (const auto rule :
       {end_of_id, end_of_date, end_of_address, end_of_time_stamp, end_of_fraction, end_of_quantity}) {
    if (rule != end_of_id && !digit(text[from])) break;
    if (const auto end = rule(text, from); end != from) return end;
  }
  return from;
}

}  // namespace bridge::call
