#pragma once
#include "scenarios/engine/promql/samples.hpp"

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace scenarios::engine {

/// What a Prometheus with a fixed scrape interval would have of one run: a value of every series at each
/// scrape. Bounded by the scenario's limit.
class Scrapes {
 public:
  using Name = std::pair<std::string, promql::Labels>;
  using Values = std::vector<std::optional<double>>;  // nullopt: the series was not in that scrape

  /// `exposition`: the text of one scrape. One that cannot be read has no series, as for Prometheus.
  void add(std::string_view exposition);

  std::size_t count() const { return count_; }
  /// All of the same length, count().
  const std::map<Name, Values>& series() const { return series_; }

 private:
  std::map<Name, Values> series_;
  std::size_t count_ = 0;
};

}  // namespace scenarios::engine
