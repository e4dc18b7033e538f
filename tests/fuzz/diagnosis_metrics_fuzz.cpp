#include "scenarios/diagnosis/conclusion.hpp"
#include "scenarios/diagnosis/metrics_reader.hpp"
#include "scenarios/diagnosis/prometheus_answer.hpp"
#include "scenarios/diagnosis/source_text.hpp"
#include "scenarios/engine/promql/exposition.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <variant>

namespace {
using namespace scenarios::diagnosis;
using scenarios::engine::promql::Samples;

void conclude_something(const Evidence& evidence) {
  if (conclude(evidence).says.empty()) std::abort();
}
}  // namespace

/// Any scrape and any answer of Prometheus is refused, or leads to a conclusion.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  (void)holds_metrics(text);
  const auto scrape = scenarios::engine::promql::parse_exposition(bare_text(text));
  if (const auto* samples = std::get_if<Samples>(&scrape)) {
    conclude_something(read_metrics(*samples));
    conclude_something(read_metrics({}, *samples));
    conclude_something(read_metrics(*samples, *samples));
  }
  ScrapedSpan span(0, 1e6);
  if (!span.add(kProcessStart, text)) return 0;
  for (const auto& wanted : wanted_metrics()) span.add(wanted.metric, text);
  for (const auto& [bridge, samples] : span.bridges()) {
    if (span.restarts(bridge).times > text.size()) std::abort();
    conclude_something(read_metrics(samples));
  }
  return 0;
}
