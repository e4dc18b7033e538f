#include "scenarios/engine/promql/lexer.hpp"

#include "runtime/core/utf8.hpp"

#include <array>
#include <charconv>
#include <limits>
#include <optional>
#include <utility>

namespace scenarios::engine::promql {
namespace {

bool digit(char c) {
  return c >= '0' && c <= '9';
}
bool name_start(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == ':';
}

class Lexer {
 public:
  explicit Lexer(std::string_view query) : query_(query) {}

  std::variant<std::vector<Token>, QueryError> run() {
    while (skip_blanks()) {
      const char c = query_[at_];
      const bool taken = name_start(c)                              ? name()
                         : digit(c) || (c == '.' && digit(peek(1))) ? number()
                         : c == '"' || c == '\'' || c == '`'        ? quoted(c)
                                                                    : symbol();
      if (!taken) return *error_;
    }
    push(Token::Kind::end, query_.size(), "");
    return std::move(tokens_);
  }

 private:
  char peek(std::size_t ahead) const { return at_ + ahead < query_.size() ? query_[at_ + ahead] : '\0'; }

  bool skip_blanks() {
    while (at_ < query_.size()) {
      const char c = query_[at_];
      if (c == '#') {
        while (at_ < query_.size() && query_[at_] != '\n') ++at_;
      } else if (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
        ++at_;
      } else {
        return true;
      }
    }
    return false;
  }

  Token& push(Token::Kind kind, std::size_t from, std::string text) {
    Token token;
    token.kind = kind;
    token.text = std::move(text);
    token.offset = from;
    token.end = at_;
    return tokens_.emplace_back(std::move(token));
  }

  bool fail(std::size_t offset, std::string message, std::string hint = {}) {
    error_ = QueryError{offset, std::move(message), std::move(hint)};
    return false;
  }

  bool name() {
    const std::size_t from = at_;
    while (at_ < query_.size() && (name_start(query_[at_]) || digit(query_[at_]))) ++at_;
    std::string text(query_.substr(from, at_ - from));
    const bool infinite = text == "Inf" || text == "inf";
    if (infinite || text == "NaN" || text == "nan") {
      push(Token::Kind::number, from, std::move(text)).number =
          infinite ? std::numeric_limits<double>::infinity() : std::numeric_limits<double>::quiet_NaN();
    } else {
      push(Token::Kind::name, from, std::move(text));
    }
    return true;
  }

  bool number() {
    const std::size_t from = at_;
    double value = 0;
    const auto [end, problem] = std::from_chars(query_.data() + at_, query_.data() + query_.size(), value);
    if (problem != std::errc()) return fail(from, "this number is out of range");
    at_ = static_cast<std::size_t>(end - query_.data());
    if (at_ < query_.size() && name_start(query_[at_])) return duration(from, value);
    push(Token::Kind::number, from, std::string(query_.substr(from, at_ - from))).number = value;
    return true;
  }

  bool duration(std::size_t from, double value) {
    static constexpr std::array<std::pair<std::string_view, double>, 5> kUnits{
        {{"ms", 1e-3}, {"s", 1}, {"m", 60}, {"h", 3600}, {"d", 86400}}};
    const std::size_t unit_at = at_;
    while (at_ < query_.size() && name_start(query_[at_])) ++at_;
    const std::string_view unit = query_.substr(unit_at, at_ - unit_at);
    for (const auto& [name, factor] : kUnits) {
      if (unit != name) continue;
      push(Token::Kind::duration, from, std::string(query_.substr(from, at_ - from))).number = value * factor;
      return true;
    }
    return fail(unit_at, "'" + std::string(unit) + "' is no unit of time", "ms, s, m, h or d, as in [5s]");
  }

  bool quoted(char quote) {
    const std::size_t from = at_++;
    std::string text;
    for (; at_ < query_.size(); ++at_) {
      const char c = query_[at_];
      if (c == quote) {
        ++at_;
        push(Token::Kind::text, from, std::move(text));
        return true;
      }
      if (c == '\\' && quote != '`') {
        if (!escape(text)) return false;
      } else {
        text += c;
      }
    }
    return fail(from, "this text has no closing quote", "end it with " + std::string(1, quote));
  }

  bool escape(std::string& text) {
    ++at_;
    switch (peek(0)) {
      case 'n':
        text += '\n';
        return true;
      case 't':
        text += '\t';
        return true;
      case 'r':
        text += '\r';
        return true;
      case '\\':
        text += '\\';
        return true;
      case '"':
        text += '"';
        return true;
      case '\'':
        text += '\'';
        return true;
      default:
        return fail(at_ - 1, "unknown escape in a text",
                    R"(a backslash is written \\, so a regular expression says "\\d")");
    }
  }

  bool symbol() {
    static constexpr std::array<std::string_view, 6> kLong{"==", "!=", "<=", ">=", "=~", "!~"};
    const std::size_t from = at_;
    const std::string_view two = query_.substr(at_, 2);
    for (const auto candidate : kLong) {
      if (two != candidate) continue;
      at_ += 2;
      push(Token::Kind::symbol, from, std::string(two));
      return true;
    }
    const char c = query_[at_];
    if (std::string_view("+-*/%^(){}[],=<>").find(c) == std::string_view::npos) {
      std::size_t end = at_ + 1;  // all of a character
      while (end < query_.size() && runtime::continues_utf8(query_[end])) ++end;
      return fail(from, "unexpected '" + std::string(query_.substr(at_, end - at_)) + "'", stray_hint(c));
    }
    ++at_;
    push(Token::Kind::symbol, from, std::string(1, c));
    return true;
  }

  static std::string stray_hint(char c) {
    if (c == '!') return "'!=' compares; to negate a condition use 'unless'";
    if (c == '&') return "conditions are joined with 'and'";
    if (c == '|') return "conditions are joined with 'or'";
    return {};
  }

  std::string_view query_;
  std::size_t at_ = 0;
  std::vector<Token> tokens_;
  std::optional<QueryError> error_;
};

}  // namespace

std::variant<std::vector<Token>, QueryError> tokenize(std::string_view query) {
  return Lexer(query).run();
}

}  // namespace scenarios::engine::promql
