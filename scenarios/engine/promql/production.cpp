#include "scenarios/engine/promql/production.hpp"

#include "scenarios/engine/promql/evaluate.hpp"

#include <vector>

namespace scenarios::engine::promql {
namespace {

struct Edit {
  std::size_t at = 0;
  std::string insert;
};

class Rewriter {
 public:
  explicit Rewriter(std::string_view range) : range_(range) {}

  void visit(const Node& node, bool in_range_function) {
    if (const auto* selector = std::get_if<Selector>(&node.is)) {
      rewrite(node, *selector, in_range_function);
    } else if (const auto* negation = std::get_if<Negation>(&node.is)) {
      visit(*negation->of, false);
    } else if (const auto* binary = std::get_if<Binary>(&node.is)) {
      visit(*binary->left, false);
      visit(*binary->right, false);
    } else if (const auto* aggregate = std::get_if<Aggregate>(&node.is)) {
      visit(*aggregate->of, false);
    } else if (const auto* call = std::get_if<Call>(&node.is)) {
      const bool over_time =
          call->function == Call::Function::increase || call->function == Call::Function::rate;
      for (const auto& argument : call->arguments) visit(*argument, over_time);
    }
  }

  /// In the order of the text.
  const std::vector<Edit>& edits() const { return edits_; }

 private:
  void rewrite(const Node& node, const Selector& selector, bool in_range_function) {
    const std::string range = "[" + std::string(range_) + "]";
    if (in_range_function) {
      if (!selector.range_seconds) edits_.push_back({node.end, range});
    } else if (is_counter(selector.name)) {
      edits_.push_back({node.begin, "increase("});
      edits_.push_back({node.end, range + ")"});
    }
  }

  std::string_view range_;
  std::vector<Edit> edits_;
};

}  // namespace

std::string production_form(const Query& query, std::string_view range) {
  Rewriter rewriter(range);
  rewriter.visit(query.root(), false);
  std::string text;
  std::size_t at = 0;
  for (const auto& edit : rewriter.edits()) {
    text.append(query.text(), at, edit.at - at).append(edit.insert);
    at = edit.at;
  }
  return text.append(query.text(), at);
}

}  // namespace scenarios::engine::promql
