#include "scenarios/words/plain.hpp"

#include "runtime/core/units.hpp"
#include "runtime/core/utf8.hpp"

#include <fmt/format.h>

namespace scenarios::words {
using namespace std::chrono_literals;

namespace {
constexpr std::size_t kLongestQuote = 90;  // bytes

/// Up to two digits behind the point, without trailing zeros.
std::string number(double value) {
  std::string text = fmt::format("{:.2f}", value);
  text.erase(text.find_last_not_of('0') + 1);
  if (text.ends_with('.')) text.pop_back();
  return text;
}

}  // namespace

std::string duration(runtime::Duration length) {
  if (length < 1s) return number(runtime::seconds(length) * 1000) + " ms";
  if (length >= 2min && length % 1min == 0s) return number(runtime::seconds(length) / 60) + " min";
  return number(runtime::seconds(length)) + " s";
}

std::string length_of(std::string_view mulaw) {
  return number(runtime::seconds(runtime::mulaw_length(mulaw.size()))) + " s";
}

std::string ordinal(std::size_t number) {
  const bool teens = number % 100 >= 11 && number % 100 <= 13;
  const std::size_t last = teens ? 0 : number % 10;
  return std::to_string(number) + (last == 1 ? "st" : last == 2 ? "nd" : last == 3 ? "rd" : "th");
}

std::string cited(std::string_view text) {
  if (text.size() <= kLongestQuote) return "\"" + std::string(text) + "\"";
  return "\"" + std::string(runtime::utf8_prefix(text, kLongestQuote)) + "...\"";
}

}  // namespace scenarios::words
