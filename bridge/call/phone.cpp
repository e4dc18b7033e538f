#include "bridge/call/phone.hpp"

#include "bridge/call/no_phone.hpp"

#include <algorithm>
#include <cstddef>

namespace bridge::call {
namespace {

constexpr std::ptrdiff_t kFewestDigits = 7;
constexpr std::size_t kMostDigits = 15;  // of E.164

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
    const auto end = end_of_digits(text, next);
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
  if (std::ranges::count_if(text, digit) + 4 < std::ssize(text)) return masked(number);
  hide(text, 0, text.size());  // nothing but a number, written with spaces or dashes perhaps
  return text;
}

}  // namespace bridge::call
