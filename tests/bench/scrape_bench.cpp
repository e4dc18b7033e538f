// What a scrape costs. The bridge has no label per call, so the number of calls decides only how much has
// changed since the scrape before: here everything that a second of calls can change, on each worker's sheet.
#include "metrics/catalogue.hpp"
#include "metrics/process.hpp"
#include "metrics/sheet.hpp"

#include <benchmark/benchmark.h>

#include <vector>

namespace {

/// A worker's handles to what has no labels, which is most of what frames count.
struct Worker {
  explicit Worker(metrics::Book& book) {
    auto& sheet = book.add_sheet({"voicebridge_"});
    for (const auto& family : metrics::catalogue()) {
      if (!family.name.starts_with("voicebridge_") || !family.labels.empty()) continue;
      if (family.kind == metrics::Kind::counter) counters.push_back(sheet.counter(family.name));
      if (family.kind == metrics::Kind::gauge) gauges.push_back(sheet.gauge(family.name));
      if (family.kind == metrics::Kind::histogram) histograms.push_back(sheet.histogram(family.name));
    }
  }
  void carry_calls() {
    for (auto& counter : counters) counter.add(50'000);
    for (auto& gauge : gauges) gauge.add(1);
    for (auto& histogram : histograms) histogram.observe(0.1);
  }

  std::vector<metrics::Counter> counters;
  std::vector<metrics::Gauge> gauges;
  std::vector<metrics::Histogram> histograms;
};

void scrape(benchmark::State& state) {
  metrics::Book book;
  metrics::add_process_metrics(book);
  std::vector<Worker> workers;
  for (std::int64_t i = 0; i < state.range(0); ++i) workers.emplace_back(book);
  std::size_t bytes = 0;
  for (auto _ : state) {
    for (auto& worker : workers) worker.carry_calls();
    bytes = book.expose().size();
  }
  state.counters["bytes"] = static_cast<double>(bytes);
}

}  // namespace

BENCHMARK(scrape)->Arg(1)->Arg(2)->Arg(16)->Unit(benchmark::kMillisecond);
BENCHMARK_MAIN();
