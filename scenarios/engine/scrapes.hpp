#pragma once
#include "runtime/core/time.hpp"
#include "scenarios/engine/promql/samples.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace scenarios::engine {

/// As metrics/alerts/prometheus.example.yml has it.
inline constexpr runtime::Duration kScrapeInterval = std::chrono::seconds(15);

/// What a Prometheus with a fixed scrape interval would have of one run: a value of every series at each
/// scrape. Bounded by the scenario's limit.
class Scrapes {
 public:
  using Name = std::pair<std::string, promql::Labels>;
  using Values = std::vector<std::optional<double>>;  // nullopt: the series was not in that scrape

  /// `exposition`: the text of one scrape. One that cannot be read has no series, as for Prometheus.
  void add(std::string_view exposition);

  std::size_t count() const { return count_; }
  /// From the first to the last.
  runtime::Duration duration() const {
    return kScrapeInterval * static_cast<std::int64_t>(count_ == 0 ? 0 : count_ - 1);
  }
  /// All of the same length, count().
  const std::map<Name, Values>& series() const { return series_; }

 private:
  std::map<Name, Values> series_;
  std::size_t count_ = 0;
};

}  // namespace scenarios::engine
