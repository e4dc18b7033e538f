#include "scenarios/engine/promtool_series.hpp"

#include <fmt/format.h>

#include <chrono>
#include <iterator>
#include <string>
#include <utility>

namespace scenarios::engine {
namespace {

/// promtool's notation: `0x3 1 _x1` is 0 0 0 0 1 and twice nothing.
std::string values_text(const Scrapes::Values& values) {
  std::string text;
  for (auto at = values.begin(); at != values.end();) {
    auto next = at;
    while (next != values.end() && *next == *at) ++next;
    const auto count = std::distance(at, next);
    if (!text.empty()) text += ' ';
    text += *at ? fmt::format("{}", **at) : "_";
    // A missing value's count is its own, another value's is that of its repetitions.
    if (!*at) {
      text += fmt::format("x{}", count);
    } else if (count > 1) {
      text += fmt::format("x{}", count - 1);
    }
    at = next;
  }
  return text;
}

/// The labels that a Prometheus puts on what it scrapes: metrics/alerts/prometheus.example.yml.
constexpr auto kScrapeJob = "linecheck-bridge";

/// The labels as Prometheus has them; with several replicas each is a target of its own.
promql::Labels as_scraped(promql::Labels labels, const std::string& scenario) {
  auto replica = labels.extract("replica");
  labels["job"] = kScrapeJob;
  labels["instance"] = replica ? scenario + "-" + replica.mapped() : scenario;
  return labels;
}

/// As YAML has it between single quotes.
std::string quoted(std::string text) {
  for (auto at = text.find('\''); at != std::string::npos; at = text.find('\'', at + 2))
    text.insert(at, 1, '\'');
  return "'" + std::move(text) + "'";
}

std::string series_line(const std::string& name, const promql::Labels& labels,
                        const Scrapes::Values& values) {
  return fmt::format("      - {{series: {}, values: '{}'}}\n", quoted(promql::series_text(name, labels)),
                     values_text(values));
}

/// A process that does not answer has no build.
constexpr auto kSignOfLife = "voicebridge_build_info";

Scrapes::Values up(const Scrapes::Values& signs) {
  Scrapes::Values values;
  for (const auto& sign : signs) values.emplace_back(sign ? 1.0 : 0.0);
  return values;
}

}  // namespace

std::string promtool_duration(runtime::Duration duration) {
  return fmt::format("{}ms", std::chrono::duration_cast<std::chrono::milliseconds>(duration).count());
}

std::string promtool_series(const Scrapes& scrapes, const std::string& scenario, std::size_t calm) {
  std::string text;
  for (const auto& [name, scraped] : scrapes.series()) {
    auto values = scraped;
    values.insert(values.end(), calm, scraped.back());
    const auto labels = as_scraped(name.second, scenario);
    text += series_line(name.first, labels, values);
    if (name.first != kSignOfLife) continue;
    const promql::Labels target{{"job", labels.at("job")}, {"instance", labels.at("instance")}};
    text += series_line("up", target, up(values));
  }
  return text;
}

}  // namespace scenarios::engine
