#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace scenarios::engine::promql {

/// What is wrong with a query, and where in its text (bytes from its start).
struct QueryError {
  std::size_t offset = 0;
  std::string message;
  std::string hint;  // what would be right; may be empty
};

struct Token {
  enum class Kind { name, number, duration, text, symbol, end } kind = Kind::end;
  std::string text;  // text: without its quotes, escapes resolved; else as written
  std::size_t offset = 0;
  std::size_t end = 0;
  double number = 0;  // number; duration: in seconds

  bool is(std::string_view symbol_or_name) const {
    return (kind == Kind::symbol || kind == Kind::name) && text == symbol_or_name;
  }
};

/// Takes a query apart. The last token is Kind::end.
std::variant<std::vector<Token>, QueryError> tokenize(std::string_view query);

}  // namespace scenarios::engine::promql
