#include "scenarios/engine/promql/evaluator.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

// The functions of the subset; each means what Prometheus means, but for the exactness of increase and rate.
namespace scenarios::engine::promql {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

struct Bucket {
  double edge = 0;
  double count = 0;  // of everything up to the edge
};

std::optional<double> edge_of(const Labels& labels) {
  const auto found = labels.find("le");
  if (found == labels.end()) return std::nullopt;
  const std::string& text = found->second;
  if (text == "+Inf" || text == "Inf") return kInfinity;
  double edge = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), edge);
  if (problem != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return edge;
}

/// Linear inside of the bucket that holds the rank, as Prometheus has it.
double bucket_quantile(double q, std::vector<Bucket> buckets) {
  if (std::isnan(q)) return kNaN;
  if (q < 0) return -kInfinity;
  if (q > 1) return kInfinity;
  std::sort(buckets.begin(), buckets.end(), [](const Bucket& a, const Bucket& b) { return a.edge < b.edge; });
  if (buckets.size() < 2 || buckets.back().edge != kInfinity) return kNaN;
  for (std::size_t i = 1; i < buckets.size(); ++i) {
    buckets[i].count = std::max(buckets[i].count, buckets[i - 1].count);
  }
  const double total = buckets.back().count;
  if (total == 0 || std::isnan(total)) return kNaN;
  double rank = q * total;
  std::size_t at = 0;
  while (at + 1 < buckets.size() && buckets[at].count < rank) ++at;
  if (at == buckets.size() - 1) return buckets[at - 1].edge;
  if (at == 0 && buckets[0].edge <= 0) return buckets[0].edge;
  const double low = at == 0 ? 0 : buckets[at - 1].edge;
  double inside = buckets[at].count;
  if (at > 0) {
    inside -= buckets[at - 1].count;
    rank -= buckets[at - 1].count;
  }
  return low + (buckets[at].edge - low) * (rank / inside);
}

}  // namespace

Value Evaluator::call(const Call& node) {
  const Node& first = *node.arguments.front();
  switch (node.function) {
    case Call::Function::absent:
      return absent(first);
    case Call::Function::increase:
      return increase(first, false);
    case Call::Function::rate:
      return increase(first, true);
    case Call::Function::histogram_quantile:
      return quantile(scalar_of(first), vector_of(*node.arguments[1]));
    case Call::Function::vector:
      return Vector{{"", {}, scalar_of(first)}};
    case Call::Function::scalar: {
      const Vector only = vector_of(first);
      return only.size() == 1 ? only.front().value : kNaN;
    }
    case Call::Function::abs:
      break;
  }
  Vector values = vector_of(first);
  for (auto& sample : values) {
    sample.name.clear();
    sample.value = std::fabs(sample.value);
  }
  return values;
}

Vector Evaluator::absent(const Node& argument) {
  if (!vector_of(argument).empty()) return {};
  Labels labels;
  if (const auto* selector = std::get_if<Selector>(&argument.is)) {
    for (const auto& matcher : selector->matchers) {
      if (matcher.kind != Matcher::Kind::equal || matcher.value.empty()) continue;
      labels[matcher.label] = matcher.value;
    }
  }
  return {{"", std::move(labels), 1}};
}

Vector Evaluator::quantile(double q, const Vector& buckets) const {
  std::map<Labels, std::vector<Bucket>> groups;
  for (const auto& sample : buckets) {
    const auto edge = edge_of(sample.labels);
    if (!edge) continue;
    Labels rest = sample.labels;
    rest.erase("le");
    groups[std::move(rest)].push_back({*edge, sample.value});
  }
  Vector result;
  for (auto& [labels, group] : groups) result.push_back({"", labels, bucket_quantile(q, std::move(group))});
  return result;
}

/// Over every look in between: a counter that is lower than it was has begun anew, at zero. One that appears
/// counts from zero as well.
Vector Evaluator::increase(const Node& argument, bool per_second) {
  const auto& selector = std::get<Selector>(argument.is);
  const double span = std::min(selector.range_seconds.value_or(kInfinity), instant_.elapsed_seconds);
  const auto history = instant_.history ? instant_.history(span) : std::vector<Samples>{};
  std::map<Labels, double> last, grown;
  for (std::size_t look = 0; look < history.size(); ++look) {
    for (const auto& sample : select(selector, history[look])) {
      const auto known = last.find(sample.labels);
      const double before = known == last.end() ? (look == 0 ? sample.value : 0) : known->second;
      grown[sample.labels] += sample.value < before ? sample.value : sample.value - before;
      last[sample.labels] = sample.value;
    }
  }
  Vector now = select(selector, instant_.now);
  for (auto& sample : now) {
    const auto known = last.find(sample.labels);
    const double before = known == last.end() ? 0 : known->second;
    const double since = sample.value < before ? sample.value : sample.value - before;
    sample.value = grown[sample.labels] + since;
    sample.name.clear();
    // Multiplied as Prometheus does, which gives its last digit.
    if (per_second) sample.value *= span > 0 ? 1 / span : 0;
  }
  return now;
}

}  // namespace scenarios::engine::promql
