#include "scenarios/engine/promql/evaluator.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace scenarios::engine::promql {
namespace {

double apply(Operator op, double left, double right) {
  switch (op) {
    case Operator::add:
      return left + right;
    case Operator::sub:
      return left - right;
    case Operator::mul:
      return left * right;
    case Operator::div:
      return left / right;
    case Operator::mod:
      return std::fmod(left, right);
    case Operator::pow:
      return std::pow(left, right);
    default:
      return Evaluator::compare(op, left, right) ? 1 : 0;
  }
}

bool contains(const std::vector<std::string>& labels, const std::string& label) {
  return std::find(labels.begin(), labels.end(), label) != labels.end();
}

bool fits(const Matcher& matcher, const Labels& labels) {
  const auto found = labels.find(matcher.label);
  const std::string& value = found == labels.end() ? std::string() : found->second;
  switch (matcher.kind) {
    case Matcher::Kind::equal:
      return value == matcher.value;
    case Matcher::Kind::not_equal:
      return value != matcher.value;
    case Matcher::Kind::regex:
      return std::regex_match(value, matcher.pattern);
    case Matcher::Kind::not_regex:
      return !std::regex_match(value, matcher.pattern);
  }
  return false;
}

}  // namespace

Labels matching_key(const Labels& labels, const Matching& matching) {
  if (matching.kind == Matching::Kind::all) return labels;
  Labels key;
  for (const auto& [name, value] : labels) {
    if (contains(matching.labels, name) == (matching.kind == Matching::Kind::on)) key.emplace(name, value);
  }
  return key;
}

bool Evaluator::compare(Operator op, double left, double right) {
  switch (op) {
    case Operator::eq:
      return left == right;
    case Operator::ne:
      return left != right;
    case Operator::lt:
      return left < right;
    case Operator::gt:
      return left > right;
    case Operator::le:
      return left <= right;
    case Operator::ge:
      return left >= right;
    default:
      return false;
  }
}

Value Evaluator::value(const Node& node) {
  if (const auto* number = std::get_if<Number>(&node.is)) return number->value;
  if (const auto* selector = std::get_if<Selector>(&node.is)) return select(*selector, instant_.now);
  if (const auto* aggregation = std::get_if<Aggregate>(&node.is)) return aggregate(*aggregation);
  if (const auto* function = std::get_if<Call>(&node.is)) return call(*function);
  if (const auto* operation = std::get_if<Binary>(&node.is)) return binary(*operation);
  Value inner = value(*std::get<Negation>(node.is).of);
  if (auto* number = std::get_if<double>(&inner)) return -*number;
  for (auto& sample : std::get<Vector>(inner)) {
    sample.name.clear();
    sample.value = -sample.value;
  }
  return inner;
}

Vector Evaluator::vector_of(const Node& node) {
  Value found = value(node);
  if (auto* vector = std::get_if<Vector>(&found)) return std::move(*vector);
  return {};
}

double Evaluator::scalar_of(const Node& node) {
  const Value found = value(node);
  const auto* number = std::get_if<double>(&found);
  return number != nullptr ? *number : kNaN;
}

Vector Evaluator::select(const Selector& selector, const Samples& from) const {
  Vector found;
  for (const auto& sample : from) {
    if (sample.name != selector.name) continue;
    const auto fit = [&](const Matcher& matcher) { return fits(matcher, sample.labels); };
    if (std::all_of(selector.matchers.begin(), selector.matchers.end(), fit)) found.push_back(sample);
  }
  return found;
}

std::map<Labels, double> Evaluator::by_key(const Vector& side, const Matching& matching, const Node& at) {
  std::map<Labels, double> keyed;
  for (const auto& sample : side) {
    const bool added = keyed.emplace(matching_key(sample.labels, matching), sample.value).second;
    if (added || error_) continue;
    error_ = QueryError{at.begin, "several series of this side match the same series of the other",
                        "aggregate it with sum by (...), or name the labels that tell them apart"};
  }
  return keyed;
}

