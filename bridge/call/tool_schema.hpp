#pragma once
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace bridge::call {

/// The JSON schema (draft 7) that a tool's arguments must fit, compiled once. Immutable.
class ArgumentSchema {
 public:
  using Parsed = std::variant<std::shared_ptr<const ArgumentSchema>, std::string>;
  /// The schema, or what is wrong with it: it must describe an object, which arguments are.
  static Parsed parse(std::string_view json);

  ~ArgumentSchema();
  /// The schema's own text, for the session.
  const std::string& text() const;
  struct Misfit {
    std::string words;     // for the model: may quote what it wrote
    std::string loggable;  // quotes nothing but the schema
  };
  /// What is wrong with `arguments`, JSON text as the model wrote it; nullopt: nothing.
  std::optional<Misfit> misfit(std::string_view arguments) const;

 private:
  struct Compiled;
  explicit ArgumentSchema(std::unique_ptr<Compiled> compiled);
  std::unique_ptr<Compiled> compiled_;
};

}  // namespace bridge::call
