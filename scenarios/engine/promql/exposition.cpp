#include "scenarios/engine/promql/exposition.hpp"

#include <charconv>
#include <cmath>
#include <limits>
#include <optional>

namespace scenarios::engine::promql {
namespace {

bool blank(char c) {
  return c == ' ' || c == '\t';
}
bool name_char(char c, bool first) {
  const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == ':';
  return letter || (!first && c >= '0' && c <= '9');
}

class Line {
 public:
  explicit Line(std::string_view text) : text_(text) {}

  bool sample(Sample& out) {
    out.name = name();
    if (out.name.empty()) return fail("expected the name of a metric");
    skip();
    if (peek() == '{' && !labels(out.labels)) return false;
    skip();
    return value(out.value);
  }
  const std::string& problem() const { return problem_; }

 private:
  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  void skip() {
    while (at_ < text_.size() && blank(text_[at_])) ++at_;
  }
  bool fail(std::string problem) {
    problem_ = std::move(problem);
    return false;
  }

  std::string name() {
    const std::size_t from = at_;
    while (at_ < text_.size() && name_char(text_[at_], at_ == from)) ++at_;
    return std::string(text_.substr(from, at_ - from));
  }

  bool labels(Labels& out) {
    ++at_;
    for (skip(); peek() != '}'; skip()) {
      std::string label = name();
      if (label.empty()) return fail("expected the name of a label");
      skip();
      if (peek() != '=') return fail("expected '=' after label '" + label + "'");
      ++at_;
      skip();
      std::string value;
      if (!quoted(value)) return false;
      if (!out.emplace(label, std::move(value)).second) return fail("label '" + label + "' twice");
      skip();
      if (peek() == ',') {
        ++at_;
      } else if (peek() != '}') {
        return fail("expected ',' or '}' after a label");
      }
    }
    ++at_;
    return true;
  }

  bool quoted(std::string& out) {
    if (peek() != '"') return fail("the value of a label stands in quotes");
    for (++at_; at_ < text_.size(); ++at_) {
      const char c = text_[at_];
      if (c == '"') {
        ++at_;
        return true;
      }
      if (c != '\\') {
        out += c;
        continue;
      }
      ++at_;
      const char escaped = peek();
      if (escaped != 'n' && escaped != '"' && escaped != '\\') return fail("unknown escape in a label");
      out += escaped == 'n' ? '\n' : escaped;
    }
    return fail("the value of a label has no closing quote");
  }

  bool value(double& out) {
    std::size_t end = at_;
    while (end < text_.size() && !blank(text_[end])) ++end;
    std::string_view word = text_.substr(at_, end - at_);
    if (word.starts_with('+')) word.remove_prefix(1);
    if (word == "NaN") {
      out = std::numeric_limits<double>::quiet_NaN();
      return true;
    }
    const auto [stop, problem] = std::from_chars(word.data(), word.data() + word.size(), out);
    if (word.empty() || problem != std::errc() || stop != word.data() + word.size()) {
      return fail("'" + std::string(word) + "' is no number");
    }
    return true;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::string problem_;
};

bool is_of(std::string_view name, std::string_view line) {
  if (name.empty() || line.size() <= name.size() || !line.starts_with(name)) return false;
  return line[name.size()] == '{' || line[name.size()] == ' ';
}

}  // namespace

std::variant<Samples, ExpositionError> parse_exposition(std::string_view text) {
  Samples samples;
  std::size_t number = 0;
  while (!text.empty()) {
    ++number;
    const std::size_t end = text.find('\n');
    std::string_view row = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    while (!row.empty() && (blank(row.front()) || row.front() == '\r')) row.remove_prefix(1);
    while (!row.empty() && (blank(row.back()) || row.back() == '\r')) row.remove_suffix(1);
    if (row.empty() || row.front() == '#') continue;
    Line line(row);
    Sample sample;
    if (!line.sample(sample)) return ExpositionError{number, line.problem()};
    samples.push_back(std::move(sample));
  }
  return samples;
}

std::string NewSeries::of(std::string_view text) {
  std::string found;
  while (!text.empty()) {
    const auto end = text.find('\n');
    auto line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    const auto labels = line.rfind('}');
    if (!line.starts_with('#'))
      line = line.substr(0, labels == std::string_view::npos ? line.find(' ') : labels + 1);
    if (known_.contains(line)) continue;
    known_.emplace(line);
    found.append(line).push_back('\n');
  }
  return found;
}

std::string lines_of(const Names& names, std::string_view text) {
  std::string lines;
  std::string_view name;  // of the line before: a family's lines stand together
  bool wanted = false;
  while (!text.empty()) {
    const auto end = text.find('\n');
    const auto line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (line.starts_with('#')) continue;
    if (!is_of(name, line)) {
      name = line.substr(0, line.find_first_of("{ "));
      wanted = names.contains(name);
    }
    if (wanted) lines.append(line).push_back('\n');
  }
  return lines;
}

}  // namespace scenarios::engine::promql
