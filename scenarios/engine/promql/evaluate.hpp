#pragma once
#include "scenarios/engine/promql/query.hpp"
#include "scenarios/engine/promql/samples.hpp"

#include <functional>
#include <string>
#include <variant>
#include <vector>

namespace scenarios::engine::promql {

/// What a query sees. Counters count from the scenario's start (see since_start()).
struct Instant {
  const Samples& now;
  double elapsed_seconds = 0;  // since the scenario's start
  /// The samples from so many seconds ago until now, oldest first; beyond the start, from the start. Only
  /// increase() and rate() ask.
  std::function<std::vector<Samples>(double seconds_ago)> history;
};

using Vector = std::vector<Sample>;  // an empty name: a computed value
using Value = std::variant<double, Vector>;

/// The value of `query`, series sorted by name and labels. The error is one of matching (two series of a side
/// are the same under on() or ignoring()).
std::variant<Value, QueryError> evaluate(const Query& query, const Instant& instant);

struct Judgement {
  bool holds = false;
  std::string why;                  // what broke it, or what it came to when it holds
  std::vector<Labels> series = {};  // of which that is said
};

/// Whether a query holds as an expectation. A comparison at the top must hold for every series of its left
/// side; anything else must have a result. Nothing at all never holds.
Judgement judge(const Query& query, const Instant& instant);

/// Why `query` could never say no, as an expectation; empty when it can.
std::string why_no_condition(const Query& query);

/// `now` with the counters (by the catalogue; else by the suffixes _total, _bucket, _sum, _count) reduced by
/// what they were at the start. One that is lower than at the start began anew and is taken as it is.
Samples since_start(Samples now, const Samples& start);

/// By the catalogue, else by the suffixes _total, _bucket, _sum and _count.
bool is_counter(const std::string& name);
/// Those of `samples` that count.
Samples counters_of(Samples samples);

/// A value as people write it: 3, 0.25, +Inf.
std::string number_text(double value);

}  // namespace scenarios::engine::promql
