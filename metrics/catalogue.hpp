#pragma once
#include <span>
#include <string_view>

namespace metrics {

enum class Kind { counter, gauge, histogram };

/// A label. With `values` its set is closed: every combination of closed labels exists, at zero, from the start.
/// Without, series appear when first counted (the harness's `call`, which the scenario bounds).
struct Label {
  std::string_view name;
  std::span<const std::string_view> values;
};

/// One family. The catalogue is the one source of exposition, docs, help texts, lint and checks.
struct Family {
  std::string_view name;
  Kind kind;
  std::span<const Label> labels;
  std::string_view help;      // what it counts, one sentence
  std::string_view action;    // what to do when it is not what it should be
  std::span<const double> buckets;  // histograms: upper edges, +Inf implied
};

/// Every family of the bridge (voicebridge_, process_) and of the harness (fake_twilio_, fake_openai_, caller_),
/// sorted by name.
std::span<const Family> catalogue();
/// Nullptr when there is no such family. `name` may be a histogram's series name (_bucket, _sum, _count).
const Family* find_family(std::string_view name);

}  // namespace metrics
