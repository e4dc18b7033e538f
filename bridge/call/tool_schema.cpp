#include "bridge/call/tool_schema.hpp"

#include "bridge/json/text.hpp"

#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validation_results.hpp>
#include <valijson/validator.hpp>

#include <exception>
#include <utility>

namespace bridge::call {
namespace {

/// A bound on what the schema's patterns meet: std::regex recurses over the text.
constexpr std::size_t kMostBytes = 8U << 10U;

/// "<root>[caller][0]" as " at .caller.0"; `known`: whether a name may be shown.
template <typename Known>
std::string place_of(const std::vector<std::string>& context, const Known& known) {
  std::string place;
  for (std::size_t i = 1; i < context.size(); ++i) {
    std::string_view part = context[i];
    if (part.starts_with('[') && part.ends_with(']')) part = part.substr(1, part.size() - 2);
    place.append(place.empty() ? " at ." : ".").append(known(part) ? part : "?");
  }
  return place;
}

}  // namespace

struct ArgumentSchema::Compiled {
  std::string text;
  valijson::Schema schema;
};

ArgumentSchema::ArgumentSchema(std::unique_ptr<Compiled> compiled) : compiled_(std::move(compiled)) {}
ArgumentSchema::~ArgumentSchema() = default;

const std::string& ArgumentSchema::text() const {
  return compiled_->text;
}

ArgumentSchema::Parsed ArgumentSchema::parse(std::string_view json) {
  const auto document = nlohmann::json::parse(json, nullptr, false);
  if (!document.is_object()) return "is no JSON object";
  const auto type = document.find("type");
  if (type == document.end() || *type != "object") return "does not say `type: object`, which arguments are";
  auto compiled = std::make_unique<Compiled>();
  compiled->text = document.dump();
  try {
    valijson::SchemaParser parser(valijson::SchemaParser::kDraft7);
    const valijson::adapters::NlohmannJsonAdapter adapter(document);
    parser.populateSchema(adapter, compiled->schema);
    // What a schema's patterns are made of shows only when they meet a text.
    valijson::Validator validator(valijson::Validator::kStrongTypes);
    const nlohmann::json nothing = nlohmann::json::object();
    const valijson::adapters::NlohmannJsonAdapter empty(nothing);
    (void)validator.validate(compiled->schema, empty, nullptr);
  } catch (const std::exception& error) {
    return std::string("is no JSON schema: ") + error.what();
  }
  return std::shared_ptr<const ArgumentSchema>(new ArgumentSchema(std::move(compiled)));
}

std::optional<ArgumentSchema::Misfit> ArgumentSchema::misfit(std::string_view arguments) const {
  const auto all = [](std::string words) { return Misfit{words, words}; };
  if (arguments.size() > kMostBytes) return all("the arguments are longer than 8 KiB");
  const auto given = nlohmann::json::parse(arguments, nullptr, false);
  if (given.is_discarded())
    return Misfit{"the arguments are no JSON: " + json::excerpt(arguments, 60), "the arguments are no JSON"};
  if (!given.is_object()) return all("the arguments are no JSON object");
  valijson::Validator validator(valijson::Validator::kStrongTypes);
  valijson::ValidationResults results;
  const valijson::adapters::NlohmannJsonAdapter adapter(given);
  try {
    if (validator.validate(compiled_->schema, adapter, &results)) return std::nullopt;
  } catch (const std::exception& error) {
    return Misfit{std::string("the arguments cannot be checked: ") + error.what(),
                  "the arguments cannot be checked"};
  }
  // The innermost says most precisely what does not fit.
  valijson::ValidationResults::Error said, next;
  while (results.popError(next)) {
    if (next.context.size() > said.context.size()) said = next;
  }
  constexpr std::string_view kMisfit = "the arguments do not fit the schema";
  const auto any = [](std::string_view) { return true; };
  const auto of_the_schema = [this](std::string_view name) {
    return name.find_first_not_of("0123456789") == std::string_view::npos
               ? name.size() <= 4  // a place in a list
               : compiled_->text.find(nlohmann::json(name).dump()) != std::string::npos;
  };
  Misfit misfit{std::string(kMisfit), std::string(kMisfit)};
  misfit.words += place_of(said.context, any) + ": " + json::excerpt(said.description, 200);
  misfit.loggable += place_of(said.context, of_the_schema);
  return misfit;
}

}  // namespace bridge::call
