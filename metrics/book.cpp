#include "metrics/sheet.hpp"
#include "metrics/sheet_impl.hpp"
#include "runtime/core/assert.hpp"

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <limits>
#include <numeric>
#include <sstream>
#include <utility>

namespace metrics {
namespace {

/// One series, added up over the sheets.
struct Sum {
  double value = 0;
  std::vector<double> counts;
};

struct ByContent {
  bool operator()(const Values* a, const Values* b) const { return *a < *b; }
};

/// The label values stay in their sheets, where series are never removed.
using Sums = std::map<const Family*, std::map<const Values*, Sum, ByContent>, ByName>;

void add(Sum& sum, const Family& family, const Series& series) {
  if (family.kind != Kind::histogram) {
    sum.value += series.cell.read();
    return;
  }
  sum.value += series.histogram.sum.read();
  sum.counts.resize(series.histogram.counts.size());
  for (std::size_t i = 0; i < sum.counts.size(); ++i) sum.counts[i] += series.histogram.counts[i].read();
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

}  // namespace

Book::Book() = default;
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
  Sum sum;
  const std::lock_guard lock(mutex_);
  for (const auto& sheet : sheets_) {
    const std::lock_guard sheet_lock(sheet->impl_->mutex);
    const auto held = sheet->impl_->families.find(known);
    if (held == sheet->impl_->families.end()) continue;
    const auto series = held->second.find(values);
    if (series != held->second.end()) add(sum, *known, series->second);
  }
  if (known->kind != Kind::histogram) return sum.value;
  return std::accumulate(sum.counts.begin(), sum.counts.end(), 0.0);
}

void Book::read(const std::function<void(const Reading&)>& visit) const {
  const std::lock_guard scrape(scrape_mutex_);
  refresh();
  Sums sums;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& sheet : sheets_) {
      const std::lock_guard sheet_lock(sheet->impl_->mutex);
      for (const auto& [family, all] : sheet->impl_->families) {
        for (const auto& [values, series] : all) add(sums[family][&values], *family, series);
      }
    }
  }
  for (const auto& [family, all] : sums) {
    for (const auto& [values, sum] : all) visit(Reading{*family, *values, sum.value, sum.counts});
  }
}

std::vector<prometheus::MetricFamily> Book::collect() const {
  std::vector<prometheus::MetricFamily> shown;
  read([&shown](const Reading& reading) {
    if (shown.empty() || shown.back().name != reading.family.name) {
      prometheus::MetricFamily& family = shown.emplace_back();
      family.name = reading.family.name;
      family.help = reading.family.help;
      family.type = type_of(reading.family.kind);
    }
    shown.back().metric.push_back(metric_of(reading));
  });
  return shown;
}

std::string Book::expose() const {
  std::ostringstream text;
  prometheus::TextSerializer().Serialize(text, collect());
  return std::move(text).str();
}

}  // namespace metrics
