#include "scenarios/engine/yaml_error.hpp"

#include "scenarios/engine/schema.hpp"
#include "scenarios/engine/schema_hints.hpp"

#include <algorithm>
#include <functional>
#include <optional>
#include <string_view>
#include <vector>

#include <fmt/format.h>

namespace scenarios::engine {
namespace {

constexpr auto kNone = std::string_view::npos;

/// Quotes, brackets and comments of a text up to some place, as YAML sees them.
class Marks {
 public:
  explicit Marks(std::string_view text) : text_(text) {
    while (at_ < text_.size()) step();
  }

  std::vector<std::size_t> brackets;    // those that are open at the end
  std::size_t open_quote = kNone;       // it is never closed
  std::size_t quote_of_glued = kNone;   // a text in quotes with something directly behind it
  std::size_t glued = kNone;            // what stands there
  std::size_t bracket_comment = kNone;  // a # that takes a closing bracket into a comment

 private:
  void step() {
    const char c = text_[at_];
    if (c == '#' && after_space()) {
      comment();
    } else if (value_begins_ && (c == '"' || c == '\'')) {
      quoted(c);
    } else if (value_begins_ && (c == '|' || c == '>') && brackets.empty()) {
      block();
    } else {
      sign(c);
      ++at_;
    }
  }

  bool after_space() const { return at_ == 0 || text_[at_ - 1] == ' ' || text_[at_ - 1] == '\n'; }
  bool before_space() const {
    return at_ + 1 == text_.size() || std::string_view(" \r\n").find(text_[at_ + 1]) != kNone;
  }
  std::size_t line_end(std::size_t from) const { return std::min(text_.find('\n', from), text_.size()); }

  void sign(char c) {
    if (c == ' ' || (c == '-' && value_begins_ && before_space())) return;
    const bool in_brackets = !brackets.empty();
    const bool opens = (c == '{' || c == '[') && (value_begins_ || in_brackets);
    if (opens) brackets.push_back(at_);
    if ((c == '}' || c == ']') && in_brackets) brackets.pop_back();
    value_begins_ = opens || c == '\n' || (c == ',' && in_brackets) || (c == ':' && before_space());
  }

  void comment() {
    const std::size_t end = line_end(at_);
    const bool closes = text_.substr(at_, end - at_).find_first_of("}]") != kNone;
    if (!brackets.empty() && closes && bracket_comment == kNone) bracket_comment = at_;
    at_ = end;
  }

  void quoted(char quote) {
    const std::size_t begin = at_++;
    for (; at_ < text_.size() && text_[at_] != quote; ++at_) {
      if (quote == '"' && text_[at_] == '\\') ++at_;
    }
    value_begins_ = false;
    if (at_ >= text_.size()) {
      open_quote = begin;
      return;
    }
    ++at_;
    const bool ends = at_ == text_.size() || std::string_view(" \t\r\n,}]:").find(text_[at_]) != kNone;
    if (ends || glued != kNone) return;
    quote_of_glued = begin;
    glued = at_;
  }

  /// A text behind | or >: the lines that are indented further.
  void block() {
    const auto indentation = [&](std::size_t begin) {
      return std::min(text_.find_first_not_of(' ', begin), text_.size()) - begin;
    };
    const std::size_t line = text_.rfind('\n', at_);
    const std::size_t outer = indentation(line == kNone ? 0 : line + 1);
    at_ = line_end(at_);
    while (at_ < text_.size()) {
      const std::size_t next = at_ + 1;
      if (line_end(next) != next && indentation(next) <= outer) break;
      at_ = line_end(next);
    }
  }

