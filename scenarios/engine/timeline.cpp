#include "scenarios/engine/timeline.hpp"

#include "scenarios/engine/promql/exposition.hpp"

#include <utility>
#include <variant>

namespace scenarios::engine {

void Timeline::add(runtime::TimePoint at, std::string_view exposition) {
  std::string wanted;
  while (!exposition.empty()) {
    const auto end = exposition.find('\n');
    const auto line = exposition.substr(0, end);
    exposition.remove_prefix(end == std::string_view::npos ? exposition.size() : end + 1);
    const auto name = line.substr(0, line.find_first_of("{ "));
    if (names_.contains(std::string(name))) wanted.append(line).push_back('\n');
  }
  auto parsed = promql::parse_exposition(wanted);
  auto* samples = std::get_if<promql::Samples>(&parsed);
  if (samples == nullptr) return;
  if (!points_.empty() && points_.back().samples == *samples) return;  // it held since then
  points_.push_back({at, std::move(*samples)});
}

}  // namespace scenarios::engine
