#include "metrics/catalogue.hpp"
#include "scenarios/engine/promql/evaluate.hpp"
#include "scenarios/engine/promql/evaluator.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace scenarios::engine::promql {
namespace {

constexpr std::size_t kShown = 6;  // series that a message names

std::string shown(const Query& query, const Node& node, const Sample& sample) {
  if (!sample.name.empty()) return series_text(sample.name, sample.labels);
  std::string text = query.text().substr(node.begin, node.end - node.begin);
  if (!sample.labels.empty()) text += " at " + series_text("", sample.labels);
  return text;
}

std::string join(const std::vector<std::string>& lines) {
  std::string text;
  for (std::size_t i = 0; i < lines.size() && i < kShown; ++i) text += (i == 0 ? "" : "; ") + lines[i];
  if (lines.size() > kShown) text += fmt::format("; and {} more", lines.size() - kShown);
  return text;
}

std::string nothing_of(const Query& query, const Node& node) {
  return "no series: " + query.text().substr(node.begin, node.end - node.begin) + " selects nothing";
}

/// The series of the left side against their partners: each must have one, and hold.
Judgement judge_comparison(const Query& query, const Binary& node, Evaluator& evaluator) {
  std::vector<std::string> broken, held;
  std::vector<Labels> of_broken, of_held;
  const bool number_left = node.left->type == Type::scalar;
  for (const auto& pair : evaluator.pairs(node)) {
    const Node& side = number_left ? *node.right : *node.left;
    Sample subject = pair.left;
    if (number_left && pair.right) subject.value = *pair.right;
    const std::string name = shown(query, side, subject);
    const bool holds = pair.right && Evaluator::compare(node.op, pair.left.value, *pair.right);
    (holds ? of_held : of_broken).push_back(subject.labels);
    if (!pair.right) {
      broken.push_back(name + " has no partner on the right side");
      continue;
    }
    const std::string other = number_text(number_left ? pair.left.value : *pair.right);
    const std::string is = name + " is " + number_text(subject.value);
    if (holds) {
      held.push_back(is);
    } else if (number_left) {
      broken.push_back(fmt::format("{}, and {} {} {} does not hold", is, other, to_string(node.op),
                                   number_text(subject.value)));
    } else {
      broken.push_back(fmt::format("{}, which is not {} {}", is, to_string(node.op), other));
    }
  }
  if (!broken.empty()) return {false, join(broken), std::move(of_broken)};
  if (held.empty()) return {false, nothing_of(query, number_left ? *node.right : *node.left)};
  return {true, join(held), std::move(of_held)};
}

bool filters(const Node& node) {
  const auto* binary = std::get_if<Binary>(&node.is);
  return binary != nullptr && is_comparison(binary->op) && !binary->as_bool;
}

/// What the parts of a node that selected nothing came to.
std::string why_empty(const Query& query, const Node& node, Evaluator& evaluator) {
  const auto* binary = std::get_if<Binary>(&node.is);
  if (filters(node)) return judge_comparison(query, *binary, evaluator).why;
  if (binary != nullptr && is_set_operator(binary->op)) {
    return why_empty(query, *binary->left, evaluator) + "; " + why_empty(query, *binary->right, evaluator);
  }
  const auto* call = std::get_if<Call>(&node.is);
  if (call != nullptr && call->function == Call::Function::absent)
    return why_empty(query, *call->arguments.front(), evaluator);
  const Value value = evaluator.value(node);
  if (const auto* number = std::get_if<double>(&value)) return "it is " + number_text(*number);
  std::vector<std::string> found;
  for (const auto& sample : std::get<Vector>(value))
    found.push_back(shown(query, node, sample) + " is " + number_text(sample.value));
  return found.empty() ? nothing_of(query, node) : join(found);
}

Judgement judge_value(const Query& query, const Value& value, const Instant& instant) {
  if (const auto* number = std::get_if<double>(&value)) {
    return {*number != 0 && !std::isnan(*number), "it is " + number_text(*number)};
  }
  const auto& vector = std::get<Vector>(value);
  if (vector.empty()) {
    Evaluator evaluator(instant);
    return {false, "the result is empty: " + why_empty(query, query.root(), evaluator)};
  }
  const auto* binary = std::get_if<Binary>(&query.root().is);
  std::vector<std::string> zero, found;
  std::vector<Labels> of_zero, of_found;
  for (const auto& sample : vector) {
    const std::string text = shown(query, query.root(), sample) + " is " + number_text(sample.value);
    const bool broken = binary != nullptr && binary->as_bool && sample.value == 0;
    (broken ? zero : found).push_back(text);
    (broken ? of_zero : of_found).push_back(sample.labels);
  }
  if (zero.empty()) return {true, join(found), std::move(of_found)};
  return {false, join(zero), std::move(of_zero)};
}

}  // namespace

