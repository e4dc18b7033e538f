#include "scenarios/engine/scrapes.hpp"

#include "scenarios/engine/promql/exposition.hpp"

#include <variant>

namespace scenarios::engine {

void Scrapes::add(std::string_view exposition) {
  ++count_;
  auto parsed = promql::parse_exposition(exposition);
  if (auto* samples = std::get_if<promql::Samples>(&parsed)) {
    for (auto& sample : *samples) {
      auto& values = series_[{std::move(sample.name), std::move(sample.labels)}];
      values.resize(count_ - 1);
      values.emplace_back(sample.value);
    }
  }
  for (auto& [name, values] : series_) values.resize(count_);
}

}  // namespace scenarios::engine
