#include "scenarios/cli/language_commands.hpp"
#include "scenarios/engine/schema.hpp"

#include <cstdio>

namespace scenarios::cli {

void add_schema(CLI::App& app, Exit& exit) {
  auto* command = app.add_subcommand("schema", "print the JSON Schema of the scenario language, for editors");
  command->footer("Example: linecheck schema > scenario.schema.json");
  command->callback([&exit] {
    const auto text = engine::schema_text();
    const bool written = std::fwrite(text.data(), 1, text.size(), stdout) == text.size();
    exit = written ? Exit::passed : Exit::environment;
  });
}

}  // namespace scenarios::cli
