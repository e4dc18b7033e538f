#include "scenarios/engine/promql/parser.hpp"

#include <array>
#include <utility>

namespace scenarios::engine::promql {
namespace {

constexpr std::size_t kMaxDepth = 64;

struct OperatorEntry {
  std::string_view text;
  Operator op;
  int precedence;
};
constexpr std::array<OperatorEntry, 15> kOperators{{{"or", Operator::or_, 1},
                                                    {"and", Operator::and_, 2},
                                                    {"unless", Operator::unless, 2},
                                                    {"==", Operator::eq, 3},
                                                    {"!=", Operator::ne, 3},
                                                    {"<", Operator::lt, 3},
                                                    {">", Operator::gt, 3},
                                                    {"<=", Operator::le, 3},
                                                    {">=", Operator::ge, 3},
                                                    {"+", Operator::add, 4},
                                                    {"-", Operator::sub, 4},
                                                    {"*", Operator::mul, 5},
                                                    {"/", Operator::div, 5},
                                                    {"%", Operator::mod, 5},
                                                    {"^", Operator::pow, 6}}};
constexpr int kUnaryPrecedence = 6;  // -2^2 is -(2^2)

const OperatorEntry* operator_of(const Token& token) {
  if (token.kind != Token::Kind::symbol && token.kind != Token::Kind::name) return nullptr;
  for (const auto& entry : kOperators) {
    if (token.text == entry.text) return &entry;
  }
  return nullptr;
}

NodePtr make(std::size_t begin, std::size_t end, Type type, decltype(Node::is) is) {
  auto node = std::make_unique<Node>();
  node->begin = begin;
  node->end = end;
  node->type = type;
  node->is = std::move(is);
  return node;
}

std::string shown(const Token& token) {
  return token.kind == Token::Kind::end ? "the query's end" : "'" + token.text + "'";
}

}  // namespace

bool is_comparison(Operator op) {
  return op >= Operator::eq && op <= Operator::ge;
}
bool is_set_operator(Operator op) {
  return op >= Operator::and_;
}
std::string_view to_string(Operator op) {
  for (const auto& entry : kOperators) {
    if (entry.op == op) return entry.text;
  }
  return "?";
}

bool Parser::take_if(std::string_view symbol) {
  if (!now().is(symbol)) return false;
  take();
  return true;
}

bool Parser::expect(std::string_view symbol, std::string_view where) {
  if (take_if(symbol)) return true;
  fail(now().offset,
       "expected '" + std::string(symbol) + "' " + std::string(where) + ", found " + shown(now()));
  return false;
}

NodePtr Parser::fail(std::size_t offset, std::string message, std::string hint) {
  if (!error_) error_ = QueryError{offset, std::move(message), std::move(hint)};
  return nullptr;
}

NodePtr Parser::run() {
  auto root = expression(1);
  if (!root) return nullptr;
  if (now().is("=")) return fail(now().offset, "'=' is only for labels inside of {}", "compare with '=='");
  if (now().kind != Token::Kind::end) return fail(now().offset, "unexpected " + shown(now()));
  if (root->type == Type::range)
    return fail(root->begin, "a range stands only inside of increase() or rate()");
  return root;
}

NodePtr Parser::expression(int lowest_precedence) {
  if (++depth_ > kMaxDepth) return fail(now().offset, "this query is nested too deeply");
  auto left = operand();
  while (left) {
    const auto* entry = operator_of(now());
    if (entry == nullptr || entry->precedence < lowest_precedence) break;
    const std::size_t op_at = now().offset;
    take();
    left = binary(entry->op, op_at, std::move(left), entry->precedence);
  }
  --depth_;
  return left;
}

NodePtr Parser::binary(Operator op, std::size_t op_at, NodePtr left, int precedence) {
  Binary node;
  node.op = op;
  if (!modifiers(node)) return nullptr;
  // '^' groups to the right, all others to the left.
  auto right = expression(op == Operator::pow ? precedence : precedence + 1);
  if (!right) return nullptr;
  const std::size_t begin = left->begin;
  const std::size_t end = right->end;
  node.left = std::move(left);
  node.right = std::move(right);
  if (!check_operands(node, op_at)) return nullptr;
  const bool scalars = node.left->type == Type::scalar && node.right->type == Type::scalar;
  return make(begin, end, scalars ? Type::scalar : Type::vector, std::move(node));
}

bool Parser::modifiers(Binary& node) {
  const std::size_t at = now().offset;
  if (take_if("bool")) {
    node.as_bool = true;
    if (!is_comparison(node.op)) {
      fail(at, "'bool' belongs to a comparison");
      return false;
    }
  }
  const bool on = now().is("on");
  if (on || now().is("ignoring")) {
    take();
    node.matching.kind = on ? Matching::Kind::on : Matching::Kind::ignoring;
    if (!label_list(node.matching.labels, node.matching.offsets)) return false;
    if (now().is("group_left") || now().is("group_right")) {
      fail(now().offset, "'" + now().text + "' is not part of the subset understood here",
           "aggregate one side with sum by (...) first");
      return false;
    }
  }
  return true;
}

bool Parser::check_operands(const Binary& node, std::size_t op_at) {
  const std::string name(to_string(node.op));
  for (const auto* side : {node.left.get(), node.right.get()}) {
    if (side->type == Type::range) {
      fail(side->begin, "a range stands only inside of increase() or rate()");
      return false;
    }
  }
  const bool vectors = node.left->type == Type::vector && node.right->type == Type::vector;
  if (is_set_operator(node.op) && !vectors) {
    fail(op_at, "'" + name + "' joins sets of series, and one side is a number");
    return false;
  }
  if (node.matching.kind != Matching::Kind::all && !vectors) {
    fail(op_at, "on() and ignoring() need series on both sides");
    return false;
  }
  const bool scalars = node.left->type == Type::scalar && node.right->type == Type::scalar;
  if (scalars && is_comparison(node.op) && !node.as_bool) {
    fail(op_at, "two numbers are compared with '" + name + " bool'");
    return false;
  }
  return true;
}

NodePtr Parser::operand() {
  const std::size_t begin = now().offset;
  if (take_if("-")) return unary(true, begin);
  if (take_if("+")) return unary(false, begin);
  return primary();
}

NodePtr Parser::unary(bool minus, std::size_t begin) {
  auto of = expression(kUnaryPrecedence);
  if (!of) return nullptr;
  if (of->type == Type::range) return fail(begin, "a range stands only inside of increase() or rate()");
  if (!minus) return of;
  const std::size_t end = of->end;
  const Type type = of->type;
  return make(begin, end, type, Negation{std::move(of)});
}

NodePtr Parser::primary() {
  const Token token = now();
  switch (token.kind) {
    case Token::Kind::number:
      take();
      return make(token.offset, token.end, Type::scalar, Number{token.number});
    case Token::Kind::name:
      return named();
    case Token::Kind::duration:
      return fail(token.offset, "'" + token.text + "' is a time, and metrics are in seconds",
                  "write the number of seconds");
    case Token::Kind::text:
      return fail(token.offset, "a text stands only in a label matcher");
    case Token::Kind::end:
      return fail(token.offset, "the query ends where a value should stand");
    case Token::Kind::symbol:
      break;
  }
  if (token.is("{")) return selector(token.offset, "");
  if (!take_if("(")) return fail(token.offset, "unexpected " + shown(token) + " where a value should stand");
  auto inner = expression(1);
  if (!inner || !expect(")", "to close the parenthesis")) return nullptr;
  return inner;
}

}  // namespace scenarios::engine::promql
