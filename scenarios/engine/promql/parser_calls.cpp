#include "scenarios/engine/promql/parser.hpp"
#include "scenarios/engine/promql/pattern.hpp"

#include <array>
#include <utility>

// What a name can begin: an aggregation, a function or a selector.
namespace scenarios::engine::promql {
namespace {

using Function = Call::Function;

constexpr std::array<std::pair<std::string_view, Aggregate::Kind>, 5> kAggregations{
    {{"sum", Aggregate::Kind::sum},
     {"min", Aggregate::Kind::min},
     {"max", Aggregate::Kind::max},
     {"avg", Aggregate::Kind::avg},
     {"count", Aggregate::Kind::count}}};

struct Signature {
  std::string_view name;
  Function function;
  std::array<Type, 2> arguments;  // the first `count` of them
  std::size_t count;
  Type result;
};
constexpr std::array<Signature, 7> kFunctions{{
    {"absent", Function::absent, {Type::vector, Type::vector}, 1, Type::vector},
    {"histogram_quantile", Function::histogram_quantile, {Type::scalar, Type::vector}, 2, Type::vector},
    {"increase", Function::increase, {Type::range, Type::range}, 1, Type::vector},
    {"rate", Function::rate, {Type::range, Type::range}, 1, Type::vector},
    {"abs", Function::abs, {Type::vector, Type::vector}, 1, Type::vector},
    {"scalar", Function::scalar, {Type::vector, Type::vector}, 1, Type::scalar},
    {"vector", Function::vector, {Type::scalar, Type::scalar}, 1, Type::vector},
}};
constexpr std::array<std::string_view, 6> kKeywords{"by", "without", "on", "ignoring", "bool", "offset"};

const Signature& signature(Function function) {
  for (const auto& entry : kFunctions) {
    if (entry.function == function) return entry;
  }
  return kFunctions.front();
}

std::string_view type_name(Type type) {
  switch (type) {
    case Type::scalar:
      return "a number";
    case Type::vector:
      return "series";
    case Type::range:
      return "a metric, with or without a range such as [5s]";
  }
  return "";
}

template <class N>
NodePtr make(std::size_t begin, std::size_t end, Type type, N is) {
  auto node = std::make_unique<Node>();
  node->begin = begin;
  node->end = end;
  node->type = type;
  node->is = std::move(is);
  return node;
}

}  // namespace

NodePtr Parser::named() {
  const Token name = take();
  for (const auto& [text, kind] : kAggregations) {
    if (name.text == text && (now().is("(") || now().is("by") || now().is("without"))) {
      return aggregate(kind, name.offset);
    }
  }
  for (const auto& entry : kFunctions) {
    if (name.text == entry.name && now().is("(")) return call(entry.function, entry.name, name.offset);
  }
  if (now().is("(")) {
    return fail(name.offset, "'" + name.text + "' is no function of the subset understood here",
                "sum, min, max, avg, count, absent, histogram_quantile, increase, rate, abs, scalar, vector");
  }
  for (const auto keyword : kKeywords) {
    if (name.text == keyword) return fail(name.offset, "unexpected '" + name.text + "'");
  }
  return selector(name.offset, name.text);
}

NodePtr Parser::selector(std::size_t begin, std::string name) {
  Selector node;
  node.name = std::move(name);
  std::size_t end = tokens_[at_ == 0 ? 0 : at_ - 1].end;
  if (take_if("{")) {
    while (!now().is("}")) {
      if (!matcher(node)) return nullptr;
      if (!take_if(",")) break;
    }
    end = now().end;
    if (!expect("}", "to close the label matchers")) return nullptr;
  }
  if (node.name.empty()) return fail(begin, "a selector without the name of a metric", "metric_name{...}");
  if (now().is("[")) {
    if (!range(node)) return nullptr;
    end = tokens_[at_ - 1].end;
    return make(begin, end, Type::range, std::move(node));
  }
  if (now().is("offset")) return fail(now().offset, "'offset' is not part of the subset understood here");
  return make(begin, end, Type::vector, std::move(node));
}

bool Parser::matcher(Selector& node) {
  Matcher matcher;
  if (now().kind != Token::Kind::name) {
    fail(now().offset, "expected the name of a label");
    return false;
  }
  matcher.offset = now().offset;
  matcher.label = take().text;
  if (take_if("=")) {
    matcher.kind = Matcher::Kind::equal;
  } else if (take_if("!=")) {
    matcher.kind = Matcher::Kind::not_equal;
  } else if (take_if("=~")) {
    matcher.kind = Matcher::Kind::regex;
  } else if (take_if("!~")) {
    matcher.kind = Matcher::Kind::not_regex;
  } else {
    fail(now().offset, "a label is followed by =, !=, =~ or !~",
         now().is("==") ? "inside of {} it is a single '='" : "");
    return false;
  }
  if (now().kind != Token::Kind::text) {
    fail(now().offset, "the value of label '" + matcher.label + "' stands in quotes");
    return false;
  }
  const std::size_t value_at = now().offset;
  matcher.value = take().text;
  if (matcher.kind == Matcher::Kind::regex || matcher.kind == Matcher::Kind::not_regex) {
    auto read = read_value_pattern(matcher.value);
    if (const auto* wrong = std::get_if<std::string>(&read)) {
      fail(value_at, *wrong);
      return false;
    }
    matcher.pattern = std::get<std::regex>(std::move(read));
  }
  node.matchers.push_back(std::move(matcher));
  return true;
}

bool Parser::range(Selector& node) {
  take();  // '['
  if (now().kind != Token::Kind::duration) {
    fail(now().offset, "a range is a time with its unit", "[5s]");
    return false;
  }
  if (now().number <= 0) {
    fail(now().offset, "a range is longer than nothing");
    return false;
  }
  node.range_seconds = take().number;
  return expect("]", "to close the range");
}

bool Parser::label_list(std::vector<std::string>& labels, std::vector<std::size_t>& offsets) {
  if (!expect("(", "before the labels")) return false;
  while (now().kind == Token::Kind::name) {
    offsets.push_back(now().offset);
    labels.push_back(take().text);
    if (!take_if(",")) break;
  }
  return expect(")", "after the labels");
}

NodePtr Parser::aggregate(Aggregate::Kind kind, std::size_t begin) {
  Aggregate node;
  node.kind = kind;
  const auto grouping = [&] {
    const bool without = now().is("without");
    if (!without && !now().is("by")) return true;
    take();
    node.without = without;
    return label_list(node.labels, node.offsets);
  };
  const bool grouped_before = !now().is("(");
  if (!grouping() || !expect("(", "after the aggregation")) return nullptr;
  node.of = expression(1);
  if (!node.of) return nullptr;
  if (node.of->type != Type::vector) return fail(node.of->begin, "an aggregation is over series");
  if (!expect(")", "to close the aggregation")) return nullptr;
  if (!grouped_before && !grouping()) return nullptr;
  return make(begin, tokens_[at_ - 1].end, Type::vector, std::move(node));
}

NodePtr Parser::call(Call::Function function, std::string_view name, std::size_t begin) {
  Call node;
  node.function = function;
  take();  // '('
  while (!now().is(")")) {
    auto argument = expression(1);
    if (!argument) return nullptr;
    node.arguments.push_back(std::move(argument));
    if (!take_if(",")) break;
  }
  if (!expect(")", "to close " + std::string(name) + "()")) return nullptr;
  if (!check_arguments(node, name, begin)) return nullptr;
  return make(begin, tokens_[at_ - 1].end, signature(function).result, std::move(node));
}

bool Parser::check_arguments(const Call& node, std::string_view name, std::size_t begin) {
  const auto& expected = signature(node.function);
  if (node.arguments.size() != expected.count) {
    fail(begin, std::string(name) + "() takes " + std::to_string(expected.count) +
                    (expected.count == 1 ? " argument" : " arguments") + ", not " +
                    std::to_string(node.arguments.size()));
    return false;
  }
  for (std::size_t i = 0; i < expected.count; ++i) {
    const auto& argument = *node.arguments[i];
    const Type wanted = expected.arguments[i];
    const bool fits =
        wanted == Type::range ? std::holds_alternative<Selector>(argument.is) : argument.type == wanted;
    if (fits) continue;
    fail(argument.begin, std::string(name) + "() needs " + std::string(type_name(wanted)) + " here");
    return false;
  }
  return true;
}

}  // namespace scenarios::engine::promql
