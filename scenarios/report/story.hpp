#pragma once
#include "scenarios/engine/run.hpp"
#include "scenarios/engine/timeline.hpp"
#include "scenarios/report/record.hpp"
#include "scenarios/report/wires.hpp"

#include <string>
#include <vector>

namespace scenarios::report {

/// How much of a scenario the page tells.
struct Depth {
  Bounds bounds;
  bool sound = false;       // to be played, and not only seen
  double seconds = 0;       // of sound, of all calls together
  std::size_t changes = 0;  // metrics that changed
};
/// Of one that passed: enough to see what happened. Of one that failed: enough to find out why.
Depth slim_depth();
Depth full_depth();

/// One scenario for the page, as JSON that may stand inside of <script>. `course`: metrics over time, of this
/// run or of its repetition.
std::string tell(const engine::Result& result, const engine::Performance& performance,
                 const std::vector<engine::Timeline::Point>& course, runtime::TimePoint course_start,
                 const Depth& depth);
/// The same for one that could not even be begun.
std::string tell(const engine::Result& result);

}  // namespace scenarios::report
