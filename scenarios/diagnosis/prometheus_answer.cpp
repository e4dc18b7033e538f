#include "scenarios/diagnosis/prometheus_answer.hpp"

#include "scenarios/diagnosis/metrics_reader.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>
#include <iterator>
#include <nlohmann/json.hpp>
#include <utility>

namespace scenarios::diagnosis {
namespace {

struct Unit {
  std::string_view name;
  double seconds;
};
constexpr std::array kUnits{Unit{"ms", 0.001},  Unit{"s", 1},       Unit{"m", 60},         Unit{"h", 3600},
                            Unit{"d", 86'400.}, Unit{"w", 604'800}, Unit{"y", 31'536'000.}};

/// Of a series that misses so many scrapes its bridge is not scraped any more; seconds where nobody can tell
/// how often it was.
constexpr double kMissedScrapes = 4, kMissedSeconds = 300;

bool counts_up(const std::string& metric) {
  const auto& wanted = wanted_metrics();
  return std::ranges::none_of(wanted, [&](const Wanted& one) { return one.gauge && one.metric == metric; });
}

}  // namespace

std::optional<double> prometheus_seconds(std::string_view text) {
  double seconds = 0;
  while (!text.empty()) {
    std::uint32_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc()) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    const auto unit = text.substr(0, std::min(text.find_first_of("0123456789"), text.size()));
    const auto known = std::ranges::find(kUnits, unit, &Unit::name);
    if (known == kUnits.end()) return std::nullopt;
    seconds += number * known->seconds;
    text.remove_prefix(unit.size());
  }
  return seconds > 0 ? std::optional(seconds) : std::nullopt;
}

void ScrapedSpan::Scraped::add(double from, double to, std::size_t points) {
  first = times == 0 ? from : std::min(first, from);
  last = std::max(last, to);
  times = std::max(times, points);
}

std::string ScrapedSpan::Series::bridge() const {
  const auto found = labels.find("instance");
  return found == labels.end() ? std::string() : found->second;
}

bool ScrapedSpan::add(const std::string& metric, const std::string& answer) try {
  const auto json = nlohmann::json::parse(answer);
  for (const auto& one : json.at("data").at("result")) {
    Series series;
    series.metric = metric;
    for (const auto& [name, value] : one.at("metric").items()) {
      if (name != "__name__") series.labels[name] = value.get<std::string>();
    }
    for (const auto& point : one.at("values")) {
      const auto text = point.at(1).get<std::string>();
      series.points.push_back({point.at(0).get<double>(), std::strtod(text.c_str(), nullptr)});
    }
    if (series.points.empty()) continue;
    scraped_[series.bridge()].add(series.points.front().at, series.points.back().at, series.points.size());
    if (metric == kProcessStart) {
      const auto [known, added] = process_starts_.emplace(series.bridge(), series.points.front());
      if (!added && series.points.front().at < known->second.at) known->second = series.points.front();
      processes_.push_back(std::move(series));
    } else {
      series_.push_back(std::move(series));
    }
  }
  return true;
} catch (const nlohmann::json::exception&) {
  return false;
}

bool ScrapedSpan::began_within(const Series& series) const {
  const auto process = process_starts_.find(series.bridge());
  if (process == process_starts_.end()) return false;
  return process->second.value >= begins_ || series.points.front().at > process->second.at;
}

std::optional<double> ScrapedSpan::vanished_at(const std::string& bridge) const {
  const auto found = scraped_.find(bridge);
  if (found == scraped_.end()) return std::nullopt;
  const auto& [first, last, times] = found->second;
  const double most =
      times > 1 ? kMissedScrapes * (last - first) / static_cast<double>(times - 1) : kMissedSeconds;
  return ends_ - last > most ? std::optional(last) : std::nullopt;
}

std::map<std::string, engine::promql::Samples> ScrapedSpan::bridges() const {
  std::map<std::string, engine::promql::Samples> bridges;
  for (const auto& series : series_) {
    double value = vanished_at(series.bridge()) ? 0 : series.points.back().value;
    if (counts_up(series.metric)) {
      double last = began_within(series) ? 0 : series.points.front().value;
      value = 0;
      for (const auto& point : series.points) {
        value += point.value < last ? point.value : point.value - last;  // less than before: a new process
        last = point.value;
      }
    }
    bridges[series.bridge()].push_back({series.metric, series.labels, value});
  }
  return bridges;
}

double ScrapedSpan::gauge_at(const std::string& metric, const std::string& bridge, double at) const {
  double sum = 0;
  for (const auto& series : series_) {
    if (series.metric != metric || series.bridge() != bridge) continue;
    const auto after = std::ranges::upper_bound(series.points, at, {}, &Point::at);
    if (after != series.points.begin()) sum += std::prev(after)->value;
  }
  return sum;
}

ScrapedSpan::Restarts ScrapedSpan::restarts(const std::string& bridge) const {
  Restarts found;
  for (const auto& process : processes_) {
    if (process.bridge() != bridge) continue;
    for (std::size_t i = 1; i < process.points.size(); ++i) {
      const auto& before = process.points[i - 1];
      if (before.value == process.points[i].value) continue;
      ++found.times;
      found.calls += calls_cut_at(bridge, before.at);
    }
  }
  return found;
}

std::optional<std::uint64_t> ScrapedSpan::calls_at_vanishing(const std::string& bridge) const {
  const auto last = vanished_at(bridge);
  return last ? std::optional(calls_cut_at(bridge, *last)) : std::nullopt;
}

std::uint64_t ScrapedSpan::calls_cut_at(const std::string& bridge, double last) const {
  if (gauge_at(kDraining, bridge, last) > 0) return 0;
  return static_cast<std::uint64_t>(std::max(0.0, gauge_at(kCallsActive, bridge, last)));
}

}  // namespace scenarios::diagnosis
