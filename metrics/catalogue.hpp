#pragma once
#include <array>
#include <span>
#include <string_view>

namespace metrics {

enum class Kind { counter, gauge, histogram };
std::string_view to_string(Kind kind);

/// A label. With `values` its set is closed: every combination of closed labels exists, at zero, from the
/// start. Without, series appear when first counted (the harness's `call`, which the scenario bounds).
struct Label {
  std::string_view name;
  std::span<const std::string_view> values = {};
  /// True: `values` exist from the start, and others appear when first counted (codes that a script makes
  /// up).
  bool open = values.empty();
};

using Pair = std::array<std::string_view, 2>;

/// One family. The catalogue is the one source of exposition, docs, help texts, lint and checks.
struct Family {
  std::string_view name;
  Kind kind;
  std::span<const Label> labels = {};
  std::string_view help = {};            // what it counts, one sentence
  std::string_view action = {};          // what to do when it is not what it should be
  std::span<const double> buckets = {};  // histograms: upper edges, +Inf implied
  /// For two labels whose product makes no sense (verdict and reason): the pairs that exist from the start.
  /// Another pair of known values is no bug: it appears when first counted.
  std::span<const Pair> pairs = {};
};

/// Every family of the bridge (voicebridge_, process_) and of the harness (fake_twilio_, fake_openai_,
/// caller_), sorted by name.
std::span<const Family> catalogue();
/// Nullptr when there is no such family. `name` may be a histogram's series name (_bucket, _sum, _count).
const Family* find_family(std::string_view name);

}  // namespace metrics
