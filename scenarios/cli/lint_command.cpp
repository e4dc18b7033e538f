#include "scenarios/cli/commands.hpp"
#include "scenarios/cli/library.hpp"
#include "scenarios/engine/config_check.hpp"
#include "scenarios/engine/loader.hpp"

#include <cstdio>
#include <memory>
#include <string>
#include <vector>

namespace scenarios::cli {

void add_lint(CLI::App& app, Exit& exit) {
  auto paths = std::make_shared<std::vector<std::string>>();
  auto* command =
      app.add_subcommand("lint", "check scenarios without running them: every error, with its place");
  command->add_option("PATH", *paths, "scenario files or folders; without any the library");
  command->callback([paths, &exit] {
    if (paths->empty()) paths->push_back(library_folder().string());
    engine::ClipLibrary clips;
    const auto checked = engine::lint({paths->begin(), paths->end()}, clips, engine::check_bridge_config);
    std::fputs(checked.text.c_str(), stderr);
    std::printf("%zu files, %zu scenarios, %zu broken files\n", checked.files, checked.scenarios.size(),
                checked.broken_files);
    exit = checked.text.empty() ? Exit::passed : Exit::usage;
  });
}

}  // namespace scenarios::cli
