#include "scenarios/engine/timeline.hpp"

#include <utility>
#include <variant>

namespace scenarios::engine {

void Timeline::add(runtime::TimePoint at, std::string_view exposition) {
  auto parsed = promql::parse_exposition(promql::lines_of(names_, exposition));
  auto* samples = std::get_if<promql::Samples>(&parsed);
  if (samples == nullptr) return;
  if (!points_.empty() && points_.back().samples == *samples) return;  // it held since then
  points_.push_back({at, std::move(*samples)});
}

}  // namespace scenarios::engine
