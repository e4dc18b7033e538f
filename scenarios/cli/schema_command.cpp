#include "scenarios/cli/language_commands.hpp"
#include "scenarios/engine/schema.hpp"

#include <cstdio>
#include <memory>
#include <string>

namespace scenarios::cli {

void add_schema(CLI::App& app, Exit& exit) {
  auto which = std::make_shared<std::string>("scenario");
  auto* command = app.add_subcommand("schema", "print the JSON Schema of the scenario language, for editors");
  command->add_option("WHICH", *which, "scenario, or project: that of linecheck.yaml")
      ->check(CLI::IsMember({"scenario", "project"}))
      ->capture_default_str();
  command->footer(
      "Example: linecheck schema > scenario.schema.json\nExit codes: 0 printed, 3 standard output is not "
      "taken.");
  command->callback([which, &exit] {
    const auto text = *which == "project" ? engine::project_schema_text() : engine::schema_text();
    std::fwrite(text.data(), 1, text.size(), stdout);
    exit = Exit::passed;
  });
}

}  // namespace scenarios::cli