bool is_counter(const std::string& name) {
  if (const auto* family = metrics::find_family(name)) return family->kind != metrics::Kind::gauge;
  for (const std::string_view suffix : {"_total", "_bucket", "_sum", "_count"}) {
    if (name.ends_with(suffix)) return true;
  }
  return false;
}

std::string number_text(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
  return fmt::format("{}", value);
}

std::string series_text(const std::string& name, const Labels& labels) {
  if (labels.empty()) return name;
  std::string text = name + "{";
  for (const auto& [label, value] : labels) {
    if (text.back() != '{') text += ',';
    text += label + "=\"";
    for (const char c : value) {
      if (c == '"' || c == '\\') text += '\\';
      if (c == '\n') {
        text += "\\n";
      } else {
        text += c;
      }
    }
    text += '"';
  }
  return text + "}";
}

std::variant<Value, QueryError> evaluate(const Query& query, const Instant& instant) {
  Evaluator evaluator(instant);
  Value value = evaluator.value(query.root());
  if (evaluator.error()) return *evaluator.error();
  if (auto* vector = std::get_if<Vector>(&value)) {
    std::sort(vector->begin(), vector->end(), [](const Sample& a, const Sample& b) {
      return std::tie(a.name, a.labels) < std::tie(b.name, b.labels);
    });
  }
  return value;
}

Judgement judge(const Query& query, const Instant& instant) {
  if (filters(query.root())) {
    Evaluator evaluator(instant);
    Judgement judgement = judge_comparison(query, std::get<Binary>(query.root().is), evaluator);
    if (evaluator.error()) return {false, evaluator.error()->message};
    return judgement;
  }
  const auto value = evaluate(query, instant);
  if (const auto* error = std::get_if<QueryError>(&value)) return {false, error->message};
  return judge_value(query, std::get<Value>(value), instant);
}

std::string why_no_condition(const Query& query) {
  const Node& root = query.root();
  if (const auto* binary = std::get_if<Binary>(&root.is)) {
    if (is_comparison(binary->op) || is_set_operator(binary->op)) return {};
  }
  if (const auto* call = std::get_if<Call>(&root.is)) {
    if (call->function == Call::Function::absent) return {};
  }
  return "this has a value, and nothing says which value is right";
}

Samples counters_of(Samples samples) {
  std::erase_if(samples, [](const Sample& sample) { return !is_counter(sample.name); });
  return samples;
}

Samples since_start(Samples now, const Samples& start) {
  std::map<std::pair<std::string_view, const Labels*>, double, decltype([](const auto& a, const auto& b) {
             return std::tie(a.first, *a.second) < std::tie(b.first, *b.second);
           })>
      before;
  for (const auto& sample : start) before[{sample.name, &sample.labels}] = sample.value;
  for (auto& sample : now) {
    if (!is_counter(sample.name)) continue;
    const auto found = before.find({sample.name, &sample.labels});
    if (found != before.end() && sample.value >= found->second) sample.value -= found->second;
  }
  return now;
}

}  // namespace scenarios::engine::promql
