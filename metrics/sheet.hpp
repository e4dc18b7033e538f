#pragma once
#include "metrics/catalogue.hpp"

#include <prometheus/collectable.h>

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <initializer_list>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace metrics {

class Sheet;

/// A number that one thread writes and a scrape reads: relaxed, no locked instruction, no fence.
class Cell {
 public:
  void add(double by) {
    value_.store(value_.load(std::memory_order_relaxed) + by, std::memory_order_relaxed);
  }
  void set(double to) { value_.store(to, std::memory_order_relaxed); }
  double read() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<double> value_{0};
};

/// Handles: looked up once, at construction of their user, never by name in the media path.
/// A default-constructed handle counts nowhere (into a cell that nobody reads).
class Counter {
 public:
  Counter();
  explicit Counter(Cell& cell) : cell_(&cell) {}
  void add(double by = 1) { cell_->add(by); }
  double value() const { return cell_->read(); }

 private:
  Cell* cell_;
};

class Gauge {
 public:
  Gauge();
  explicit Gauge(Cell& cell) : cell_(&cell) {}
  void set(double to) { cell_->set(to); }
  void add(double by) { cell_->add(by); }
  double value() const { return cell_->read(); }

 private:
  Cell* cell_;
};

class Histogram {
 public:
  struct Cells;
  Histogram();
  explicit Histogram(Cells& cells) : cells_(&cells) {}
  void observe(double value);

 private:
  Cells* cells_;
};

/// One series, summed over a book's sheets. Views are valid during the visit.
struct Reading {
  const Family& family;
  std::span<const std::string> label_values;  // in the catalogue's order
  double value;                               // a histogram's: the sum of what was observed
  std::span<const double> counts;  // histograms: per bucket, not cumulative; the last is above every edge
};

struct FamilySums;  // a family's series, added up

/// All sheets of a process (or of one simulated party), and what it takes to show them: to prometheus-cpp it
/// is a Collectable, which its Exposer or Gateway takes as it takes its own Registry.
class Book final : public prometheus::Collectable {
 public:
  Book();
  ~Book() override;
  Book(const Book&) = delete;
  Book& operator=(const Book&) = delete;

  /// A new sheet for the calling thread; lives as long as the book. `prefixes`: the families that it holds
  /// (e.g. {"voicebridge_"}); each exists at zero from now on.
  Sheet& add_sheet(std::initializer_list<std::string_view> prefixes);
  /// Runs at each scrape before the sheets are read, on the scraping thread (process_*, gauges computed
  /// late).
  void before_scrape(std::function<void()> refresh);

  /// The value of one series, summed over the sheets, without a scrape (no refreshers run); a histogram's is
  /// its count. 0 when there is no such series yet; an unknown family throws.
  double value(std::string_view family, std::initializer_list<std::string_view> label_values = {}) const;

  /// A scrape without its text: every series, families and series sorted. Runs the refreshers. Any thread.
  void read(const std::function<void(const Reading&)>& visit) const;
  /// Prometheus text format (prometheus-cpp's serializer), families and series sorted. Any thread.
  std::string expose() const;
  std::vector<prometheus::MetricFamily> Collect() const override;

 private:
  void refresh() const;

  struct Shown;
  std::vector<FamilySums> sums() const;

  mutable std::mutex mutex_;         // guards both vectors
  mutable std::mutex scrape_mutex_;  // one scrape at a time: refreshers write
  std::vector<std::unique_ptr<Sheet>> sheets_;
  std::vector<std::function<void()>> refreshers_;
  std::unique_ptr<Shown> shown_;  // guarded by scrape_mutex_
};

/// One thread's numbers; the numbers of a book's sheets add up, gauges too. Unknown names and label values
/// are bugs: they throw InvariantBroken.
class Sheet {
 public:
  /// `label_values` in the order in which the catalogue names the labels.
  Counter counter(std::string_view family, std::initializer_list<std::string_view> label_values = {});
  Gauge gauge(std::string_view family, std::initializer_list<std::string_view> label_values = {});
  Histogram histogram(std::string_view family, std::initializer_list<std::string_view> label_values = {});

 private:
  friend class Book;
  struct Impl;
  explicit Sheet(std::initializer_list<std::string_view> prefixes);
  std::unique_ptr<Impl> impl_;

 public:
  ~Sheet();
};

}  // namespace metrics
