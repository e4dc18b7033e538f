#include "bridge/app/yaml_reader.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <numeric>

namespace bridge::app {
namespace {

std::size_t edits(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t keep = diagonal + (a[i - 1] == b[j - 1] ? 0U : 1U);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, keep});
    }
  }
  return row[b.size()];
}

/// Splits "12.5ms" into 12.5 and "ms".
std::optional<std::pair<double, std::string_view>> number_and_unit(std::string_view text) {
  double value = 0;
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed);
  if (error != std::errc() || !std::isfinite(value) || value < 0) return std::nullopt;
  return std::pair(value, text.substr(static_cast<std::size_t>(end - text.data())));
}

std::string_view kind(const YAML::Node& node) {
  if (node.IsMap()) return "a mapping";
  if (node.IsSequence()) return "a list";
  if (node.IsNull()) return "nothing";
  return "a scalar";
}

void redact(YAML::Node node) {
  if (node.IsSequence()) {
    for (auto item : node) redact(item);
  }
  if (node.IsScalar()) {
    if (auto shown = without_query_secrets(node.Scalar()); shown != node.Scalar()) node = std::move(shown);
  }
  if (!node.IsMap()) return;
  for (auto entry : node) {
    const bool secret = entry.second.IsScalar() && names_a_secret(entry.first.Scalar());
    if (secret && !entry.second.Scalar().empty()) entry.second = std::string(kRedacted);
    redact(entry.second);
  }
}

std::string print(runtime::Duration d) {
  using Ms = std::chrono::duration<double, std::milli>;
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(d).count();
  if (std::chrono::milliseconds(ms) != d) return fmt::format("{}ms", Ms(d).count());
  if (ms % 3'600'000 == 0 && ms > 0) return fmt::format("{}h", ms / 3'600'000);
  if (ms % 60'000 == 0 && ms > 0) return fmt::format("{}min", ms / 60'000);
  if (ms % 1000 == 0 && ms > 0) return fmt::format("{}s", ms / 1000);
  return fmt::format("{}ms", ms);
}

std::string print(std::size_t bytes) {
  if (bytes >= (1U << 20U) && bytes % (1U << 20U) == 0) return fmt::format("{}MiB", bytes >> 20U);
  if (bytes >= (1U << 10U) && bytes % (1U << 10U) == 0) return fmt::format("{}KiB", bytes >> 10U);
  return fmt::format("{}B", bytes);
}

}  // namespace

std::optional<runtime::Duration> parse_duration(std::string_view text) {
  const auto parsed = number_and_unit(text);
  if (!parsed) return std::nullopt;
  const auto [value, unit] = *parsed;
  double factor = 0;  // in seconds
  if (unit == "ms") factor = 1e-3;
  if (unit == "s") factor = 1;
  if (unit == "m" || unit == "min") factor = 60;
  if (unit == "h") factor = 3600;
  if (factor == 0 || value * factor > 1e8) return std::nullopt;
  return runtime::Duration(static_cast<std::int64_t>(std::llround(value * factor * 1e9)));
}

std::optional<std::size_t> parse_size(std::string_view text) {
  const auto parsed = number_and_unit(text);
  if (!parsed) return std::nullopt;
  const auto [value, unit] = *parsed;
  double factor = 0;
  if (unit == "B") factor = 1;
  if (unit == "KiB") factor = 1024;
  if (unit == "MiB") factor = 1024.0 * 1024;
  if (unit == "GiB") factor = 1024.0 * 1024 * 1024;
  if (factor == 0 || value * factor > 1e15) return std::nullopt;
  return static_cast<std::size_t>(value * factor);
}

std::string_view nearest(std::string_view word, const std::vector<std::string>& candidates) {
  std::string_view best;
  std::size_t least = std::max<std::size_t>(2, word.size() / 3) + 1;
  for (const auto& candidate : candidates) {
    const auto distance = edits(word, candidate);
    if (distance < least && distance < candidate.size()) {
      least = distance;
      best = candidate;
    }
  }
  return best;
}

