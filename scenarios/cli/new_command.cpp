#include "scenarios/cli/authoring_commands.hpp"
#include "scenarios/cli/library.hpp"
#include "scenarios/cli/new_file.hpp"
#include "scenarios/cli/questions.hpp"
#include "scenarios/cli/templates.hpp"
#include "scenarios/engine/config_check.hpp"
#include "scenarios/engine/loader.hpp"

#include <algorithm>
#include <cctype>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <optional>

namespace scenarios::cli {
namespace fs = std::filesystem;

namespace {

struct NewRequest {
  NewScenario made;
  std::string name, folder = ".";
  bool force = false;
  bool kind_given = false;
};

/// Lower-case letters, digits and single '-': as a scenario's name must be.
std::string usable_name(const std::string& text) {
  std::string name;
  for (const char c : text) {
    const auto letter = static_cast<unsigned char>(c);
    if (std::isalnum(letter) != 0 && letter < 0x80U) {
      name.push_back(static_cast<char>(std::tolower(letter)));
    } else if (!name.empty() && name.back() != '-') {
      name.push_back('-');
    }
  }
  while (name.ends_with('-')) name.pop_back();
  return name;
}

void ask(NewRequest& request) {
  Questions questions;
  std::puts("A new scenario. Enter takes what stands in [ ].");
  while (request.name.empty() || request.name != usable_name(request.name)) {
    const auto better = usable_name(request.name);
    request.name = questions.text("Its name, of lower-case letters, digits and '-':",
                                  better.empty() ? "my-scenario" : better);
  }
  if (!request.kind_given) request.made.kind = questions.choice("What happens in it?", template_kinds());
  if (request.made.kind != "silence") {
    const bool keys = request.made.kind == "keys";
    if (request.made.caller.empty())
      request.made.caller = questions.text(
          keys ? "Which keys does the caller press?" : "What does the caller say?", "an example");
    if (request.made.bot.empty()) request.made.bot = questions.text("What does the bot say?", "an example");
    if (request.made.caller == "an example") request.made.caller.clear();
    if (request.made.bot == "an example") request.made.bot.clear();
  }
  request.folder = questions.text("In which folder?", request.folder);
}

Exit make(NewRequest request) {
  if (request.name.empty()) {
    if (!Questions::possible()) {
      std::fputs("linecheck: new needs a NAME (on a terminal it asks)\n", stderr);
      return Exit::usage;
    }
    ask(request);
  }
  if (request.name != usable_name(request.name) || request.name.empty()) {
    const auto better = usable_name(request.name);
    std::fprintf(stderr, "linecheck: a scenario's name has lower-case letters, digits and '-' alone%s%s\n",
                 better.empty() ? "" : ": ", better.c_str());
    return Exit::usage;
  }
  const fs::path file = (fs::path(request.folder) / (request.name + ".yaml")).lexically_normal();
  request.made.name = request.name;
  request.made.schema = schema_for(file, "scenario.schema.json");
  const auto text = from_template(request.made);
  engine::ClipLibrary clips;
  auto loaded = engine::load(std::make_shared<engine::Source>(file, text), clips);
  if (!loaded.good()) {
    std::fputs(loaded.text().c_str(), stderr);
    return Exit::usage;
  }
  if (const auto exit = write_new_file(file, text, request.force); exit != Exit::passed) return exit;
  std::printf("%s was written. Next:\n  linecheck explain %s\n  linecheck run %s\n", file.c_str(),
              file.c_str(), file.c_str());
  return Exit::passed;
}

}  // namespace

void add_new(CLI::App& app, Exit& exit) {
  auto request = std::make_shared<NewRequest>();
  auto* command = app.add_subcommand("new", "write a scenario to begin with, which lints and passes");
  command->add_option("NAME", request->name, "its name, and its file's; without it, it is asked for");
  std::vector<std::string> kinds;
  std::string explained = "Templates:\n";
  for (const auto& [kind, shows] : template_kinds()) {
    kinds.push_back(kind);
    explained += "  " + kind + std::string(14 - kind.size(), ' ') + shows + "\n";
  }
  auto* kind = command->add_option("--template", request->made.kind, "what happens in it: see below")
                   ->check(CLI::IsMember(kinds))
                   ->capture_default_str();
  command->add_option("--about", request->made.about, "one sentence: what it shows");
  command->add_option("--caller", request->made.caller, "what the caller says, or which keys");
  command->add_option("--bot", request->made.bot, "what the bot says");
  command->add_option("--tags", request->made.tags, "its tags")->delimiter(',')->allow_extra_args(false);
  command->add_option("--dir", request->folder, "the folder that the file is written to")
      ->capture_default_str();
  command->add_flag("--force", request->force, "write over a file that is there already");
  command->footer(
      explained +
      "Example: linecheck new opening-hours --caller 'When do you open?'\n"
      "Exit codes: 0 written, 2 it would not be right, or is there already, 3 cannot be written.");
  command->callback([request, kind, &exit] {
    request->kind_given = kind->count() > 0;
    exit = make(*request);
  });
}

}  // namespace scenarios::cli
