#include "scenarios/engine/measures.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <utility>

#include <fmt/format.h>

namespace scenarios::engine {

std::optional<runtime::Duration> parse_duration(std::string_view text) {
  static constexpr std::array<std::pair<std::string_view, double>, 4> kUnits{
      {{"ms", 1e6}, {"s", 1e9}, {"min", 60e9}, {"h", 3600e9}}};
  constexpr double kLongest = 1e18;  // nanoseconds: 30 years
  double value = 0;
  const char* const last = text.data() + text.size();
  const auto [end, problem] = std::from_chars(text.data(), last, value, std::chars_format::fixed);
  if (problem != std::errc() || value < 0) return std::nullopt;
  const std::string_view unit(end, static_cast<std::size_t>(last - end));
  for (const auto& [name, nanoseconds] : kUnits) {
    if (unit != name || value * nanoseconds > kLongest) continue;
    return runtime::Duration(std::llround(value * nanoseconds));
  }
  return std::nullopt;
}

std::optional<std::size_t> parse_size(std::string_view text) {
  static constexpr std::array<std::pair<std::string_view, std::size_t>, 3> kUnits{
      {{"B", 1}, {"KiB", 1024}, {"MiB", 1024 * 1024}}};
  constexpr std::size_t kMost = 1U << 20U;
  std::size_t value = 0;
  const char* const last = text.data() + text.size();
  const auto [end, problem] = std::from_chars(text.data(), last, value);
  if (problem != std::errc() || value > kMost) return std::nullopt;
  const std::string_view unit(end, static_cast<std::size_t>(last - end));
  for (const auto& [name, factor] : kUnits) {
    if (unit == name) return value * factor;
  }
  return std::nullopt;
}

std::string duration_text(runtime::Duration duration) {
  using namespace std::chrono_literals;
  if (duration % 1min == 0ns && duration != 0ns) return fmt::format("{}min", duration / 1min);
  if (duration < 1s) return fmt::format("{}ms", std::chrono::duration<double, std::milli>(duration).count());
  return fmt::format("{}s", runtime::seconds(duration));
}

}  // namespace scenarios::engine
