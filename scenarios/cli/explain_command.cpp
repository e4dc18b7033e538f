#include "scenarios/cli/authoring_commands.hpp"
#include "scenarios/cli/selection.hpp"
#include "scenarios/cli/workspace.hpp"
#include "scenarios/report/redact.hpp"
#include "scenarios/words/explanation.hpp"

#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace scenarios::cli {
namespace {

struct ExplainRequest {
  std::string filter;
  std::optional<std::string> project;
  std::vector<std::string> paths;
};

void say_nothing_found(const ExplainRequest& request, bool nothing_there) {
  if (nothing_there) {
    std::fputs("linecheck: there is no scenario in what was named\n", stderr);
  } else {
    std::fprintf(stderr, "linecheck: no scenario there has a name with '%s' in it\n", request.filter.c_str());
  }
}

Exit explain_all(const ExplainRequest& request) {
  auto workspace = workspace_for(request.paths, request.project);
  if (!workspace) return Exit::usage;
  const auto found = checked(*workspace);
  if (!found) return Exit::usage;
  std::fputs(found->text.c_str(), stderr);
  std::size_t count = 0;
  for (const auto& scenario : found->scenarios) {
    if (!selected(scenario, {{}, request.filter})) continue;
    const auto text = report::redacted(words::explain(scenario));  // it is pasted where reports are
    std::printf("%s%s", count++ == 0 ? "" : "\n", text.c_str());
  }
  if (count == 0 && found->text.empty()) say_nothing_found(request, found->scenarios.empty());
  return count > 0 && found->text.empty() ? Exit::passed : Exit::usage;
}

}  // namespace

void add_explain(CLI::App& app, Exit& exit) {
  auto request = std::make_shared<ExplainRequest>();
  auto* command =
      app.add_subcommand("explain", "say in plain words what will happen, and what must be true of it");
  command->add_option("--filter", request->filter, "only scenarios whose name holds this text");
  add_project_option(*command, request->project);
  command->add_option("PATH", request->paths, "scenario files or folders")->required();
  command->footer(
      "Example: linecheck explain scenarios/library/silence/no-deltas.yaml\n"
      "Exit codes: 0 explained, 2 nothing to explain, or a file is broken, 3 standard\n"
      "output is not taken.");
  command->callback([request, &exit] { exit = explain_all(*request); });
}

}  // namespace scenarios::cli
