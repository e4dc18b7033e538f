#pragma once
#include "runtime/core/time.hpp"
#include "scenarios/engine/promql/exposition.hpp"

#include <string_view>
#include <vector>

namespace scenarios::engine {

/// Metrics over the time of one run: the families that expectations with a window ask for, at each look.
class Timeline {
 public:
  struct Point {
    runtime::TimePoint at;
    promql::Samples samples;
  };
  /// Only these metric names are kept.
  explicit Timeline(promql::Names names) : names_(std::move(names)) {}
  bool wanted() const { return !names_.empty(); }
  const promql::Names& names() const { return names_; }
  /// `exposition`: a scrape's text. Lines of other families are not even parsed.
  void add(runtime::TimePoint at, std::string_view exposition);
  const std::vector<Point>& points() const { return points_; }

 private:
  promql::Names names_;
  std::vector<Point> points_;
};

}  // namespace scenarios::engine
