#include "bridge/json/text.hpp"

#include "runtime/core/utf8.hpp"

namespace bridge::json {

void append_string(std::string& out, std::string_view text) {
  static constexpr std::string_view kDigits = "0123456789abcdef";
  out.push_back('"');
  for (const char c : text) {
    const auto octet = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out.push_back('\\');
      out.push_back(c);
    } else if (octet < 0x20U) {
      out.append("\\u00");
      out.push_back(kDigits[octet >> 4U]);
      out.push_back(kDigits[octet & 15U]);
    } else {
      out.push_back(c);
    }
  }
  out.push_back('"');
}

std::string excerpt(std::string_view words, std::size_t limit) {
  std::string text(runtime::utf8_prefix(words, limit));
  for (char& c : text) {
    const auto octet = static_cast<unsigned char>(c);
    if (octet < 0x20U || octet == 0x7FU) c = '?';
  }
  if (text.size() < words.size()) text.append("...");
  return text;
}

}  // namespace bridge::json
