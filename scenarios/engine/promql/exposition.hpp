#pragma once
#include "scenarios/engine/promql/samples.hpp"

#include <cstddef>
#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <variant>

namespace scenarios::engine::promql {

struct ExpositionError {
  std::size_t line = 0;  // from 1
  std::string message;
};

/// Reads the Prometheus text format (0.0.4; OpenMetrics' `# EOF` and exemplars are read over). Timestamps are
/// ignored. One bad line refuses the whole: half a scrape would make metrics look absent.
std::variant<Samples, ExpositionError> parse_exposition(std::string_view text);

/// Names of series, as exposed.
using Names = std::set<std::string, std::less<>>;

/// The lines of `text` whose series have one of these names.
std::string lines_of(const Names& names, std::string_view text);

/// What scrapes of one process hold besides numbers, which is much the same in all of them.
class NewSeries {
 public:
  /// Names, labels and comments that were in no text before, a line each.
  std::string of(std::string_view text);

 private:
  std::set<std::string, std::less<>> known_;
};

}  // namespace scenarios::engine::promql
