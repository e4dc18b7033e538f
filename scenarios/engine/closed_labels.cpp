#include "scenarios/engine/result.hpp"

#include "metrics/catalogue.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace scenarios::engine {

std::vector<std::string> late_series(const promql::Samples& samples) {
  std::vector<std::string> late;
  for (const auto& sample : samples) {
    const auto* family = metrics::find_family(sample.name);
    if (family == nullptr || family->pairs.empty()) continue;
    const auto value = [&](std::size_t i) {
      const auto found = sample.labels.find(std::string(family->labels[i].name));
      return found == sample.labels.end() ? std::string() : found->second;
    };
    const auto first = value(0), second = value(1);
    const bool listed = std::ranges::any_of(
        family->pairs, [&](const metrics::Pair& pair) { return pair[0] == first && pair[1] == second; });
    if (listed) continue;
    late.push_back(
        fmt::format("{}{{{}=\"{}\",{}=\"{}\"}} was not there at zero before it was counted: rate() and "
                    "increase() miss its first count",
                    sample.name, family->labels[0].name, first, family->labels[1].name, second));
  }
  return late;
}

}  // namespace scenarios::engine
