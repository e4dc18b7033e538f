#pragma once
#include "scenarios/diagnosis/evidence.hpp"
#include "scenarios/engine/promql/samples.hpp"

#include <string>
#include <vector>

namespace scenarios::diagnosis {

/// One number that a bridge publishes and the diagnosis rests on.
struct Wanted {
  const char* metric;
  bool gauge;  // of now; the others are counters, of which a difference is taken
};
inline constexpr const char* kCallsActive = "voicebridge_calls_active";
inline constexpr const char* kDraining = "voicebridge_draining";  // by process: 1 while it takes no new calls

/// Every metric that read_metrics() looks at, for those who must ask for each.
const std::vector<Wanted>& wanted_metrics();

/// The evidence of one scrape: everything since the bridge started.
Evidence read_metrics(const engine::promql::Samples& scrape);
/// Whether the first scrape is the later one: of a process that started later, or of one process.
bool swapped(const engine::promql::Samples& earlier, const engine::promql::Samples& later);
/// The evidence of what happened between two scrapes of one bridge. Where the process was started anew in
/// between, its start time tells so, or a counter that went back; it then counts from zero, and calls that
/// went on at the earlier scrape count as cut, unless the process was draining.
Evidence read_metrics(const engine::promql::Samples& earlier, const engine::promql::Samples& later);

}  // namespace scenarios::diagnosis
