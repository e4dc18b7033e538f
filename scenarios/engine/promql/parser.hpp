#pragma once
#include "scenarios/engine/promql/query.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace scenarios::engine::promql {

/// Recursive descent over the tokens of one query; stops at the first error. One use.
class Parser {
 public:
  explicit Parser(std::vector<Token> tokens) : tokens_(std::move(tokens)) {}
  /// Nullptr: see error().
  NodePtr run();
  const std::optional<QueryError>& error() const { return error_; }

 private:
  const Token& now() const { return tokens_[at_]; }
  const Token& take() { return tokens_[at_ + 1 < tokens_.size() ? at_++ : at_]; }
  bool take_if(std::string_view symbol);
  bool expect(std::string_view symbol, std::string_view where);
  NodePtr fail(std::size_t offset, std::string message, std::string hint = {});

  NodePtr expression(int lowest_precedence);
  NodePtr operand();
  NodePtr unary(bool minus, std::size_t begin);
  NodePtr primary();
  NodePtr named();
  NodePtr selector(std::size_t begin, std::string name);
  NodePtr aggregate(Aggregate::Kind kind, std::size_t begin);
  NodePtr call(Call::Function function, std::string_view name, std::size_t begin);
  NodePtr binary(Operator op, std::size_t op_at, NodePtr left, int precedence);
  bool modifiers(Binary& node);
  bool matcher(Selector& node);
  bool range(Selector& node);
  bool label_list(std::vector<std::string>& labels, std::vector<std::size_t>& offsets);
  bool check_operands(const Binary& node, std::size_t op_at);
  bool check_arguments(const Call& node, std::string_view name, std::size_t begin);

  std::vector<Token> tokens_;
  std::size_t at_ = 0;
  std::size_t depth_ = 0;  // bounded: queries come from files
  std::optional<QueryError> error_;
};

}  // namespace scenarios::engine::promql
