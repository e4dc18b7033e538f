#include "scenarios/engine/schema.hpp"

#include "scenarios/engine/schema_explain.hpp"

#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validation_results.hpp>
#include <valijson/validator.hpp>

#include <memory>

namespace scenarios::engine {
namespace {

std::unique_ptr<valijson::Schema> compiled(const nlohmann::json& json) {
  auto schema = std::make_unique<valijson::Schema>();
  valijson::SchemaParser parser(valijson::SchemaParser::kDraft7);
  const valijson::adapters::NlohmannJsonAdapter adapter(json);
  parser.populateSchema(adapter, *schema);
  return schema;
}

/// valijson's "<root>[caller][0]" elements as a JSON pointer.
std::string pointer_of(const std::vector<std::string>& context) {
  std::string pointer;
  for (std::size_t i = 1; i < context.size(); ++i) {
    std::string_view part = context[i];
    if (part.starts_with('[') && part.ends_with(']')) part = part.substr(1, part.size() - 2);
    if (part.starts_with('"') && part.ends_with('"') && part.size() >= 2)
      part = part.substr(1, part.size() - 2);
    pointer = child(pointer, part);
  }
  return pointer;
}

void check(const valijson::Schema& schema, const nlohmann::json& json, const Document& document,
           std::vector<Problem>& problems, std::set<std::string>* refused = nullptr) {
  const nlohmann::json plain = document.json;
  valijson::Validator validator(valijson::Validator::kStrongTypes);
  valijson::ValidationResults results;
  const valijson::adapters::NlohmannJsonAdapter adapter(plain);
  if (validator.validate(schema, adapter, &results)) return;

  const std::size_t before = problems.size();
  SchemaExplainer(json, document, problems, refused).explain();
  if (problems.size() != before) return;
  // The two disagree, which a test over the schema rules out. The deepest place is the nearest to the cause.
  std::string deepest;
  for (const auto& error : results) {
    const std::string pointer = pointer_of(error.context);
    if (pointer.size() >= deepest.size()) deepest = pointer;
  }
  if (refused != nullptr) refused->insert(deepest);
  problems.push_back(
      {document.place(deepest).value, "this cannot stand here", "docs/scenario-language.md says what can"});
}

}  // namespace

const nlohmann::json& schema_json() {
  static const nlohmann::json kSchema = nlohmann::json::parse(schema_text());
  return kSchema;
}

void check_schema(const Document& document, std::vector<Problem>& problems, std::set<std::string>* refused) {
  static const auto kCompiled = compiled(schema_json());
  check(*kCompiled, schema_json(), document, problems, refused);
}

void check_project_schema(const Document& document, std::vector<Problem>& problems) {
  const auto json = nlohmann::json::parse(project_schema_text());
  check(*compiled(json), json, document, problems);
}

}  // namespace scenarios::engine
