#include "metrics/sheet.hpp"
#include "metrics/sheet_impl.hpp"
#include "runtime/core/assert.hpp"

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <limits>
#include <sstream>
#include <utility>

namespace metrics {
namespace {

/// One series, added up over the sheets.
struct Sum {
  double value = 0;
  std::vector<double> counts;
};

using Sums = std::map<const Family*, std::map<Values, Sum>, ByName>;

void add(Sum& sum, const Series& series) {
  sum.value += series.cell.read() + series.histogram.sum.read();
  sum.counts.resize(series.histogram.counts.size());
  for (std::size_t i = 0; i < sum.counts.size(); ++i) sum.counts[i] += series.histogram.counts[i].read();
}

prometheus::MetricType type_of(Kind kind) {
  if (kind == Kind::counter) return prometheus::MetricType::Counter;
  return kind == Kind::gauge ? prometheus::MetricType::Gauge : prometheus::MetricType::Histogram;
}

prometheus::ClientMetric::Histogram histogram_of(const Family& family, const Sum& sum) {
  prometheus::ClientMetric::Histogram shown;
  shown.sample_sum = sum.value;
  for (std::size_t i = 0; i < sum.counts.size(); ++i) {
    shown.sample_count += static_cast<std::uint64_t>(sum.counts[i]);
    const bool last = i == family.buckets.size();
    const double edge = last ? std::numeric_limits<double>::infinity() : family.buckets[i];
    shown.bucket.push_back({shown.sample_count, edge});
  }
  return shown;
}

prometheus::ClientMetric metric_of(const Family& family, const Values& values, const Sum& sum) {
  prometheus::ClientMetric shown;
  for (std::size_t i = 0; i < values.size(); ++i) {
    shown.label.push_back({std::string(family.labels[i].name), values[i]});
  }
  if (family.kind == Kind::counter) shown.counter.value = sum.value;
  if (family.kind == Kind::gauge) shown.gauge.value = sum.value;
  if (family.kind == Kind::histogram) shown.histogram = histogram_of(family, sum);
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
    if (series != held->second.end()) add(sum, series->second);
  }
  if (known->kind != Kind::histogram) return sum.value;
  double count = 0;
  for (const double in_bucket : sum.counts) count += in_bucket;
  return count;
}

std::vector<prometheus::MetricFamily> Book::collect() const {
  const std::lock_guard scrape(scrape_mutex_);
  refresh();
  Sums sums;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& sheet : sheets_) {
      const std::lock_guard sheet_lock(sheet->impl_->mutex);
      for (const auto& [family, all] : sheet->impl_->families) {
        for (const auto& [values, series] : all) add(sums[family][values], series);
      }
    }
  }
  std::vector<prometheus::MetricFamily> shown;
  for (const auto& [family, all] : sums) {
    prometheus::MetricFamily& last = shown.emplace_back();
    last.name = family->name;
    last.help = family->help;
    last.type = type_of(family->kind);
    for (const auto& [values, sum] : all) last.metric.push_back(metric_of(*family, values, sum));
  }
  return shown;
}

std::string Book::expose() const {
  std::ostringstream text;
  prometheus::TextSerializer().Serialize(text, collect());
  return std::move(text).str();
}

}  // namespace metrics
