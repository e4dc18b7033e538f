#include "scenarios/engine/promql/query.hpp"

#include "scenarios/engine/promql/parser.hpp"

#include <algorithm>
#include <utility>

namespace scenarios::engine::promql {
namespace {

constexpr std::size_t kMaxLength = 4096;

void collect(const Node& node, std::vector<const Node*>& found) {
  if (std::holds_alternative<Selector>(node.is)) {
    found.push_back(&node);
  } else if (const auto* negation = std::get_if<Negation>(&node.is)) {
    collect(*negation->of, found);
  } else if (const auto* binary = std::get_if<Binary>(&node.is)) {
    collect(*binary->left, found);
    collect(*binary->right, found);
  } else if (const auto* aggregate = std::get_if<Aggregate>(&node.is)) {
    collect(*aggregate->of, found);
  } else if (const auto* call = std::get_if<Call>(&node.is)) {
    for (const auto& argument : call->arguments) collect(*argument, found);
  }
}

void collect(const Node& node, std::vector<Query::Grouping>& found) {
  const auto add = [&](const std::vector<std::string>& labels, const std::vector<std::size_t>& offsets) {
    std::vector<const Node*> selectors;
    collect(node, selectors);
    for (std::size_t i = 0; i < labels.size(); ++i) found.push_back({labels[i], offsets[i], selectors});
  };
  if (const auto* negation = std::get_if<Negation>(&node.is)) {
    collect(*negation->of, found);
  } else if (const auto* binary = std::get_if<Binary>(&node.is)) {
    add(binary->matching.labels, binary->matching.offsets);
    collect(*binary->left, found);
    collect(*binary->right, found);
  } else if (const auto* aggregate = std::get_if<Aggregate>(&node.is)) {
    add(aggregate->labels, aggregate->offsets);
    collect(*aggregate->of, found);
  } else if (const auto* call = std::get_if<Call>(&node.is)) {
    for (const auto& argument : call->arguments) collect(*argument, found);
  }
}

}  // namespace

std::vector<Query::Grouping> Query::groupings() const {
  std::vector<Grouping> found;
  collect(*root_, found);
  return found;
}

std::vector<const Node*> Query::selectors() const {
  std::vector<const Node*> found;
  collect(*root_, found);
  return found;
}

std::vector<std::string> Query::metric_names() const {
  std::vector<std::string> names;
  for (const auto* node : selectors()) {
    const auto& name = std::get<Selector>(node->is).name;
    if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
  }
  return names;
}

std::variant<std::shared_ptr<const Query>, QueryError> parse(std::string text) {
  if (text.size() > kMaxLength) return QueryError{0, "this query is longer than 4096 characters", ""};
  auto tokens = tokenize(text);
  if (auto* error = std::get_if<QueryError>(&tokens)) return std::move(*error);
  Parser parser(std::move(std::get<std::vector<Token>>(tokens)));
  auto root = parser.run();
  if (!root) return *parser.error();
  return std::make_shared<const Query>(std::move(text), std::move(root));
}

}  // namespace scenarios::engine::promql
