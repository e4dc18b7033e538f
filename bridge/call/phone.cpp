#include "bridge/call/phone.hpp"

#include "bridge/call/no_phone.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>

namespace bridge::call {
namespace {

constexpr std::ptrdiff_t kFewestDigits = 7;
constexpr std::size_t kMostDigits = 15;  // of E.164

constexpr std::size_t kMostSeparators = 4;  // in a row
constexpr std::size_t kLongestGroup = 5;    // around a dash with spaces: a longer one is a number by itself

/// What is written between the groups of a number, as which of ASCII's.
constexpr std::array<std::pair<std::string_view, char>, 14> kSeparators{{
    {" ", ' '},
    {"-", '-'},
    {"(", '('},
    {")", ')'},
    {".", '.'},
    {"/", '/'},
    {"\u00a0", ' '},
    {"\u202f", ' '},
    {"\u2010", '-'},
    {"\u2011", '-'},
    {"\u2012", '-'},
    {"\u2013", '-'},
    {"\u2014", '-'},
    {"\u2212", '-'},
}};

/// Moves `at` behind the separators that begin there.
std::string separators(std::string_view text, std::size_t& at) {
  std::string kinds;
  while (kinds.size() <= kMostSeparators) {
    const auto here = [&](const auto& separator) { return text.substr(at).starts_with(separator.first); };
    const auto* const found = std::ranges::find_if(kSeparators, here);
    if (found == kSeparators.end()) break;
    kinds += found->second;
    at += found->first.size();
  }
  return kinds;
}

/// How a number begins.
enum class Prefix {
  international,  // +
  trunk,          // a 0 that more digits of its group follow
  none,
};
Prefix prefix_of(std::string_view text, std::size_t from) {
  const char before = from > 0 ? text[from - 1] : ' ';
  if (before == '+') return Prefix::international;
  const bool of_a_time = before == ':' && from > 1 && digit(text[from - 2]);  // 10:15:00.123456789
  const bool trunk = text[from] == '0' && from + 1 < text.size() && digit(text[from + 1]);
  return trunk && !of_a_time ? Prefix::trunk : Prefix::none;
}

/// Whether `kinds` stand between two groups of one number's digits. A dot also stands in addresses and in
/// fractions, whose groups are shorter, and a slash in much.
bool joins(std::string_view kinds, Prefix prefix, std::size_t shorter, std::size_t longer) {
  if (kinds.empty() || kinds.size() > kMostSeparators) return false;
  if (prefix == Prefix::international) return true;
  if (kinds == ".") return shorter >= 3 || prefix == Prefix::trunk;
  if (kinds == "/") return prefix == Prefix::trunk;
  if (kinds == " - ") return longer <= kLongestGroup;
  const auto spaced = [](char c) { return c == ' ' || c == '-'; };
  const auto bracket = [](char c) { return c == '(' || c == ')'; };
  if (kinds.size() == 1) return spaced(kinds[0]) || bracket(kinds[0]);
  return kinds.size() == 2 &&
         ((spaced(kinds[0]) && bracket(kinds[1])) || (bracket(kinds[0]) && spaced(kinds[1])));
}

/// The end of the number that begins with the digits from `from` to `to`: it may go on in further groups.
std::size_t end_of_number(std::string_view text, std::size_t from, std::size_t to) {
  const auto prefix = prefix_of(text, from);
  auto group = to - from;
  for (auto digits = group;;) {
    auto next = to;
    const auto kinds = separators(text, next);
    const auto end = end_of_digits(text, next);
    const auto further = end - next;
    const bool whole = further > 0 && (end == text.size() || !in_a_word(text[end]));
    if (!whole || digits + further > kMostDigits) return to;
    if (!joins(kinds, prefix, std::min(group, further), std::max(group, further))) return to;
    digits += further;
    group = further;
    to = end;
  }
}

/// Leaves four digits at the beginning (of a short number fewer) and two at the end.
void hide(std::string& text, std::size_t from, std::size_t to) {
  const auto begin = text.begin() + static_cast<std::ptrdiff_t>(from);
  const auto digits = std::count_if(begin, text.begin() + static_cast<std::ptrdiff_t>(to), digit);
  if (digits < kFewestDigits) return;
  const auto shown = std::min<std::ptrdiff_t>(4, digits - 5);
  std::ptrdiff_t seen = 0;
  for (std::size_t i = from; i < to; ++i) {
    if (digit(text[i]) && ++seen > shown && seen <= digits - 2) text[i] = '*';
  }
}

}  // namespace

bool e164(std::string_view number) {
  return number.size() >= 8 && number.size() <= 16 && number.starts_with('+') &&
         number.find_first_not_of("0123456789", 1) == std::string_view::npos;
}

std::string masked(std::string_view words) {
  std::string text(words);
  for (std::size_t i = 0; i < text.size();) {
    if (const auto past = end_of_no_phone(text, i); past != i) {
      i = past;
    } else if (!digit(text[i])) {
      ++i;
    } else {
      auto end = end_of_digits(text, i);
      if (end == text.size() || !in_a_word(text[end])) end = end_of_number(text, i, end);
      hide(text, i, end);
      i = end;
    }
  }
  return text;
}

std::string masked_number(std::string_view number) {
  std::string text(number);
  if (std::ranges::count_if(text, digit) + 4 >= std::ssize(text)) {
    hide(text, 0, text.size());  // nothing but a number, written with spaces or dashes perhaps
    return text;
  }
  text = masked(number);
  // Of sip:20261129@pbx or client:1771234567, what looks like a date or a time is still somebody's number.
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto end = end_of_digits(text, i);
    if (end == i) continue;
    hide(text, i, end);
    i = end;
  }
  return text;
}

}  // namespace bridge::call
