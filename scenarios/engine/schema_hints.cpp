#include "scenarios/engine/schema_hints.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <optional>
#include <regex>
#include <utility>

#include <fmt/format.h>

namespace scenarios::engine {
namespace {

using Schema = nlohmann::json;
using Spelling = std::pair<std::string_view, std::string_view>;

/// What other tools call it, or everyday language.
constexpr std::array<Spelling, 12> kSynonyms{{{"loss", "missing"},
                                              {"packet_loss", "missing"},
                                              {"outgoing", "outbound"},
                                              {"incoming", "inbound"},
                                              {"within", "at_most"},
                                              {"timeout", "at_most"},
                                              {"voicemail", "machine"},
                                              {"bot", "bridge"},
                                              {"sleep", "wait"},
                                              {"dtmf", "press"},
                                              {"speak", "say"},
                                              {"say", "reply"}}};

constexpr std::array<Spelling, 22> kUnitWords{
    {{"m", "min"},     {"mins", "min"}, {"minute", "min"}, {"minutes", "min"}, {"sec", "s"},
     {"secs", "s"},    {"second", "s"}, {"seconds", "s"},  {"msec", "ms"},     {"msecs", "ms"},
     {"millis", "ms"}, {"hr", "h"},     {"hour", "h"},     {"hours", "h"},     {"milliseconds", "ms"},
     {"b", "B"},       {"k", "KiB"},    {"kb", "KiB"},     {"kib", "KiB"},     {"mb", "MiB"},
     {"mib", "MiB"},   {"m", "MiB"}}};

constexpr std::size_t kListed = 17;  // alternatives that a message names

std::string pattern_of(const Schema& schema) {
  return schema.value("pattern", "");
}

bool fits_schema(const Schema& schema, const std::string& text) {
  if (text.size() < schema.value("minLength", std::size_t{0})) return false;
  return !schema.contains("pattern") || std::regex_search(text, std::regex(pattern_of(schema)));
}

bool is_phone(const Schema& schema) {
  return pattern_of(schema).find("\\+[0-9]{5") != std::string::npos;
}

/// "5 sec" and "5sec" as 5s.
std::string with_right_unit(const Schema& schema, const std::string& text) {
  const std::size_t digits = std::min(text.find_first_not_of("0123456789."), text.size());
  const std::size_t unit = std::min(text.find_first_not_of(' ', digits), text.size());
  if (digits == 0 || unit == text.size()) return {};
  std::string small = text.substr(unit);
  std::transform(small.begin(), small.end(), small.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  const std::string number = text.substr(0, digits);
  if (fits_schema(schema, number + small)) return number + small;
  for (const auto& [written, right] : kUnitWords) {
    if (written == small && fits_schema(schema, number + std::string(right)))
      return number + std::string(right);
  }
  return {};
}

std::string phone_hint(const Schema& schema, const std::string& written) {
  if (written.find_first_not_of("0123456789+") != std::string::npos) return {};
  if (!written.starts_with('0') && fits_schema(schema, "+" + written))
    return "a phone number begins with +: \"+" + written + "\"";
  return "a phone number begins with + and its country code";
}

/// A number that stands for a text.
std::string number_hint(const Schema& schema, const Json& json, const std::string& written) {
  const std::string pattern = pattern_of(schema);
  if (pattern.find('%') != std::string::npos) {
    const double number = json.get<double>();
    const bool part_of_one = number > 0 && number < 1;
    const std::string share = part_of_one ? fmt::format("{:g}%", number * 100) : written + "%";
    return fits_schema(schema, share) ? "write " + share : "";
  }
  if (pattern.find("ms|s") != std::string::npos)
    return fits_schema(schema, written + "s") ? "add the unit: " + written + "s or " + written + "ms" : "";
  if (pattern.find("KiB") != std::string::npos)
    return fits_schema(schema, written + "B") ? "add the unit: " + written + "B or " + written + "KiB" : "";
  if (fits_schema(schema, written)) return "YAML reads this as a number: write \"" + written + "\"";
  return is_phone(schema) ? phone_hint(schema, written) : "";
}

/// A text that would fit without the curly quotes of a word processor.
std::string straightened(const Schema& schema, std::string text) {
  bool curly = false;
  for (const std::string_view quote : {"“", "”", "„", "‘", "’"}) {
    for (auto at = text.find(quote); at != std::string::npos; at = text.find(quote)) {
      text.erase(at, quote.size());
      curly = true;
    }
  }
  return curly && fits_schema(schema, text) ? "the quotes of YAML are straight: \"" + text + "\"" : "";
}

/// A text that stands for a number: "440Hz".
std::string number_in(const Schema& schema, const std::string& text) {
  double number = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  const std::string rest(end, text.data() + text.size());
  const auto of_a_unit = [](unsigned char c) { return std::isalpha(c) != 0 || c == ' ' || c == '%'; };
  if (problem != std::errc() || !std::all_of(rest.begin(), rest.end(), of_a_unit)) return {};
  if (number < schema.value("minimum", number) || number > schema.value("maximum", number)) return {};
  const std::string digits = text.substr(0, text.size() - rest.size());
  const bool whole = digits.find_first_of(".e") == std::string::npos;
  if (!whole && schema.value("type", "") == "integer") return {};
  return (rest.empty() ? "without quotes: " : "without a unit: ") + digits;
}

std::string boolean_hint(const std::string& text) {
  const std::string says = "only true and false are booleans";
  if (text == "yes" || text == "on" || text == "Yes" || text == "On") return says + ": write true";
  if (text == "no" || text == "off" || text == "No" || text == "Off") return says + ": write false";
  return says;
}

bool is_among(const Schema& values, const std::string& word) {
  return std::find(values.begin(), values.end(), Schema(word)) != values.end();
}

bool is_file_name(const std::string& text) {
  return text.size() > 4 && text[text.size() - 4] == '.' && text.find(' ') == std::string::npos;
}

}  // namespace

std::string listed(const std::vector<std::string>& words, std::string_view last_link) {
  std::string text;
  for (std::size_t i = 0; i < words.size() && i < kListed; ++i) {
    if (i > 0) text += i + 1 == words.size() ? std::string(last_link) : ", ";
    text += words[i];
  }
  return words.size() > kListed ? text + ", ..." : text;
}

std::vector<std::string> keys_of(const nlohmann::json& object) {
  std::vector<std::string> keys;
  for (const auto& [key, unused] : object.items()) keys.push_back(key);
  return keys;
}

std::string meant(std::string_view word, const std::vector<std::string>& candidates) {
  for (const auto& [other, ours] : kSynonyms) {
    if (other == word && std::find(candidates.begin(), candidates.end(), ours) != candidates.end())
      return std::string(ours);
  }
  return nearest(word, candidates);
}

std::string did_you_mean(const std::string& meant) {
  return meant.empty() ? std::string() : "did you mean '" + meant + "'?";
}

std::string in_quotes(const std::string& text) {
  if (text.find_first_of("\"\\") == std::string::npos) return "\"" + text + "\"";
  std::string quoted = "'";
  for (const char c : text) quoted += c == '\'' ? "''" : std::string(1, c);
  return quoted + "'";
}

const Schema& SchemaHints::resolve(const Schema& schema) const {
  const Schema* found = &schema;
  while (true) {
    if (found->contains("$ref")) {
      found = &root_.at(Schema::json_pointer((*found)["$ref"].get<std::string>().substr(1)));
    } else if (found->contains("allOf") && (*found)["allOf"].size() == 1) {
      found = &(*found)["allOf"][0];
    } else {
      return *found;
    }
  }
}

std::string SchemaHints::spelling(const Schema& unresolved, const Json& json, const Place& place,
                                  std::string_view key) const {
  const Schema& schema = resolve(unresolved);
  const std::string type = schema.value("type", "");
  if (type == "string") return text(schema, json, place, key);
  if (type == "array" && json.is_object()) return "a list's entries begin with '- '";
  if (!json.is_string()) return {};
  const auto found = json.get<std::string>();
  if (type == "boolean") return boolean_hint(found);
  if (type == "integer" || type == "number") return number_in(schema, found);
  return type == "object" ? wrapped(schema, found) : "";
}

std::string SchemaHints::text(const Schema& schema, const Json& json, const Place& place,
                              std::string_view key) const {
  if (json.is_string()) {
    const auto found = json.get<std::string>();
    if (const auto right = with_right_unit(schema, found); !right.empty()) return "write " + right;
    if (is_phone(schema)) return phone_hint(schema, found);
    if (pattern_of(schema).starts_with("^(twilio|openai)") && found.find('.') == std::string::npos)
      return "the order of sounds is said with 'after': {after: menu, heard: account}";
    return straightened(schema, found);
  }
  const std::string with_comment = place.written + place.comment;
  const bool no_remark = place.written.empty() && !place.comment.starts_with("# ");
  if (!place.comment.empty() && (schema.contains("pattern") || no_remark) &&
      fits_schema(schema, with_comment)) {
    return fmt::format("after a space, # begins a comment: a text with # stands in quotes: {}{}",
                       key.empty() ? "" : std::string(key) + ": ", in_quotes(with_comment));
  }
  if (place.written.empty()) return {};
  if (json.is_number()) return number_hint(schema, json, place.written);
  return json.is_boolean() && fits_schema(schema, place.written) ? "write \"" + place.written + "\"" : "";
}

std::string SchemaHints::wrapped(const Schema& schema, const std::string& text) const {
  const Schema none = Schema::object();
  const Schema& properties = schema.contains("properties") ? schema["properties"] : none;
  const auto map = [&](const std::string& name, const std::string& value) {
    std::string entries;
    for (const auto& other : schema.value("required", Schema::array())) {
      if (other != name) entries += other.get<std::string>() + ": ..., ";
    }
    return fmt::format("write {{{}{}: {}}}", entries, name, value);
  };
  for (const auto& [name, property] : properties.items()) {
    const Schema& one = resolve(property);
    if (one.contains("enum") && is_among(one["enum"], text)) return map(name, text);
  }
  if (properties.contains("clip") && is_file_name(text)) return map("clip", text);
  return properties.contains("text") ? map("text", in_quotes(text)) : "";
}

std::vector<SchemaHints::Below> SchemaHints::below(const Schema& object, const std::string& key,
                                                   std::size_t depth) const {
  std::vector<Below> found;
  if (!object.contains("properties")) return found;
  for (const auto& [name, property] : object["properties"].items()) {
    const Schema* inner = &resolve(property);
    const bool list = inner->contains("items");
    if (list) inner = &resolve((*inner)["items"]);
    std::vector<const Schema*> maps{inner};
    if (!inner->contains("properties") && inner->contains("oneOf")) {
      maps.clear();
      for (const auto& branch : (*inner)["oneOf"]) maps.push_back(&resolve(branch));
    }
    for (const Schema* map : maps) {
      const auto add = [&, &name = name](const std::string& text, const Schema* schema) {
        const std::string entry = "{" + text + "}";
        found.push_back({name, name + ": " + (list ? "[" + entry + "]" : entry), schema});
      };
      if (depth > 1) {
        for (const auto& deeper : below(*map, key, depth - 1)) add(deeper.text, deeper.schema);
      } else if (map->contains("properties") && (*map)["properties"].contains(key)) {
        add(key + ": ...", &(*map)["properties"][key]);
      }
    }
  }
  return found;
}

}  // namespace scenarios::engine
