#include "bridge/call/phone.hpp"

#include <algorithm>
#include <cstddef>

namespace bridge::call {
namespace {

constexpr std::ptrdiff_t kFewestDigits = 7;
constexpr std::size_t kMostDigits = 15;  // of E.164
constexpr std::size_t kSidSize = 34;     // of Twilio's: two letters, 32 hexadecimal digits

bool digit(char c) {
  return c >= '0' && c <= '9';
}

bool in_a_word(char c) {
  return digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool is_sid(std::string_view word) {
  return word.size() == kSidSize && word[0] >= 'A' && word[0] <= 'Z' && word[1] >= 'A' && word[1] <= 'Z' &&
         word.find_first_not_of("0123456789abcdef", 2) == std::string_view::npos;
}

bool bracket(char c) {
  return c == '(' || c == ')';
}

/// Whether `between` stands between two groups of one number's digits. A dot also stands in addresses and in
/// fractions, whose groups are shorter.
bool groups(std::string_view between, std::size_t shorter) {
  if (between.size() == 1) {
    const char c = between[0];
    return c == ' ' || c == '-' || bracket(c) || (c == '.' && shorter >= 3);
  }
  const auto spaced = [](char c) { return c == ' ' || c == '-'; };
  return between.size() == 2 &&
         ((spaced(between[0]) && bracket(between[1])) || (bracket(between[0]) && spaced(between[1])));
}

/// The end of the number that begins with the digits from `from` to `to`: it may go on in further groups.
std::size_t end_of_number(std::string_view text, std::size_t from, std::size_t to) {
  auto group = to - from;
  for (auto digits = group;;) {
    auto next = to;
    while (next < text.size() && !in_a_word(text[next]) && next - to < 3) ++next;
    auto end = next;
    while (end < text.size() && digit(text[end])) ++end;
    const auto further = end - next;
    const bool whole = further > 0 && (end == text.size() || !in_a_word(text[end]));
    if (!whole || digits + further > kMostDigits) return to;
    if (!groups(text.substr(to, next - to), std::min(group, further))) return to;
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
  const auto digits = std::ranges::count_if(text, digit);
  if (digits + 4 >= std::ssize(text)) {  // nothing but a number, written with spaces or dashes perhaps
    hide(text, 0, text.size());
    return text;
  }
  for (std::size_t i = 0; i < text.size();) {
    std::size_t end = i;
    while (end < text.size() && in_a_word(text[end])) ++end;
    const bool sid = is_sid(std::string_view(text).substr(i, end - i));
    while (!sid && i < end) {
      std::size_t run = i;
      while (run < end && digit(text[run])) ++run;
      if (run > i && run == end) run = end = end_of_number(text, i, run);
      hide(text, i, run);
      i = std::max(run, i + 1);
    }
    i = std::max(end, i + 1);
  }
  return text;
}

}  // namespace bridge::call
