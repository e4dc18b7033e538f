#include "scenarios/diagnosis/source_text.hpp"

#include "scenarios/engine/promql/exposition.hpp"

#include <algorithm>
#include <array>
#include <variant>

namespace scenarios::diagnosis {
namespace {

using namespace std::string_view_literals;

std::string from_utf16(std::string_view bytes, bool big_endian) {
  std::string text;
  for (std::size_t at = 0; at + 1 < bytes.size(); at += 2) {
    const char high = bytes[big_endian ? at : at + 1], low = bytes[big_endian ? at + 1 : at];
    const bool ascii = high == '\0' && static_cast<unsigned char>(low) < 0x80U;
    text += ascii ? low : '?';
  }
  return text;
}

std::string decoded(std::string_view bytes) {
  if (bytes.starts_with("\xEF\xBB\xBF"sv)) return std::string(bytes.substr(3));
  if (bytes.starts_with("\xFF\xFE"sv)) return from_utf16(bytes.substr(2), false);
  if (bytes.starts_with("\xFE\xFF"sv)) return from_utf16(bytes.substr(2), true);
  return std::string(bytes);
}

/// The next line, taken off `text`, without blanks around it.
std::string_view next_line(std::string_view& text) {
  const auto end = std::min(text.find('\n'), text.size());
  auto line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  line.remove_prefix(std::min(line.find_first_not_of(" \t\r"), line.size()));
  while (!line.empty() && (line.back() == ' ' || line.back() == '\t' || line.back() == '\r'))
    line.remove_suffix(1);
  return line;
}

/// Log lines that happen to look like a sample (`done 5`) have no such name.
bool is_sample(std::string_view line) {
  const auto name = line.substr(0, line.find_first_of("{ \t"));
  return name.find('_') != std::string_view::npos &&
         std::holds_alternative<engine::promql::Samples>(engine::promql::parse_exposition(line));
}

}  // namespace

std::string bare_text(std::string_view bytes) {
  const auto text = decoded(bytes);
  std::string_view rest = text;
  // A proxy's or a redirect's head may stand before the last one.
  while (rest.starts_with("HTTP/")) {
    while (!next_line(rest).empty()) {
    }
  }
  return std::string(rest);
}

bool holds_metrics(std::string_view text) {
  while (!text.empty()) {
    const auto line = next_line(text);
    if (line.starts_with("# HELP ") || line.starts_with("# TYPE ")) return true;
    if (!line.empty() && !line.starts_with('#')) return is_sample(line);
  }
  return false;
}

std::string_view unpacker_of(std::string_view bytes) {
  struct Packed {
    std::string_view begins, unpacker;
  };
  constexpr std::array kPacked{Packed{"\x1F\x8B"sv, "zcat"}, Packed{"BZh"sv, "bzcat"},
                               Packed{"\xFD"
                                      "7zXZ"sv,
                                      "xzcat"},
                               Packed{"\x28\xB5\x2F\xFD"sv, "zstdcat"}};
  const auto* found =
      std::ranges::find_if(kPacked, [&](const Packed& one) { return bytes.starts_with(one.begins); });
  return found == kPacked.end() ? std::string_view() : found->unpacker;
}

}  // namespace scenarios::diagnosis
