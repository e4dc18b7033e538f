#pragma once
#include "scenarios/engine/promql/evaluate.hpp"

#include <limits>
#include <map>
#include <optional>
#include <utility>

namespace scenarios::engine::promql {

inline constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

/// One evaluation at one instant. Keeps the first error and goes on with nothing.
class Evaluator {
 public:
  explicit Evaluator(const Instant& instant) : instant_(instant) {}
  Value value(const Node& node);
  const std::optional<QueryError>& error() const { return error_; }

  /// Both sides of a comparison brought together, left to right; the right one is absent without a partner.
  struct Pair {
    Sample left;
    std::optional<double> right;
  };
  std::vector<Pair> pairs(const Binary& node);
  static bool compare(Operator op, double left, double right);

 private:
  Vector vector_of(const Node& node);
  double scalar_of(const Node& node);
  Vector select(const Selector& selector, const Samples& from) const;
  Value binary(const Binary& node);
  Value arithmetic(const Binary& node);
  Vector sets(const Binary& node);
  Vector aggregate(const Aggregate& node);
  Value call(const Call& node);
  Vector absent(const Node& argument);
  Vector quantile(double q, const Vector& buckets) const;
  Vector increase(const Node& argument, bool per_second);
  std::map<Labels, double> by_key(const Vector& side, const Matching& matching, const Node& at);

  const Instant& instant_;
  std::optional<QueryError> error_;
};

/// The labels under which `labels` finds its partner.
Labels matching_key(const Labels& labels, const Matching& matching);

}  // namespace scenarios::engine::promql
