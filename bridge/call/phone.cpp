#include "bridge/call/phone.hpp"

#include <algorithm>

namespace bridge::call {

bool e164(std::string_view number) {
  return number.size() >= 8 && number.size() <= 16 && number.starts_with('+') &&
         number.find_first_not_of("0123456789", 1) == std::string_view::npos;
}

std::string masked(std::string_view number) {
  std::string text(number);
  const auto digits = std::ranges::count_if(text, [](char c) { return c >= '0' && c <= '9'; });
  if (digits < 7 || digits + 4 < std::ssize(text)) return text;
  for (std::size_t i = 5; i + 2 < text.size(); ++i) text[i] = '*';
  return text;
}

}  // namespace bridge::call
