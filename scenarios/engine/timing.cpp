#include "scenarios/engine/timing.hpp"

#include "scenarios/engine/promql/query.hpp"

#include <algorithm>
#include <string_view>

namespace scenarios::engine {
namespace {

/// Metrics in seconds that say how much there was; the others say how long it took, or when.
constexpr std::string_view kAmounts[] = {"caller_heard_seconds", "caller_heard_speech_seconds",
                                         "caller_sound_heard_seconds", "caller_static_seconds"};

bool is_a_time(std::string name) {
  for (const std::string_view ending : {"_bucket", "_sum", "_count"}) {
    if (name.ends_with(ending)) name.resize(name.size() - ending.size());
  }
  return name.ends_with("_seconds") && !name.ends_with("_timestamp_seconds") &&
         std::ranges::find(kAmounts, name) == std::end(kAmounts);
}

}  // namespace

bool about_timing(const Expectation& expectation) {
  const Window& window = expectation.window;
  if (window.mode != Window::Mode::at_end || window.after || window.to) return true;
  if (const auto* query = std::get_if<QueryCheck>(&expectation.check)) {
    return query->query != nullptr && std::ranges::any_of(query->query->metric_names(), is_a_time);
  }
  if (const auto* call = std::get_if<CallCheck>(&expectation.check))
    return call->silence_before_end.has_value();
  if (const auto* visitor = std::get_if<VisitorCheck>(&expectation.check))
    return visitor->closed_within.has_value();
  if (const auto* model = std::get_if<ModelReceivedCheck>(&expectation.check)) return model->truncate_heard;
  const auto* recording = std::get_if<RecordingCheck>(&expectation.check);
  return recording != nullptr && !recording->none;
}

}  // namespace scenarios::engine
