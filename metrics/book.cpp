#include "metrics/sheet.hpp"
#include "metrics/sheet_impl.hpp"
#include "runtime/core/assert.hpp"

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <algorithm>
#include <cstddef>
#include <functional>
#include <limits>
#include <numeric>
#include <span>
#include <sstream>
#include <utility>
#include <vector>

namespace metrics {
namespace {

/// How many numbers a series has: its value or sum, then a histogram's counts.
std::size_t numbers_of(const Family& family) {
  return family.kind == Kind::histogram ? family.buckets.size() + 2 : 1;
}

void add(std::span<double> sum, const Family& family, const Series& series) {
  if (family.kind != Kind::histogram) {
    sum[0] += series.cell.read();
    return;
  }
  sum[0] += series.histogram.sum.read();
  for (std::size_t i = 1; i < sum.size(); ++i) sum[i] += series.histogram.counts[i - 1].read();
}

/// Where one sheet has a series. The label values stay there, where series are never removed.
struct Place {
  const Family* family;
  const Values* values;
  const Series* series;
  bool operator<(const Place& other) const {
    // The catalogue is one array, sorted by name.
    return family != other.family ? std::less<>()(family, other.family) : *values < *other.values;
  }
};

}  // namespace

/// A family's series, added up over the sheets.
struct FamilySums {
  const Family* family = nullptr;
  std::vector<const Values*> labels;
  std::vector<double> numbers;  // those of the first series, then those of the second, ...

