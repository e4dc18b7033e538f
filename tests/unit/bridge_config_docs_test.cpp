// The documentation names every key, and no other; the example uses keys that exist.
#include "bridge/app/config.hpp"

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
