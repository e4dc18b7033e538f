// The documentation names every key, and no other; the example uses keys that exist.
#include "bridge/app/config.hpp"
#include "bridge/app/yaml_reader.hpp"

#include <gmock/gmock.h>

#include <fstream>
#include <iterator>
#include <regex>
#include <set>
#include <sstream>

namespace bridge::app {
namespace {

const std::string kRoot = LINECHECK_SOURCE_DIR;
/// Between them they have every key that is only looked for beside another.
constexpr const char* kFull[] = {R"(
listen: {tls: {certificate: none, key: none}}
agent: {turn_detection: {responses: bridge}, tools: {transfer_call: {allow: []}, http: {NAME: {url: none}}}}
)",
                                 "agent: {turn_detection: {type: semantic_vad}}"};

std::string file(const std::string& name) {
  std::ifstream in(kRoot + "/" + name);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// "listen: {host, port}" and "twilio.account_sid" as dotted keys, each. What a user names is NAME.
std::set<std::string> keys_of(std::string span) {
  static const std::regex kGroup(R"(^([a-zA-Z_.]+): \{([a-z_, ]+)\}$)");
  static const std::regex kKey(R"(^[a-z_]+(\.[a-z_]+)*$)");
  std::smatch match;
  if (std::regex_match(span, match, kGroup)) {
    std::set<std::string> keys;
    std::istringstream names(match[2]);
    for (std::string name; std::getline(names, name, ',');) {
      name.erase(0, name.find_first_not_of(' '));
      keys.insert(match[1].str() + "." + name);
    }
    return keys;
  }
  if (std::regex_match(span, kKey)) return {span};
  ADD_FAILURE() << "docs/configuration.md: `" << span << "` is no key and no group of keys";
  return {};
}

/// The first column of every table that has `key` for a heading.
std::set<std::string> documented() {
  std::istringstream lines(file("docs/configuration.md"));
  std::set<std::string> keys;
  bool in_table = false;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("| key |")) in_table = true;
    if (!line.starts_with('|')) in_table = false;
    if (!in_table) continue;
    const auto cell = line.substr(1, line.find(" | ") - 1);
    for (std::size_t open = cell.find('`'); open != std::string::npos;) {
      const auto close = cell.find('`', open + 1);
      keys.merge(keys_of(cell.substr(open + 1, close - open - 1)));
      open = cell.find('`', close + 1);
    }
  }
  return keys;
}

/// What the parser looks for, without the sections that only hold other keys.
std::set<std::string> known() {
  std::set<std::string> all;
  for (const char* text : kFull) {
    for (auto& key : keys_looked_for({"full.yaml", text, kRoot, {}})) all.insert(std::move(key));
  }
  auto keys = all;
  for (const auto& key : all) {
    for (auto dot = key.rfind('.'); dot != std::string::npos && dot > 0; dot = key.rfind('.', dot - 1)) {
      keys.erase(key.substr(0, dot));
    }
  }
  return keys;
}

TEST(ConfigurationDocs, NameEveryKeyThatTheParserLooksForAndNoOther) {
  auto there = known();
  there.erase("agents");  // hold names, not keys: documented in words
  there.erase("numbers");

  EXPECT_THAT(documented(), testing::ContainerEq(there));
}

/// What stands between backticks, in its order.
std::vector<std::string> spans(std::string_view cell) {
  std::vector<std::string> found;
  for (auto open = cell.find('`'); open != std::string_view::npos;) {
    const auto close = cell.find('`', open + 1);
    found.emplace_back(cell.substr(open + 1, close - open - 1));
    open = cell.find('`', close + 1);
  }
  return found;
}

std::vector<std::string> in_order(const std::string& span) {
  const auto brace = span.find(": {");
  if (brace == std::string::npos) return {span};
  std::vector<std::string> keys;
  std::istringstream names(span.substr(brace + 3, span.size() - brace - 4));
  for (std::string name; std::getline(names >> std::ws, name, ',');)
    keys.push_back(span.substr(0, brace) + "." + name);
  return keys;
}