  Reading reading(std::size_t series) const {
    const auto size = numbers_of(*family);
    const auto own = std::span(numbers).subspan(series * size, size);
    return {*family, *labels[series], own[0], own.subspan(1)};
  }
};

namespace {

std::vector<FamilySums> added_up(std::span<const Place> places) {
  std::vector<FamilySums> all;
  for (const auto& [family, values, series] : places) {
    if (all.empty() || all.back().family != family) all.emplace_back().family = family;
    FamilySums& sums = all.back();
    const auto size = numbers_of(*family);
    if (sums.labels.empty() || *sums.labels.back() != *values) {
      sums.labels.push_back(values);
      sums.numbers.resize(sums.numbers.size() + size);
    }
    add(std::span(sums.numbers).last(size), *family, *series);
  }
  return all;
}

prometheus::MetricType type_of(Kind kind) {
  if (kind == Kind::counter) return prometheus::MetricType::Counter;
  return kind == Kind::gauge ? prometheus::MetricType::Gauge : prometheus::MetricType::Histogram;
}

prometheus::ClientMetric::Histogram histogram_of(const Reading& reading) {
  prometheus::ClientMetric::Histogram shown;
  shown.sample_sum = reading.value;
  for (std::size_t i = 0; i < reading.counts.size(); ++i) {
    shown.sample_count += static_cast<std::uint64_t>(reading.counts[i]);
    const bool last = i == reading.family.buckets.size();
    const double edge = last ? std::numeric_limits<double>::infinity() : reading.family.buckets[i];
    shown.bucket.push_back({shown.sample_count, edge});
  }
  return shown;
}

prometheus::ClientMetric metric_of(const Reading& reading) {
  prometheus::ClientMetric shown;
  for (std::size_t i = 0; i < reading.label_values.size(); ++i) {
    shown.label.push_back({std::string(reading.family.labels[i].name), reading.label_values[i]});
  }
  if (reading.family.kind == Kind::counter) shown.counter.value = reading.value;
  if (reading.family.kind == Kind::gauge) shown.gauge.value = reading.value;
  if (reading.family.kind == Kind::histogram) shown.histogram = histogram_of(reading);
  return shown;
}

/// What is counted, and what to do about it: whoever reads a dashboard or a scrape has no other page at hand.
std::string help_text(const Family& family) {
  return std::string(family.help) + ' ' + std::string(family.action);
}

prometheus::MetricFamily family_of(const FamilySums& sums) {
  prometheus::MetricFamily shown;
  shown.name = sums.family->name;
  shown.help = help_text(*sums.family);
  shown.type = type_of(sums.family->kind);
  for (std::size_t i = 0; i < sums.labels.size(); ++i) shown.metric.push_back(metric_of(sums.reading(i)));
  return shown;
}

}  // namespace

/// What the last scrape showed, family by family: most of it is the same at the next.
struct Book::Shown {
  struct Text {
    std::vector<double> numbers;
    std::string text;
  };
  std::map<const Family*, Text> families;
};

Book::Book() : shown_(std::make_unique<Shown>()) {}
Book::~Book() = default;

Sheet& Book::add_sheet(std::initializer_list<std::string_view> prefixes) {
  std::unique_ptr<Sheet> sheet(new Sheet(prefixes));
  const std::lock_guard lock(mutex_);
  sheets_.push_back(std::move(sheet));
  return *sheets_.back();
}

void Book::before_scrape(std::function<void()> refresh) {
  const std::lock_guard lock(mutex_);
  refreshers_.push_back(std::move(refresh));
}

void Book::refresh() const {
  std::vector<std::function<void()>> refreshers;
  {
    const std::lock_guard lock(mutex_);
    refreshers = refreshers_;
  }
  for (const auto& refresher : refreshers) refresher();  // unlocked: they may look series up
}

double Book::value(std::string_view family, std::initializer_list<std::string_view> label_values) const {
  const Family* known = find_family(family);
  runtime::require(known != nullptr, "Book::value is asked for a family of the catalogue");
  const Values values(label_values.begin(), label_values.end());
  std::vector<double> sum(numbers_of(*known));
  const std::lock_guard lock(mutex_);
  for (const auto& sheet : sheets_) {
    const std::lock_guard sheet_lock(sheet->impl_->mutex);
    const auto held = sheet->impl_->families.find(known);
    if (held == sheet->impl_->families.end()) continue;
    const auto series = held->second.find(values);
    if (series != held->second.end()) add(sum, *known, series->second);
  }
  if (known->kind != Kind::histogram) return sum[0];
  return std::accumulate(sum.begin() + 1, sum.end(), 0.0);
}

std::vector<FamilySums> Book::sums() const {
  refresh();
  std::vector<Place> places;
  const std::lock_guard lock(mutex_);
  for (const auto& sheet : sheets_) {
    const auto before = static_cast<std::ptrdiff_t>(places.size());
    const std::lock_guard sheet_lock(sheet->impl_->mutex);
    for (const auto& [family, all] : sheet->impl_->families) {
      for (const auto& [values, series] : all) places.push_back({family, &values, &series});
    }
    std::inplace_merge(places.begin(), places.begin() + before, places.end());
  }
  return added_up(places);
}

void Book::read(const std::function<void(const Reading&)>& visit) const {
  const std::lock_guard scrape(scrape_mutex_);
  for (const FamilySums& sums : sums()) {
    for (std::size_t i = 0; i < sums.labels.size(); ++i) visit(sums.reading(i));
  }
}

std::vector<prometheus::MetricFamily> Book::Collect() const {
  const std::lock_guard scrape(scrape_mutex_);
  std::vector<prometheus::MetricFamily> shown;
  for (const FamilySums& sums : sums()) shown.push_back(family_of(sums));
  return shown;
}

std::string Book::expose() const {
  const std::lock_guard scrape(scrape_mutex_);
  std::string all;
  for (FamilySums& sums : sums()) {
    auto& [numbers, text] = shown_->families[sums.family];
    if (text.empty() ||
        numbers != sums.numbers) {  // series are never removed: as many numbers, the same series
      std::ostringstream written;
      prometheus::TextSerializer().Serialize(written, {family_of(sums)});
      text = std::move(written).str();
      numbers = std::move(sums.numbers);
    }
    all += text;
  }
  return all;
}

}  // namespace metrics
