#include "scenarios/engine/yaml.hpp"

#include "runtime/core/utf8.hpp"
#include "scenarios/engine/repaired_text.hpp"
#include "scenarios/engine/yaml_error.hpp"
#include "scenarios/engine/yaml_outline.hpp"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <utility>

namespace scenarios::engine {
namespace {

constexpr std::size_t kMaxNodes = 200'000;  // aliases can make a small file huge
constexpr std::size_t kMaxDepth = 64;
constexpr std::size_t kMostRepairs = 20;  // each costs one more reading

Mark mark_of(const YAML::Mark& mark, std::size_t file) {
  if (mark.is_null()) return {};
  return {static_cast<std::size_t>(mark.line) + 1, static_cast<std::size_t>(mark.column) + 1, file};
}

Problem second_document(const YAML::Mark& first, const YAML::Mark& second, std::size_t file) {
  if (first.pos == second.pos) {
    return {mark_of(first, file), "nothing begins with a comma",
            "a text that does is quoted: \", like this\""};
  }
  return {mark_of(second, file), "a file holds one scenario", "drop the line '---'"};
}

/// The first thing that is wrong, if any is.
std::optional<YamlProblem> try_to_read(const Source& source, std::size_t file, YAML::Node& root) {
  try {  // the library reports in no other way
    const auto outline = yaml_outline(source.text());
    if (outline.documents.size() > 1)
      return YamlProblem{second_document(outline.documents[0], outline.documents[1], file)};
    if (const auto anchor = outline.unused_anchor())
      return unused_anchor(source, mark_of(anchor->at, file), anchor->name, anchor->text);
    if (!outline.documents.empty()) root = YAML::Load(source.text());
  } catch (const YAML::Exception& error) {
    return yaml_problem(source, mark_of(error.mark, file), error.msg);
  }
  return std::nullopt;
}

/// What is wrong is told; where the right spelling is plain, the text is read as if it stood there.
std::optional<YAML::Node> read_repaired(RepairedText& text, std::vector<Problem>& problems,
                                        std::size_t file) {
  for (;;) {
    YAML::Node root;
    auto wrong = try_to_read(text.now(), file, root);
    if (!wrong) return root;
    auto& [problem, repair] = *wrong;
    if (repair || !text.just_repaired(problem.at)) {
      problem.at = text.original(problem.at);
      problems.push_back(std::move(problem));
    }
    if (!repair || text.repairs() == kMostRepairs) return std::nullopt;
    text.apply(std::move(*repair));
  }
}

std::optional<Json> core_integer(std::string_view text) {
  const bool hex = text.starts_with("0x"), octal = text.starts_with("0o");
  const int base = hex ? 16 : octal ? 8 : 10;
  if (hex || octal) {
    text.remove_prefix(2);
  } else if (text.starts_with('+')) {
    text.remove_prefix(1);
    if (text.starts_with('-')) return std::nullopt;
  }
  std::int64_t value = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (text.empty() || problem != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return Json(value);
}

std::optional<Json> core_float(std::string_view text) {
  std::string_view digits = text;
  if (digits.starts_with('+') || digits.starts_with('-')) digits.remove_prefix(1);
  if (digits == ".inf" || digits == ".nan") return std::nullopt;  // nothing here is infinite: left a text
  const char first = digits.empty() ? ' ' : digits.front();
  if (first != '.' && (first < '0' || first > '9')) return std::nullopt;
  if (text.starts_with('+')) text.remove_prefix(1);
  double value = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (problem != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return Json(value);
}

Json plain_scalar(const std::string& text) {
  if (text.empty() || text == "~" || text == "null" || text == "Null" || text == "NULL") return nullptr;
  if (text == "true" || text == "True" || text == "TRUE") return true;
  if (text == "false" || text == "False" || text == "FALSE") return false;
  if (auto number = core_integer(text)) return *number;
  if (auto number = core_float(text)) return *number;
  return text;
}

/// What follows from `begin` to the line's end, if that is a comment.
std::string comment_after(std::string_view line, std::size_t begin) {
  const std::size_t sign = line.find_first_not_of(' ', begin);
  if (sign == std::string_view::npos || sign == begin || line[sign] != '#') return {};
  return std::string(line.substr(sign, line.find_last_not_of(" \r") + 1 - sign));
}

class Reader {
 public:
  Reader(const Source& source, const RepairedText& text, Document& document, std::vector<Problem>& problems,
         std::size_t file)
      : source_(source), text_(text), document_(document), problems_(problems), file_(file) {}

  Json value(const YAML::Node& node, const std::string& pointer, Mark key, std::size_t depth) {
    Place& place = document_.places[pointer];
    place.value = original(node.Mark());
    if (place.value.line == 0) place.value = key;
    place.key = key.line == 0 ? place.value : key;
    if (++nodes_ > kMaxNodes || depth > kMaxDepth) {
      if (!too_big_) problems_.push_back({place.value, "this document is too big or nested too deeply", ""});
      too_big_ = true;
      return nullptr;
    }
    if (const auto& tag = node.Tag(); tag.size() > 1 && tag.starts_with('!'))
      problems_.push_back({place.value, "'" + tag + "' is a tag of YAML, and no text",
                           "a text that begins with ! stands in quotes: \"" + tag + " ...\""});
    if (node.IsMap()) return map(node, pointer, depth);
    if (node.IsSequence()) return sequence(node, pointer, depth);
    if (!node.IsScalar()) return nothing(place);
    return scalar(node, place);
  }

  bool too_big() const { return too_big_; }

 private:
  Mark original(const YAML::Mark& mark) const { return text_.original(mark_of(mark, file_)); }

  /// The reader comes to an absent value only in a later line: it is missed behind its key.
  Json nothing(Place& place) const {
    if (place.value.line == place.key.line) return nullptr;
    place.value = place.key;
    const std::string_view line = source_.line(place.key.line);
    const std::size_t colon = line.find(':', place.key.column - 1);
    if (colon != std::string_view::npos) place.comment = comment_after(line, colon + 1);
    return nullptr;
  }

  Json scalar(const YAML::Node& node, Place& place) {
    place.written = node.Scalar();
    // yaml-cpp tags plain scalars "?" and quoted or block ones "!".
    place.quoted = node.Tag() != "?";
    const std::string_view line = source_.line(place.value.line);
    const char first =
        place.value.column >= 1 && place.value.column <= line.size() ? line[place.value.column - 1] : ' ';
    place.lead = place.quoted && (first == '"' || first == '\'') ? 1 : 0;
    if (place.quoted) return place.written;
    place.comment = comment_after(line, place.value.column - 1 + place.written.size());
    return plain_scalar(place.written);
  }

  Json map(const YAML::Node& node, const std::string& pointer, std::size_t depth) {
    Json object = Json::object();
    for (const auto& entry : node) {
      if (too_big_) break;
      const Mark at = original(entry.first.Mark());
      if (!entry.first.IsScalar()) {
        problems_.push_back(
            {at, "a key has to be a text", "a text that begins with { or [ stands in quotes"});
        continue;
      }
      const std::string& key = entry.first.Scalar();
      if (object.contains(key)) {
        problems_.push_back({at, "'" + key + "' stands here for the second time", ""});
        continue;
      }
      object[key] = value(entry.second, child(pointer, key), at, depth + 1);
    }
    return object;
  }

  Json sequence(const YAML::Node& node, const std::string& pointer, std::size_t depth) {
    Json array = Json::array();
    std::size_t index = 0;
    for (const auto& entry : node) {
      if (too_big_) break;
      array.push_back(value(entry, child(pointer, index++), {}, depth + 1));
    }
    return array;
  }

  const Source& source_;
  const RepairedText& text_;
  Document& document_;
  std::vector<Problem>& problems_;
  const std::size_t file_;
  std::size_t nodes_ = 0;
  bool too_big_ = false;
};

bool is_utf8(const Source& source, std::vector<Problem>& problems, std::size_t file) {
  const std::string_view text = source.text();
  const std::size_t foreign = std::min(runtime::utf8_until(text), text.find('\0'));
  if (foreign >= text.size()) return true;
  Mark at{0, 0, file};  // UTF-16 has no lines that could be shown
  if (text.find('\0') == std::string_view::npos) {
    const std::string_view before = text.substr(0, foreign);
    const std::size_t line = before.rfind('\n');
    at.line = static_cast<std::size_t>(std::count(before.begin(), before.end(), '\n')) + 1;
    at.column = before.size() - (line == std::string_view::npos ? 0 : line + 1) + 1;
  }
  problems.push_back({at, "this file is no UTF-8", "save it as UTF-8"});
  return false;
}

}  // namespace

std::string child(const std::string& pointer, std::string_view key) {
  std::string text = pointer + "/";
  for (const char c : key) {
    if (c == '~') {
      text += "~0";
    } else if (c == '/') {
      text += "~1";
    } else {
      text += c;
    }
  }
  return text;
}

std::string child(const std::string& pointer, std::size_t index) {
  return pointer + "/" + std::to_string(index);
}

const Place& Document::place(std::string pointer) const {
  static const Place kNowhere{};
  while (true) {
    const auto found = places.find(pointer);
    if (found != places.end()) return found->second;
    if (pointer.empty()) return kNowhere;
    pointer.resize(pointer.rfind('/'));
  }
}

std::optional<Document> read_yaml(const Source& source, std::vector<Problem>& problems, std::size_t file) {
  if (!is_utf8(source, problems, file)) return std::nullopt;
  RepairedText text(source);
  const auto root = read_repaired(text, problems, file);
  if (!root) return std::nullopt;
  if (!root->IsDefined() || root->IsNull()) {
    problems.push_back({{1, 1, file}, "this file is empty", "a scenario begins with 'linecheck: 1'"});
    return std::nullopt;
  }
  Document document;
  Reader reader(source, text, document, problems, file);
  document.json = reader.value(*root, "", {}, 0);
  if (reader.too_big()) return std::nullopt;
  return document;
}

}  // namespace scenarios::engine
