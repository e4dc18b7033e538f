#include "scenarios/cli/commands.hpp"
#include "scenarios/cli/hand_over.hpp"
#include "scenarios/cli/workspace.hpp"
#include "scenarios/text/counted.hpp"

#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace scenarios::cli {
namespace {

struct LintRequest {
  std::vector<std::string> paths;
  std::optional<std::string> project;
  bool library = false;
  Surroundings surroundings;
};

Exit lint_all(const LintRequest& request) {
  const auto workspace = workspace_for(request.paths, request.project, request.library);
  if (!workspace) return Exit::usage;
  const auto found = checked(*workspace);
  if (!found) return Exit::usage;
  std::fputs(found->text.c_str(), stderr);
  if (!found->text.empty()) hand_over_problems(*found, request.surroundings);
  using text::counted;
  std::printf("%s, %s, %s\n", counted(found->files, "file").c_str(),
              counted(found->scenarios.size(), "scenario").c_str(),
              counted(found->broken_files, "broken file").c_str());
  if (found->passed_over > 0)
    std::printf("passed over: %s without `linecheck: 1`, or which others include\n",
                counted(found->passed_over, "YAML file").c_str());
  if (found->files == 0) {
    std::fputs("linecheck: nothing to check: no scenario (*.yaml) is there\n", stderr);
    return Exit::usage;
  }
  return found->text.empty() ? Exit::passed : Exit::usage;
}

}  // namespace

void add_lint(CLI::App& app, Surroundings surroundings, Exit& exit) {
  auto request = std::make_shared<LintRequest>();
  request->surroundings = std::move(surroundings);
  auto* command =
      app.add_subcommand("lint", "check scenarios without running them: every error, with its place");
  add_project_option(*command, request->project);
  add_library_option(*command, request->library);
  command->add_option("PATH", request->paths,
                      "scenario files or folders; without any those of linecheck.yaml, else the library");
  command->footer(
      "Exit codes: 0 all are right, 2 something is wrong, or there is nothing to check,\n"
      "3 it cannot be told: standard output is not taken.");
  command->callback([request, &exit] { exit = lint_all(*request); });
}

}  // namespace scenarios::cli
