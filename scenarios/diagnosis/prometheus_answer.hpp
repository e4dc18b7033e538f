#pragma once
#include "scenarios/engine/promql/samples.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace scenarios::diagnosis {

/// "1h30m", as Prometheus writes durations, in seconds. Nullopt: it is none, or not above zero.
std::optional<double> prometheus_seconds(std::string_view text);

/// What a Prometheus scraped of bridges in a span of time, to the frame: increase() would extrapolate to the
/// span's ends, and answer with calls that nobody made.
class ScrapedSpan {
 public:
  /// Unix seconds; the moments when the span begins and ends.
  ScrapedSpan(double begins, double ends) : begins_(begins), ends_(ends) {}

  /// The answer of /api/v1/query to `metric{...}[span]`. False: it is no such answer.
  bool add(const std::string& metric, const std::string& answer);

  /// By bridge (its `instance`): counters as they grew between the first scrape and the last, also across
  /// restarts, gauges as they were at last, and zero if it is not scraped any more. What grew before the
  /// first scrape of the span is not counted, unless the series began at zero within it: with its process, or
  /// later than its bridge's first scrape.
  std::map<std::string, engine::promql::Samples> bridges() const;

  struct Restarts {
    std::uint64_t times = 0;
    std::uint64_t calls = 0;  // that went on at the last scrapes before them, of processes that did not drain
  };
  /// Of a bridge's process, within the span.
  Restarts restarts(const std::string& bridge) const;
  /// Calls that went on when a bridge was last scraped, if that was well before the span's end and it did not
  /// drain. Nullopt: it is scraped still.
  std::optional<std::uint64_t> calls_at_vanishing(const std::string& bridge) const;

 private:
  struct Point {
    double at = 0, value = 0;
  };
  /// When a bridge was scraped, and how often: by the series of it that were scraped most.
  struct Scraped {
    double first = 0, last = 0;
    std::size_t times = 0;
    void add(double from, double to, std::size_t points);
  };
  struct Series {
    std::string metric;
    engine::promql::Labels labels;
    std::vector<Point> points;
    std::string bridge() const;
  };
  bool began_within(const Series& series) const;
  /// When a bridge was last scraped; nullopt: it still is, at the span's end.
  std::optional<double> vanished_at(const std::string& bridge) const;
  /// A gauge's sum over the series of a bridge, as it was last scraped by then.
  double gauge_at(const std::string& metric, const std::string& bridge, double at) const;
  /// Calls that a process took along which was last scraped then. One that drained has ended its own.
  std::uint64_t calls_cut_at(const std::string& bridge, double last) const;

  double begins_, ends_;
  std::vector<Series> series_;
  std::vector<Series> processes_;                // when each bridge's process started
  std::map<std::string, Scraped> scraped_;       // by bridge
  std::map<std::string, Point> process_starts_;  // by bridge: when it was first scraped, and started
};

/// Tells when a process started; ScrapedSpan wants it before the others.
inline constexpr const char* kProcessStart = "process_start_time_seconds";

}  // namespace scenarios::diagnosis
