// The language as a whole: one schema is the truth, for editors, for the loader and for the reference page.
#include "scenarios/engine/loader.hpp"
#include "scenarios/engine/schema.hpp"
#include "scenarios/engine/schema_docs.hpp"
#include "scenarios/engine/wire_events.hpp"
#include "scenarios/engine/yaml.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <set>
#include <sstream>
#include <string>
#include <vector>

namespace scenarios::engine {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::IsEmpty;

std::string read(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return std::move(text).str();
}

const fs::path kSource = LINECHECK_SOURCE_DIR;

void collect_keys(const Json& schema, std::set<std::string>& keys) {
  if (schema.is_object() && schema.contains("properties")) {
    for (const auto& [key, unused] : schema["properties"].items()) keys.insert(key);
  }
  if (!schema.is_structured()) return;
  for (const auto& entry : schema) collect_keys(entry, keys);
}

/// Every scenario of the library, and one that says all that the library does not.
Loaded everything() {
  ClipLibrary clips;
  Loaded all;
  const std::vector<fs::path> folders{kSource / "scenarios/library", kSource / "tests/golden/language"};
  const auto included = lint(folders, clips).included;
  for (const auto& file : scenario_files(folders).files) {
    if (included.contains(plain_path(file))) continue;
    auto loaded = load_file(file, clips);
    EXPECT_TRUE(loaded.good()) << loaded.text();
    all.asked.merge(loaded.asked);
  }
  return all;
}

TEST(ScenarioLanguage, TheReferencePageIsWhatTheSchemaSays) {
  const auto page = language_reference(Json::parse(schema_text()));

  EXPECT_EQ(page, read(kSource / "docs/scenario-language.md"))
      << "write it anew: scenario_language_docs > docs/scenario-language.md";
}

TEST(ScenarioLanguage, TheLoaderAsksForNoKeyThatTheSchemaDoesNotKnow) {
  std::set<std::string> known;
  collect_keys(Json::parse(schema_text()), known);
  std::set<std::string> unknown;
  for (const auto& key : everything().asked) {
    const bool index = key.find_first_not_of("0123456789") == std::string::npos;
    if (!index && !known.contains(key)) unknown.insert(key);
  }

  EXPECT_THAT(unknown, IsEmpty());
}

TEST(ScenarioLanguage, EveryKeyOfTheSchemaIsAskedForByTheLoader) {
  std::set<std::string> known;
  collect_keys(Json::parse(schema_text()), known);
  const auto asked = everything().asked;
  std::set<std::string> never;
  for (const auto& key : known) {
    if (!asked.contains(key)) never.insert(key);
  }
  // Read before the loader: by those who compose the document.
  for (const char* earlier : {"linecheck", "matrix", "variables", "include", "fragments", "use"})
    never.erase(earlier);

  EXPECT_THAT(never, IsEmpty());
}

/// The keywords of JSON Schema that SchemaExplainer puts into words; what it does not know, an author could
/// not be told. `not` stands only in the alternatives of an expectation, which `one_key` knows.
TEST(ScenarioLanguage, TheSchemaUsesOnlyKeywordsThatErrorsCanBeToldOf) {
  const std::set<std::string> known{"$ref",        "additionalProperties",
                                    "allOf",       "dependencies",
                                    "description", "enum",
                                    "items",       "maxItems",
                                    "maximum",     "minItems",
                                    "minLength",   "minProperties",
                                    "minimum",     "oneOf",
                                    "pattern",     "properties",
                                    "required",    "title",
                                    "type"};
  std::set<std::string> others;
  const std::function<void(const Json&)> visit = [&](const Json& schema) {
    if (!schema.is_object()) return;
    for (const auto& [key, value] : schema.items()) {
      const bool narrows = key == "not" && schema["required"] == Json::array({"call"});
      if (!known.contains(key) && !narrows) others.insert(key);
      if (key == "properties") {
        for (const auto& [unused, property] : value.items()) visit(property);
      } else if (key == "oneOf" || key == "allOf") {
        for (const auto& branch : value) visit(branch);
      } else if (key == "items" || key == "additionalProperties") {
        visit(value);
      }
    }
  };
  Json root = Json::parse(schema_text());
  for (const auto& [unused, definition] : root["definitions"].items()) visit(definition);
  for (const char* key : {"$schema", "$id", "definitions"}) root.erase(key);
  visit(root);

  EXPECT_THAT(others, IsEmpty());
}

/// Puts `wrong` in the place of each value of a scenario, one after the other.
void put_everywhere(const Document& whole, const Json& wrong, std::set<std::string>& untold) {
  for (const auto& [pointer, unused] : whole.places) {
    if (pointer.find("/config/") != std::string::npos || pointer.empty()) continue;
    Document changed{whole.json, whole.places};
    changed.json[Json::json_pointer(pointer)] = wrong;
    std::vector<Problem> problems;
    check_schema(changed, problems);
    for (const auto& problem : problems) {
      if (problem.message == "this cannot stand here") untold.insert(pointer);
    }
  }
}

TEST(ScenarioLanguage, WhateverStandsWhereItShouldNotIsToldInWords) {
  std::vector<Problem> problems;
  const fs::path file = kSource / "tests/golden/language/everything.yaml";
  const auto whole = read_yaml(Source(file, read(file)), problems);
  ASSERT_TRUE(whole);
  std::set<std::string> untold;

  for (const Json& wrong : {Json(5), Json("?"), Json(nullptr), Json::array(), Json::object()})
    put_everywhere(*whole, wrong, untold);

  EXPECT_THAT(untold, IsEmpty());
}

/// The documented events are those that order: knows.
TEST(ScenarioLanguage, EveryEventOfTheWireCanStandInAnOrder) {
  const auto known = wire_events("openai");
  for (const char* file : {"openai_client_events", "openai_server_events"}) {
    const Json schema = Json::parse(read(kSource / "tests/support" / (std::string(file) + ".schema.json")));
    for (const auto& event : schema["events"]) {
      for (const auto& type : event["properties"]["type"]["enum"])
        EXPECT_THAT(known, testing::Contains("openai." + type.get<std::string>()));
    }
  }
  EXPECT_THAT(known, testing::Contains("openai.speech_started"));
  EXPECT_THAT(wire_events("twilio"), testing::Contains("twilio.clear"));
}

TEST(ScenarioLanguage, EveryKeyHasAHoverText) {
  std::set<std::string> silent;
  const Json schema = Json::parse(schema_text());
  const auto described = [&](const Json& property) {
    if (property.contains("description")) return true;
    if (!property.contains("$ref")) return false;
    const auto pointer = property["$ref"].get<std::string>().substr(1);
    return schema.at(Json::json_pointer(pointer)).contains("description");
  };
  const std::function<void(const Json&, const std::string&)> visit = [&](const Json& at,
                                                                         const std::string& path) {
    if (at.is_object() && at.contains("properties")) {
      for (const auto& [key, property] : at["properties"].items()) {
        if (property.is_object() && !described(property)) silent.insert(path + "/" + key);
      }
    }
    if (!at.is_structured()) return;
    for (const auto& [key, entry] : at.items()) visit(entry, path + "/" + key);
  };
  visit(schema, "");

  EXPECT_THAT(silent, IsEmpty());
}

TEST(ScenarioLanguage, AKeyThatHasNoEffectWhereItStandsIsAnError) {
  ClipLibrary clips;
  const std::string text =
      "linecheck: 1\nname: x\nabout: Something.\n"
      "model: [{when: greeting, reply: {clip: hello.wav, lang: he}}]\n"
      "expect: [verdict: normal]\n";

  const auto loaded = load(std::make_shared<const Source>("x.yaml", text), clips);

  EXPECT_THAT(loaded.text(), HasSubstr("x.yaml:4:51: error: 'lang' has a meaning only beside 'text'"));
}

}  // namespace
}  // namespace scenarios::engine
