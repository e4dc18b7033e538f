#include "scenarios/cli/repetition.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace scenarios::cli {
namespace {

constexpr std::size_t kBefore = 60;  // bytes shown before the difference
constexpr std::size_t kShown = 200;  // bytes of a line shown

std::string_view line_at(std::string_view text, std::size_t begin) {
  const auto rest = text.substr(std::min(begin, text.size()));
  return rest.substr(0, rest.find('\n'));
}

/// The part of a line around its byte `at`.
std::string around(std::string_view line, std::size_t at) {
  const std::size_t from = at > kBefore ? at - kBefore : 0;
  if (line.empty()) return "(it had ended)";
  return (from > 0 ? "..." : "") + std::string(line.substr(from, kShown)) +
         (line.size() > from + kShown ? "..." : "");
}

}  // namespace

std::optional<std::string> first_difference(std::string_view first, std::string_view again) {
  const auto at = static_cast<std::size_t>(std::ranges::mismatch(first, again).in1 - first.begin());
  if (at == first.size() && at == again.size()) return std::nullopt;
  const auto line_break = first.substr(0, at).rfind('\n');
  const std::size_t begin = line_break == std::string_view::npos ? 0 : line_break + 1;
  const auto number = std::ranges::count(first.substr(0, begin), '\n') + 1;
  return fmt::format("line {} of the journal differs\n    first: {}\n    again: {}", number,
                     around(line_at(first, begin), at - begin), around(line_at(again, begin), at - begin));
}

}  // namespace scenarios::cli
