#pragma once
#include "metrics/sheet.hpp"

#include <span>

namespace metrics {

/// Label values in the catalogue's order of labels.
using Values = std::vector<std::string>;

/// One writer, any reader; no total is kept beside the counts, so that a scrape never sees the two disagree.
struct Histogram::Cells {
  explicit Cells(std::span<const double> upper_edges) : edges(upper_edges), counts(upper_edges.size() + 1) {}

  std::span<const double> edges;
  std::deque<Cell> counts;  // per bucket, not cumulative; the last is above every edge
  Cell sum;
};

struct Series {
  explicit Series(std::span<const double> edges) : histogram(edges) {}
  Cell cell;                   // of a counter or gauge
  Histogram::Cells histogram;  // else
};

/// By name; the catalogue's families are unique and never move.
struct ByName {
  bool operator()(const Family* a, const Family* b) const { return a->name < b->name; }
};

/// The owner's thread looks up, adds series and writes cells; a scrape walks. The lock is for the maps alone:
/// handles go straight to their cells, which stay where they are.
struct Sheet::Impl {
  Series& series(const Family& family, Values values);
  Series& look_up(std::string_view name, Kind kind, std::initializer_list<std::string_view> values);

  std::mutex mutex;
  std::map<const Family*, std::map<Values, Series>, ByName> families;
};

}  // namespace metrics
