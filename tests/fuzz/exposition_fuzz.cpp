#include "scenarios/engine/promql/exposition.hpp"

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include <fmt/format.h>

/// What was read reads the same once it is written again.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace scenarios::engine::promql;
  const auto first = parse_exposition({reinterpret_cast<const char*>(data), size});
  const auto* samples = std::get_if<Samples>(&first);
  if (samples == nullptr) return 0;
  std::string text;
  for (const auto& sample : *samples) {
    if (!std::isfinite(sample.value)) return 0;
    text += fmt::format("{} {}\n", series_text(sample.name, sample.labels), sample.value);
  }
  const auto second = parse_exposition(text);
  if (!std::holds_alternative<Samples>(second) || std::get<Samples>(second) != *samples) std::abort();
  return 0;
}
