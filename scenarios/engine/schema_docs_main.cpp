// Writes docs/scenario-language.md to standard output.
#include "scenarios/engine/schema_docs.hpp"

#include "scenarios/engine/schema.hpp"

#include <cstdio>

int main() {
  const auto text =
      scenarios::engine::language_reference(scenarios::engine::Json::parse(scenarios::engine::schema_text()));
  std::fwrite(text.data(), 1, text.size(), stdout);
}