std::vector<Evaluator::Pair> Evaluator::pairs(const Binary& node) {
  std::vector<Pair> found;
  const Value right = value(*node.right);
  if (node.left->type == Type::scalar) {
    // A number on the left stands before every series of the right.
    const double number = scalar_of(*node.left);
    for (const auto& sample : std::get<Vector>(right)) {
      found.push_back({sample, sample.value});
      found.back().left.value = number;
    }
    return found;
  }
  const Vector left = vector_of(*node.left);
  if (const auto* number = std::get_if<double>(&right)) {
    for (const auto& sample : left) found.push_back({sample, *number});
    return found;
  }
  const auto partners = by_key(std::get<Vector>(right), node.matching, *node.right);
  by_key(left, node.matching, *node.left);  // only to refuse two of the left with one partner
  for (const auto& sample : left) {
    const auto partner = partners.find(matching_key(sample.labels, node.matching));
    found.push_back({sample, partner == partners.end() ? std::nullopt : std::optional(partner->second)});
  }
  return found;
}

Value Evaluator::binary(const Binary& node) {
  if (is_set_operator(node.op)) return sets(node);
  return arithmetic(node);
}

Value Evaluator::arithmetic(const Binary& node) {
  if (node.left->type == Type::scalar && node.right->type == Type::scalar) {
    return apply(node.op, scalar_of(*node.left), scalar_of(*node.right));
  }
  const bool filters = is_comparison(node.op) && !node.as_bool;
  const bool between_vectors = node.left->type == Type::vector && node.right->type == Type::vector;
  Vector result;
  for (auto& pair : pairs(node)) {
    if (!pair.right) continue;
    Sample sample = std::move(pair.left);
    if (filters) {
      if (!compare(node.op, sample.value, *pair.right)) continue;
      // `0 < metric` keeps the metric's value, as Prometheus does.
      if (node.left->type == Type::scalar) sample.value = *pair.right;
    } else {
      sample.value = apply(node.op, sample.value, *pair.right);
      sample.name.clear();
    }
    if (between_vectors && node.matching.kind != Matching::Kind::all) {
      sample.labels = matching_key(sample.labels, node.matching);
    }
    result.push_back(std::move(sample));
  }
  return result;
}

Vector Evaluator::sets(const Binary& node) {
  Vector left = vector_of(*node.left);
  const Vector right = vector_of(*node.right);
  const auto has_partner = [&](const Vector& among, const Sample& sample) {
    const auto key = matching_key(sample.labels, node.matching);
    return std::any_of(among.begin(), among.end(),
                       [&](const Sample& other) { return matching_key(other.labels, node.matching) == key; });
  };
  if (node.op == Operator::or_) {
    Vector added;
    for (const auto& sample : right) {
      if (!has_partner(left, sample)) added.push_back(sample);
    }
    left.insert(left.end(), added.begin(), added.end());
    return left;
  }
  const bool keep = node.op == Operator::and_;
  std::erase_if(left, [&](const Sample& sample) { return has_partner(right, sample) != keep; });
  return left;
}

Vector Evaluator::aggregate(const Aggregate& node) {
  struct Group {
    double value = 0;
    double count = 0;
  };
  std::map<Labels, Group> groups;
  const Matching key{node.without ? Matching::Kind::ignoring : Matching::Kind::on, node.labels};
  for (const auto& sample : vector_of(*node.of)) {
    auto& group = groups[matching_key(sample.labels, key)];
    const bool first = group.count++ == 0;
    if (node.kind == Aggregate::Kind::min || node.kind == Aggregate::Kind::max) {
      const bool better =
          node.kind == Aggregate::Kind::min ? sample.value < group.value : sample.value > group.value;
      if (first || better || std::isnan(group.value)) group.value = sample.value;
    } else if (node.kind == Aggregate::Kind::avg && std::isfinite(sample.value)) {
      // In Prometheus' own steps, which give its last digit.
      if (std::isfinite(group.value)) group.value += sample.value / group.count - group.value / group.count;
    } else {
      group.value += sample.value;
    }
  }
  Vector result;
  for (const auto& [labels, group] : groups) {
    double value = group.value;
    if (node.kind == Aggregate::Kind::count) value = group.count;
    result.push_back({"", labels, value});
  }
  return result;
}

}  // namespace scenarios::engine::promql
