#pragma once
#include "runtime/core/time.hpp"
#include "scenarios/engine/promql/samples.hpp"

#include <set>
#include <string>
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
  explicit Timeline(std::set<std::string> names) : names_(std::move(names)) {}
  bool wanted() const { return !names_.empty(); }
  /// `exposition`: a scrape's text. Lines of other families are not even parsed.
  void add(runtime::TimePoint at, std::string_view exposition);
  const std::vector<Point>& points() const { return points_; }

 private:
  std::set<std::string> names_;
  std::vector<Point> points_;
};

}  // namespace scenarios::engine
