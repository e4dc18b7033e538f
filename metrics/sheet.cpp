#include "metrics/sheet.hpp"

#include "metrics/sheet_impl.hpp"
#include "runtime/core/assert.hpp"

#include <algorithm>
#include <iterator>

namespace metrics {
namespace {

[[noreturn]] void bug(const std::string& what) {
  throw runtime::InvariantBroken("metrics: " + what);
}

Cell& nowhere() {
  static Cell cell;  // written by whoever holds a default handle, read by nobody
  return cell;
}

Histogram::Cells& nowhere_histogram() {
  static Histogram::Cells cells{std::span<const double>()};
  return cells;
}

std::string listed(std::span<const std::string_view> values) {
  std::string text;
  for (const std::string_view value : values) text += (text.empty() ? "" : ", ") + std::string(value);
  return text;
}

void check(const Family& family, const Values& values) {
  if (values.size() != family.labels.size()) {
    bug(std::string(family.name) + " has " + std::to_string(family.labels.size()) + " label(s), not " +
        std::to_string(values.size()));
  }
  for (std::size_t i = 0; i < values.size(); ++i) {
    const Label& label = family.labels[i];
    if (label.open || std::find(label.values.begin(), label.values.end(), values[i]) != label.values.end())
      continue;
    bug(std::string(family.name) + " has no " + std::string(label.name) + "=\"" + values[i] + "\"; it has " +
        listed(label.values));
  }
}

/// Every combination of the labels' listed values; none when a label lists none.
std::vector<Values> combinations(std::span<const Label> labels) {
  std::vector<Values> all{{}};
  for (const Label& label : labels) {
    std::vector<Values> longer;
    for (const Values& begun : all) {
      for (const std::string_view value : label.values) {
        longer.push_back(begun);
        longer.back().emplace_back(value);
      }
    }
    all = std::move(longer);
  }
  return all;
}

std::vector<Values> from_the_start(const Family& family) {
  if (family.pairs.empty()) return combinations(family.labels);
  std::vector<Values> all;
  for (const Pair& pair : family.pairs) all.push_back(Values{std::string(pair[0]), std::string(pair[1])});
  return all;
}

}  // namespace

Counter::Counter() : cell_(&nowhere()) {}
Gauge::Gauge() : cell_(&nowhere()) {}
Histogram::Histogram() : cells_(&nowhere_histogram()) {}

void Histogram::observe(double value) {
  const auto& edges = cells_->edges;
  const auto at = std::lower_bound(edges.begin(), edges.end(), value) - edges.begin();
  cells_->counts[static_cast<std::size_t>(at)].add(1);
  cells_->sum.add(value);
}

Sheet::Sheet(std::initializer_list<std::string_view> prefixes) : impl_(std::make_unique<Impl>()) {
  for (const Family& family : catalogue()) {
    const bool held = std::any_of(prefixes.begin(), prefixes.end(),
                                  [&](std::string_view prefix) { return family.name.starts_with(prefix); });
    if (!held) continue;
    impl_->families[&family];
    for (Values& values : from_the_start(family)) impl_->series(family, std::move(values));
  }
}

Sheet::~Sheet() = default;

Series& Sheet::Impl::series(const Family& family, Values values) {
  check(family, values);
  const auto held = families.find(&family);
  if (held == families.end()) bug("this sheet does not hold " + std::string(family.name));
  const auto found = held->second.find(values);
  if (found != held->second.end()) return found->second;
  return held->second.try_emplace(std::move(values), family.buckets).first->second;
}

Series& Sheet::Impl::look_up(std::string_view name, Kind kind,
                             std::initializer_list<std::string_view> values) {
  const Family* family = find_family(name);
  if (family == nullptr || family->name != name) bug("the catalogue has no family " + std::string(name));
  if (family->kind != kind) {
    bug(std::string(name) + " is a " + std::string(to_string(family->kind)) + ", not a " +
        std::string(to_string(kind)));
  }
  const std::lock_guard lock(mutex);
  return series(*family, Values(values.begin(), values.end()));
}

Counter Sheet::counter(std::string_view family, std::initializer_list<std::string_view> label_values) {
  return Counter(impl_->look_up(family, Kind::counter, label_values).cell);
}

Gauge Sheet::gauge(std::string_view family, std::initializer_list<std::string_view> label_values) {
  return Gauge(impl_->look_up(family, Kind::gauge, label_values).cell);
}

Histogram Sheet::histogram(std::string_view family, std::initializer_list<std::string_view> label_values) {
  return Histogram(impl_->look_up(family, Kind::histogram, label_values).histogram);
}

}  // namespace metrics