Section::Section(Problems& problems, YAML::Node node, std::string path, YAML::Node effective)
    : problems_(problems), node_(std::move(node)), path_(std::move(path)), effective_(std::move(effective)) {
  if (node_.IsDefined()) at_ = node_.Mark();
  if (!node_.IsDefined() || node_.IsNull()) {
    node_.reset(YAML::Node(YAML::NodeType::Undefined));  // assigning would change the document
    return;
  }
  if (!node_.IsMap()) {
    const bool scalar = node_.IsScalar();
    problems_.add(node_.Mark(),
                  fmt::format("`{}` is {}", path_.empty() ? "the file" : path_,
                              scalar ? fmt::format("`{}`", node_.Scalar()) : std::string(kind(node_))),
                  path_.empty() ? "expected a mapping of keys and values"
                                : fmt::format("expected keys with values below it: {}: {{KEY: VALUE}}",
                                              path_.substr(path_.rfind('.') + 1)));
    is_none_ = true;
    node_.reset(YAML::Node(YAML::NodeType::Undefined));  // assigning would change the document
    effective_.reset(YAML::Node(YAML::NodeType::Map));   // what stands there has no keys
    return;
  }
  std::vector<std::string> seen;
  for (const auto& entry : node_) {
    const std::string key = entry.first.IsScalar() ? entry.first.Scalar() : "";
    if (std::ranges::find(seen, key) != seen.end()) {
      problems_.add(entry.first.Mark(), fmt::format("`{}` is given twice", full(key)), "keep one of them");
    }
    seen.push_back(key);
  }
}

std::string Section::full(std::string_view key) const {
  return path_.empty() ? std::string(key) : fmt::format("{}.{}", path_, key);
}

YAML::Node Section::node(std::string_view key) {
  known_.emplace_back(key);
  problems_.know(full(key));
  if (!node_.IsDefined()) return YAML::Node(YAML::NodeType::Undefined);
  const YAML::Node& fixed = node_;  // the const lookup does not insert the key
  const auto found = fixed[std::string(key)];
  if (!found.IsDefined()) return YAML::Node(YAML::NodeType::Undefined);
  // Those who read it as it stands mean what stands there; a read that knows better says so afterwards.
  if (auto shown = effective_[std::string(key)]; !shown.IsDefined()) shown = YAML::Clone(found);
  return YAML::Node(found);
}

std::vector<std::string> Section::keys() {
  std::vector<std::string> found;
  if (!node_.IsDefined()) return found;
  for (const auto& entry : node_) {
    if (entry.first.IsScalar()) found.push_back(entry.first.Scalar());
  }
  known_.insert(known_.end(), found.begin(), found.end());
  return found;
}

bool Section::has(std::string_view key) {
  return node(key).IsDefined();
}

Section Section::section(std::string_view key) {
  auto value = node(key);
  const bool empty = value.IsDefined() && value.IsNull();
  Section below(problems_, std::move(value), full(key), effective_[std::string(key)]);
  if (empty) below.at_ = mark(key);
  return below;
}

YAML::Mark Section::mark(std::string_view key) {
  const auto value = node(key);
  if (!value.IsDefined()) return at_;
  if (!value.IsNull()) return value.Mark();
  // The reader comes to a value that is left out only in a later line: it is missed at its key.
  for (const auto& entry : node_) {
    if (!entry.first.IsScalar() || entry.first.Scalar() != key) continue;
    return entry.first.Mark().line == value.Mark().line ? value.Mark() : entry.first.Mark();
  }
  return at_;
}

void Section::wrong(std::string_view key, std::string what, std::string right) {
  if (is_none_) return;  // which is said, and all that can be said
  problems_.add(mark(key), fmt::format("`{}` {}", full(key), what), std::move(right));
}

std::optional<std::string> Section::scalar(std::string_view key, std::string_view expected) {
  const auto value = node(key);
  if (!value.IsDefined()) return std::nullopt;
  if (!value.IsScalar()) {
    wrong(key, fmt::format("is {}", kind(value)), fmt::format("expected {}", expected));
    return std::nullopt;
  }
  return value.Scalar();
}

void Section::text(std::string_view key, std::string& into) {
  if (auto value = scalar(key, "text")) into = *value;
  if (!into.empty()) show(key, into);
}

void Section::flag(std::string_view key, bool& into) {
  const auto value = scalar(key, "true or false");
  if (!value) return show(key, into ? "true" : "false");
  if (*value != "true" && *value != "false") {
    wrong(key, fmt::format("is `{}`", *value), "expected true or false");
    return;
  }
  into = *value == "true";
}

void Section::number(std::string_view key, double& into, double least, double most) {
  const auto expected = fmt::format("a number from {} to {}", least, most);
  const auto value = scalar(key, expected);
  if (!value) return show(key, fmt::format("{}", into));
  const auto parsed = number_and_unit(*value);
  if (!parsed || !parsed->second.empty() || parsed->first < least || parsed->first > most) {
    wrong(key, fmt::format("is `{}`", *value), "expected " + expected);
    return;
  }
  into = parsed->first;
}

