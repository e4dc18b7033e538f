#pragma once
#include "scenarios/engine/promql/lexer.hpp"

#include <cstddef>
#include <memory>
#include <optional>
#include <regex>
#include <string>
#include <variant>
#include <vector>

namespace scenarios::engine::promql {

struct Node;
using NodePtr = std::unique_ptr<const Node>;

struct Matcher {
  enum class Kind { equal, not_equal, regex, not_regex } kind = Kind::equal;
  std::string label;
  std::string value;
  std::regex pattern;  // the two regex kinds: the whole value must match
  std::size_t offset = 0;
};

struct Number {
  double value = 0;
};
struct Selector {
  std::string name;
  std::vector<Matcher> matchers;
  std::optional<double> range_seconds;  // [5s]: only inside increase() and rate()
};
struct Negation {
  NodePtr of;
};

enum class Operator { add, sub, mul, div, mod, pow, eq, ne, lt, gt, le, ge, and_, or_, unless };
bool is_comparison(Operator op);
bool is_set_operator(Operator op);
std::string_view to_string(Operator op);

/// Which labels two sides must share to belong together. Default: all.
struct Matching {
  enum class Kind { all, on, ignoring } kind = Kind::all;
  std::vector<std::string> labels;
  std::vector<std::size_t> offsets = {};  // of the labels, in the query
};
struct Binary {
  Operator op = Operator::add;
  bool as_bool = false;
  Matching matching;
  NodePtr left, right;
};

struct Aggregate {
  enum class Kind { sum, min, max, avg, count } kind = Kind::sum;
  bool without = false;  // `labels` are those dropped; else those kept
  std::vector<std::string> labels;
  std::vector<std::size_t> offsets;  // of the labels, in the query
  NodePtr of;
};

struct Call {
  enum class Function { absent, histogram_quantile, increase, rate, abs, scalar, vector };
  Function function = Function::absent;
  std::vector<NodePtr> arguments;
};

enum class Type { scalar, vector, range };

/// A part of a query. [begin, end) is its place in the text, for messages.
struct Node {
  std::size_t begin = 0;
  std::size_t end = 0;
  Type type = Type::scalar;
  std::variant<Number, Selector, Negation, Binary, Aggregate, Call> is;
};

/// A query that was understood: a documented subset of PromQL, with PromQL's meaning.
/// Differences: increase() and rate() also take a selector without a range and then span the whole scenario;
/// both are exact differences, never extrapolated. Immutable.
class Query {
 public:
  Query(std::string text, NodePtr root) : text_(std::move(text)), root_(std::move(root)) {}
  const std::string& text() const { return text_; }
  const Node& root() const { return *root_; }
  /// Every selector in it, in order.
  std::vector<const Node*> selectors() const;
  /// Labels by which series are put together: by, without, on, ignoring.
  struct Grouping {
    std::string label;
    std::size_t offset = 0;
    std::vector<const Node*> selectors;  // of the series that should have it
  };
  std::vector<Grouping> groupings() const;
  /// The names that they select, each once, in order.
  std::vector<std::string> metric_names() const;

 private:
  std::string text_;
  NodePtr root_;
};

std::variant<std::shared_ptr<const Query>, QueryError> parse(std::string text);

}  // namespace scenarios::engine::promql