  std::string_view text_;
  std::size_t at_ = 0;
  bool value_begins_ = true;
};

Mark mark_of_offset(std::string_view text, std::size_t offset, std::size_t file) {
  const std::string_view before = text.substr(0, offset);
  const std::size_t line = before.rfind('\n');
  return {static_cast<std::size_t>(std::count(before.begin(), before.end(), '\n')) + 1,
          offset - (line == kNone ? 0 : line + 1) + 1, file};
}

std::string trimmed_line(std::string_view text, std::string_view what = " ") {
  const std::size_t begin = std::min(text.find_first_not_of(what), text.size());
  const std::size_t end = text.find_last_not_of(what);
  return end == kNone ? std::string() : std::string(text.substr(begin, end + 1 - begin));
}

/// The key whose value begins at `column`, from 0, with its colon; empty: there is none.
std::string key_before(std::string_view line, std::size_t column) {
  const std::string before = trimmed_line(line.substr(0, column));
  if (!before.ends_with(':')) return {};
  const std::size_t begin = before.find_last_of(" {[,");
  return before.substr(begin == kNone ? 0 : begin + 1) + " ";
}

/// The brackets around a place in a line.
struct Brackets {
  bool any = false;
  bool list = false;      // the innermost is [
  std::size_t begin = 0;  // behind the innermost, in this line
};

Brackets brackets_around(std::string_view text, std::size_t offset, std::string_view line) {
  const auto open = Marks(text.substr(0, offset)).brackets;
  if (open.empty()) return {};
  const bool beyond = line.data() == nullptr;  // the text's end
  const auto line_begin = beyond ? text.size() : static_cast<std::size_t>(line.data() - text.data());
  return {true, text[open.back()] == '[', open.back() >= line_begin ? open.back() + 1 - line_begin : 0};
}

/// Whether a comma ends an entry, and is not a part of the text: in a list always, in a map before a key.
bool ends_entry(std::string_view line, std::size_t comma, bool list) {
  if (list) return true;
  const std::size_t key = line.find_first_not_of(' ', comma + 1);
  if (key == kNone) return false;
  const std::size_t end = line.find_first_not_of("abcdefghijklmnopqrstuvwxyz_", key);
  return end != kNone && end > key && line.substr(end).starts_with(": ");
}

/// To the end of the line, or of the entry in the brackets around it.
std::string value_from(std::string_view line, std::size_t begin, const Brackets& around) {
  int depth = 0, parentheses = 0;
  std::size_t end = begin;
  for (; end < line.size() && around.any; ++end) {
    const char c = line[end];
    if (c == '{' || c == '[') ++depth;
    if (c == '(') ++parentheses;
    if (c == ')') --parentheses;
    if ((c == '}' || c == ']') && depth-- == 0) break;
    if (c == ',' && depth == 0 && parentheses <= 0 && ends_entry(line, end, around.list)) break;
  }
  return trimmed_line(line.substr(begin, around.any ? end - begin : kNone));
}

/// What would be right, and of which part of a line.
struct Hint {
  std::string text = {};  // empty: none
  std::size_t begin = 0, length = 0;
  std::string right = {};  // in place of that part
};

/// Whether a value that begins there ends in its line, as far as that can be seen.
bool ends_in_line(std::string_view line, std::size_t begin, const std::string& value,
                  const Brackets& around) {
  return !around.any || begin + value.size() < trimmed_line(line).size() + line.find_first_not_of(' ');
}

/// "WHAT stands in quotes: text: "..."", of the value that begins at `begin` in this line.
Hint value_in_quotes(std::string_view what, std::string_view line, std::size_t begin,
                     const Brackets& around) {
  const std::string value = value_from(line, begin, around);
  Hint hint{fmt::format("{} stands in quotes: {}{}", what, key_before(line, begin), in_quotes(value))};
  if (!value.empty() && ends_in_line(line, begin, value, around))
    hint = {std::move(hint.text), begin, value.size(), in_quotes(value)};
  return hint;
}

/// A text cannot begin with these.
Hint sign_hint(std::string_view line, std::size_t column, const std::string& message,
               const Brackets& around) {
  std::size_t begin = column - 1;
  const bool behind_it = message.find("alias") != kNone || message.find("anchor") != kNone ||
                         message.find("block scalar") != kNone;
  if (behind_it) begin = std::min(line.find_last_of("*&|>", begin), begin);
  if (begin >= line.size() || std::string_view("*&@`%|>?").find(line[begin]) == kNone) return {};
  const std::string before = trimmed_line(line.substr(0, begin));
  if (!before.empty() && std::string_view(":-{[,").find(before.back()) == kNone) return {};
  return value_in_quotes(fmt::format("a text that begins with {}", line[begin]), line, begin, around);
}

/// Where the entry of the brackets begins that holds `column`.
std::size_t entry_around(std::string_view line, std::size_t column, const Brackets& around) {
  std::size_t begin = around.begin;
  int parentheses = 0;
  for (std::size_t at = begin; at < std::min(column, line.size()); ++at) {
    if (line[at] == '(') ++parentheses;
    if (line[at] == ')') --parentheses;
    if (line[at] == ',' && parentheses <= 0 && ends_entry(line, at, around.list)) begin = at + 1;
  }
  return std::min(line.find_first_not_of(' ', begin), line.size());
}

/// Where the value that holds `column` begins: behind the nearest colon, of which there may be one more, or
/// with its entry of a list.
std::optional<std::size_t> value_around(std::string_view line, std::size_t column, const Brackets& around) {
  const std::size_t entry = around.any ? entry_around(line, column, around) : 0;
  const std::size_t colon = column <= entry ? kNone : line.substr(entry, column - entry).rfind(": ");
  // What is an entry of its own line may belong to a list that was only never closed.
  const bool here = around.begin > 0 || line.substr(std::min(column, line.size())).starts_with('{');
  if (colon == kNone && !(around.list && here)) return std::nullopt;
  const std::size_t begin = colon == kNone ? entry : line.find_first_not_of(' ', entry + colon + 1);
  if (begin >= std::min(column, line.size())) return std::nullopt;
  return std::string_view("\"'{[").find(line[begin]) == kNone ? std::optional(begin) : std::nullopt;
}

/// "say: {text: hello}" for "say: text: hello": a map of the language that lacks its brackets.
std::string map_in_brackets(const std::string& key, const std::string& value) {
  const std::size_t colon = value.find(": ");
  if (key.empty() || colon == kNone) return {};
  const std::string outer = key.substr(0, key.find(':')), inner = value.substr(0, colon);
  std::string text = value.substr(colon + 2);
  if (text.find_first_of(",{}[]#:") != kNone) text = in_quotes(text);
  const SchemaHints hints(schema_json());
  std::string found;
  const std::function<void(const nlohmann::json&)> search = [&](const nlohmann::json& schema) {
    if (!schema.is_structured() || !found.empty()) return;
    if (schema.is_object() && schema.contains("properties") && schema["properties"].contains(outer)) {
      for (const auto& below : hints.below(schema, inner, 1)) {
        if (below.first == outer) found = below.text;
      }
    }
    for (const auto& part : schema) search(part);
  };
  search(schema_json());
  const std::size_t place = found.find("...");
  return place == kNone ? std::string() : found.replace(place, 3, text);
}

/// What stands at the place itself calls for quotes.
Hint quotes_hint(std::string_view line, std::size_t column, const Brackets& around) {
  const auto begin = value_around(line, column - 1, around);
  if (!begin || column > line.size()) return {};
  if (line[column - 1] == ':') {
    const std::string key = key_before(line, *begin), value = value_from(line, *begin, around);
    const auto map = map_in_brackets(key, value);
    if (!map.empty())
      return {"a map that stands in the line of its key has brackets: " + map, *begin, value.size(),
              map.substr(key.size())};
    return value_in_quotes("a text that holds ': '", line, *begin, around);
  }
  if (!around.any || std::string_view("{}[]?>").find(line[column - 1]) == kNone) return {};
  const bool question = line[column - 1] == '?';
  return value_in_quotes(question ? "inside of { } or [ ] a text that ends with ?"
                                  : "inside of { } or [ ] a text with a comma, a brace or a bracket",
                         line, *begin, around);
}

std::string indentation_hint(const Source& source, std::size_t number, const std::string& message) {
  const bool block = message.find("end of map not") != kNone || message.find("end of seq") != kNone ||
                     message.starts_with("illegal block entry") || message.starts_with("illegal map");
  if (!block) return {};
  std::size_t above = number - 1;
  while (above > 0 && trimmed_line(source.line(above)).empty()) --above;
  if (above == 0) return {};
  const std::string key = trimmed_line(source.line(above));
  if (key.find(": ") == kNone && key.find(':') < key.size() - 1)
    return fmt::format("a space follows the colon of a key: line {}", above);
  return fmt::format(
      "is it indented rightly? What belongs together begins in one column: compare with line {}", above);
}

YamlProblem with_hint(Problem problem, const Hint& hint) {
  problem.hint = hint.text;
  YamlProblem found{std::move(problem)};
  if (hint.right.empty()) return found;
  found.repair = Repair{found.problem.at, hint.length, hint.right};
  found.repair->at.column = hint.begin + 1;
  return found;
}

/// Quotes and brackets that are wrong elsewhere than where the reader stumbled.
std::optional<YamlProblem> unbalanced_marks(std::string_view text, const Marks& line, const Marks& before,
                                            Mark at) {
  const std::string no_yaml = "this is no YAML: ";
  if (line.glued != kNone) {
    const Mark quote = mark_of_offset(text, line.quote_of_glued, at.file);
    if (quote.line != mark_of_offset(text, line.glued, at.file).line)
      return YamlProblem{{quote, no_yaml + "this quote is not closed in its line", ""}};
    return YamlProblem{{mark_of_offset(text, line.glued, at.file),
                        no_yaml + "the text in quotes ends before this",
                        text[line.quote_of_glued] == '"' ? "a text that holds \" stands in '...'"
                                                         : "a text that holds ' stands in \"...\""}};
  }
  if (line.open_quote != kNone)
    return YamlProblem{
        {mark_of_offset(text, line.open_quote, at.file), no_yaml + "this quote is never closed", ""}};
  if (before.bracket_comment != kNone) {
    const Mark sign = mark_of_offset(text, before.bracket_comment, at.file);
    const std::string_view whole = text.substr(before.bracket_comment - (sign.column - 1));
    const std::string_view written = whole.substr(0, whole.find_first_of("\r\n"));
    const auto around = brackets_around(text, before.bracket_comment, written);
    const auto begin = value_around(written, sign.column - 1, around).value_or(sign.column - 1);
    const Hint hint =
        value_in_quotes("after a space, # begins a comment: a text with #", written, begin, around);
    return with_hint({sign, no_yaml + "a comment begins here", ""}, hint);
  }
  if (before.brackets.empty()) return std::nullopt;
  const Mark bracket = mark_of_offset(text, before.brackets.back(), at.file);
  if (bracket.line >= at.line) return std::nullopt;
  return YamlProblem{{bracket, no_yaml + "this " + text[before.brackets.back()] + " is never closed", ""}};
}

std::size_t offset_of_mark(const Source& source, Mark at) {
  const std::string_view line = source.line(at.line);
  const std::string& text = source.text();
  if (line.data() == nullptr) return text.size();
  const auto begin = static_cast<std::size_t>(line.data() - text.data());
  return std::min(begin + at.column - 1, text.size());
}

}  // namespace

YamlProblem yaml_problem(const Source& source, Mark at, const std::string& message) {
  Problem problem{at, "this is no YAML: " + message, ""};
  if (at.line == 0 || at.column == 0) return {problem};
  const std::string_view text = source.text();
  const std::string_view line = source.line(at.line);
  const std::size_t offset = offset_of_mark(source, at);
  const Marks before(text.substr(0, offset));
  const Marks to_line_end(text.substr(0, std::min(text.find('\n', offset), text.size())));
  const Brackets around = brackets_around(text, offset, line);
  if (line.substr(0, line.find_first_not_of(" \t")).find('\t') != kNone) {
    problem.hint = "YAML is indented with spaces, never with tabs";
    return {problem};
  }
  Hint hint = sign_hint(line, at.column, message, around);
  if (hint.text.empty() && to_line_end.glued == kNone) hint = quotes_hint(line, at.column, around);
  if (!hint.text.empty()) return with_hint(std::move(problem), hint);
  if (auto elsewhere = unbalanced_marks(text, to_line_end, before, at)) return *elsewhere;
  if (message == "illegal flow end") problem.hint = "a bracket is closed that was never opened";
  if (!around.any && problem.hint.empty()) problem.hint = indentation_hint(source, at.line, message);
  return {problem};
}

YamlProblem unused_anchor(const Source& source, Mark at, const std::string& name,
                          const std::optional<std::string>& text) {
  const std::string anchor = "&" + name;
  Problem problem{at, fmt::format("no '*{}' refers to the anchor '{}'", name, anchor), ""};
  const std::string_view line = source.line(at.line);
  const std::size_t begin = line.find(anchor, std::min(at.column - 1, line.size()));
  if (begin == kNone) return {problem};
  const Brackets around = brackets_around(source.text(), offset_of_mark(source, at), line);
  const bool alone = value_from(line, begin, around) == anchor;
  // Quotes would take the sign of a block, a list or another text for words.
  const auto behind = line.find_first_not_of(' ', begin + anchor.size());
  const bool words = behind == kNone || std::string_view("|>\"'![{").find(line[behind]) == kNone;
  if (text && words && (text->empty() || !alone))
    return with_hint(std::move(problem), value_in_quotes("a text that begins with &", line, begin, around));
  // Spaces, so that what stands behind it keeps its column.
  return with_hint(std::move(problem),
                   {"drop '" + anchor + "'", begin, anchor.size(), std::string(anchor.size(), ' ')});
}

}  // namespace scenarios::engine