void Section::count(std::string_view key, std::size_t& into, std::size_t least, std::size_t most) {
  const auto expected = fmt::format("a whole number from {} to {}", least, most);
  const auto value = scalar(key, expected);
  if (!value) return show(key, fmt::format("{}", into));
  std::size_t parsed = 0;
  const auto [end, error] = std::from_chars(value->data(), value->data() + value->size(), parsed);
  if (error != std::errc() || end != value->data() + value->size() || parsed < least || parsed > most) {
    wrong(key, fmt::format("is `{}`", *value), "expected " + expected);
    return;
  }
  into = parsed;
}

void Section::port(std::string_view key, std::uint16_t& into) {
  std::size_t value = into;
  count(key, value, 0, 65535);
  into = static_cast<std::uint16_t>(value);
}

void Section::duration(std::string_view key, runtime::Duration& into, runtime::Duration least,
                       runtime::Duration most) {
  const auto expected =
      fmt::format("a duration from {} to {}, with its unit: ms, s, min or h", print(least), print(most));
  const auto value = scalar(key, expected);
  if (!value) return show(key, print(into));
  const auto parsed = parse_duration(*value);
  if (!parsed || *parsed < least || *parsed > most) {
    wrong(key, fmt::format("is `{}`", *value), "expected " + expected);
    return;
  }
  into = *parsed;
}

void Section::size(std::string_view key, std::size_t& into, std::size_t least, std::size_t most) {
  const auto expected =
      fmt::format("a size from {} to {}, with its unit: B, KiB or MiB", print(least), print(most));
  const auto value = scalar(key, expected);
  if (!value) return show(key, print(into));
  const auto parsed = parse_size(*value);
  if (!parsed || *parsed < least || *parsed > most) {
    wrong(key, fmt::format("is `{}`", *value), "expected " + expected);
    return;
  }
  into = *parsed;
}

std::optional<std::size_t> Section::choice(std::string_view key,
                                           std::initializer_list<std::string_view> names,
                                           std::string_view otherwise) {
  const std::string expected = fmt::format("{}", fmt::join(names, ", "));
  const auto value = scalar(key, "one of " + expected);
  if (!value) {
    if (!otherwise.empty()) show(key, std::string(otherwise));
    return std::nullopt;
  }
  const auto found = std::ranges::find(names, std::string_view(*value));
  if (found != names.end()) return static_cast<std::size_t>(found - names.begin());
  const std::vector<std::string> words(names.begin(), names.end());
  const auto close = nearest(*value, words);
  wrong(key, fmt::format("is `{}`", *value),
        close.empty() ? "expected one of: " + expected
                      : fmt::format("did you mean `{}`? expected one of: {}", close, expected));
  return std::nullopt;
}

std::vector<std::string> Section::texts(std::string_view key) {
  const auto value = node(key);
  std::vector<std::string> found;
  if (!value.IsDefined()) return found;
  if (!value.IsSequence()) {
    wrong(key, fmt::format("is {}", kind(value)), "expected a list: [one, two]");
    return found;
  }
  for (const auto& item : value) {
    if (item.IsScalar()) {
      found.push_back(item.Scalar());
    } else {
      problems_.add(item.Mark(), fmt::format("an item of `{}` is {}", full(key), kind(item)),
                    "expected text");
    }
  }
  return found;
}

void Section::show(std::string_view key, std::string value) {
  effective_[std::string(key)] = std::move(value);
}

std::string Section::effective() const {
  auto shown = YAML::Clone(effective_);
  redact(shown);
  YAML::Emitter out;
  out << shown;
  return std::string(out.c_str()) + "\n";
}

void Section::finish() {
  if (!node_.IsDefined()) return;
  std::vector<std::string> legal;
  for (const auto& key : known_) {
    if (std::ranges::find(legal, key) == legal.end()) legal.push_back(key);
  }
  for (const auto& entry : node_) {
    if (!entry.first.IsScalar()) {
      problems_.add(entry.first.Mark(), fmt::format("a key of `{}` is {}", path_, kind(entry.first)),
                    "expected text");
      continue;
    }
    const std::string key = entry.first.Scalar();
    if (std::ranges::find(legal, key) != legal.end()) continue;
    const auto close = nearest(key, legal);
    const auto all = fmt::format("known here: {}", fmt::join(legal, ", "));
    problems_.add(entry.first.Mark(), fmt::format("unknown key `{}`", full(key)),
                  close.empty() ? all : fmt::format("did you mean `{}`? {}", close, all));
  }
}

}  // namespace bridge::app