/// Every documented key whose default stands there as a value: `none`, in words, is no value.
std::map<std::string, std::string> documented_defaults() {
  std::istringstream lines(file("docs/configuration.md"));
  std::map<std::string, std::string> defaults;
  bool in_table = false;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("| key |")) in_table = true;
    if (!line.starts_with('|')) in_table = false;
    if (!in_table || !line.starts_with("| `")) continue;
    const auto first = line.find(" | ");
    const auto second = line.find(" | ", first + 3);
    std::vector<std::string> keys;
    for (const auto& span : spans(std::string_view(line).substr(0, first))) {
      const auto more = in_order(span);
      keys.insert(keys.end(), more.begin(), more.end());
    }
    const auto values = line.substr(first + 3, second - first - 3);
    std::vector<std::string> parts;
    std::istringstream cells(values);
    for (std::string part; std::getline(cells >> std::ws, part, ',');) parts.push_back(part);
    for (std::size_t i = 0; i < keys.size(); ++i) {
      const auto& part = parts.size() == keys.size() ? parts[i] : parts.front();
      if (part.starts_with('`') && part.ends_with('`')) defaults[keys[i]] = part.substr(1, part.size() - 2);
    }
  }
  return defaults;
}

/// What is in effect with `added` to the least configuration, by dotted key.
std::map<std::string, std::string> in_effect(const std::string& added) {
  auto parsed = parse_config(
      {"least", "public_url: https://bridge.example.com\nopenai:\n  api_key: sk-1\n" + added, kRoot, {}});
  if (const auto* errors = std::get_if<ConfigErrors>(&parsed)) {
    ADD_FAILURE() << errors->text();
    return {};
  }
  std::map<std::string, std::string> values;
  std::vector<std::string> path;
  std::istringstream lines(std::get<Config>(parsed).effective);
  for (std::string line; std::getline(lines, line);) {
    const auto indent = line.find_first_not_of(' ');
    const auto colon = line.find(':');
    if (indent == std::string::npos || colon == std::string::npos || line[indent] == '-') continue;
    path.resize(indent / 2);
    path.push_back(line.substr(indent, colon - indent));
    if (colon + 2 < line.size()) {
      std::string key;
      for (const auto& part : path) key += (key.empty() ? "" : ".") + part;
      values[key] = line.substr(colon + 2);
    }
  }
  return values;
}

bool same_value(const std::string& a, const std::string& b) {
  if (a == b || a + "/" == b) return true;  // a URL's path
  const auto bytes = parse_size(a);
  const auto time = parse_duration(a);
  return (bytes && bytes == parse_size(b)) || (time && time == parse_duration(b));
}

TEST(ConfigurationDocs, SayTheDefaultsThatTheCodeHas) {
  auto values = in_effect("");
  // What is only looked for beside another key.
  for (const char* beside : {"agent:\n  turn_detection:\n    type: semantic_vad\n",
                             "agent:\n  turn_detection:\n    responses: bridge\n"}) {
    values.merge(in_effect(beside));
  }
  // Not shown while they are not given: those words stand for the absence of anything.
  const std::set<std::string> unshown{"agent.greeting", "openai.url", "agent.tools.send_dtmf"};
  int compared = 0;
  for (const auto& [key, said] : documented_defaults()) {
    const bool as_another = values.contains(said);  // `agent.model` is what `openai.model` is
    if (as_another || (unshown.contains(key) && !values.contains(key))) continue;
    EXPECT_TRUE(values.contains(key))
        << key << ": docs/configuration.md says `" << said << "`, the code nothing";
    EXPECT_TRUE(same_value(said, values[key]))
        << key << ": docs/configuration.md says `" << said << "`, the code `" << values[key] << "`";
    ++compared;
  }
  EXPECT_GT(compared, 60);
}

TEST(ConfigurationDocs, TheExampleIsAConfigurationAndParsesBackFromWhatIsPrintedOfIt) {
  const std::map<std::string, std::string> secrets{{"OPENAI_API_KEY", "sk-1"},
                                                   {"TWILIO_ACCOUNT_SID", "AC1"},
                                                   {"TWILIO_AUTH_TOKEN", "marked-auth-token"},
                                                   {"LINECHECK_TOKEN_SECRET", "marked-token-secret"},
                                                   {"LINECHECK_API_TOKEN", "marked-api-token"}};
  auto parsed = load_config(kRoot + "/docs/linecheck-bridge.example.yaml", secrets);
  ASSERT_TRUE(std::holds_alternative<Config>(parsed)) << std::get<ConfigErrors>(parsed).text();
  const auto& printed = std::get<Config>(parsed).effective;

  EXPECT_THAT(printed, testing::Not(testing::HasSubstr("marked")));
  auto again = parse_config({"printed", printed, kRoot, {}});
  ASSERT_TRUE(std::holds_alternative<Config>(again)) << std::get<ConfigErrors>(again).text() << printed;
  EXPECT_EQ(std::get<Config>(again).effective, printed);
}

}  // namespace
}  // namespace bridge::app
