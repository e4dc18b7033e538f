#include "scenarios/cli/authoring_commands.hpp"
#include "scenarios/cli/selection.hpp"
#include "scenarios/cli/workspace.hpp"
#include "scenarios/text/counted.hpp"
#include "scenarios/text/wrap.hpp"

#include <nlohmann/json.hpp>

#include <cstdio>
#include <memory>
#include <utility>

namespace scenarios::cli {
namespace {

using engine::Scenario;

struct ListRequest {
  Selection selection;
  bool json = false, library = false;
  std::vector<std::string> paths;
};

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const auto& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

void print_entry(const Scenario& scenario) {
  constexpr std::size_t kIndent = 4;
  std::string head = scenario.name;
  if (!scenario.tags.empty()) head += "  [" + joined(scenario.tags) + "]";
  if (scenario.known_failing) head += "  known to fail: " + scenario.known_failing->ticket;
  const std::string file = scenario.source->file().string();
  std::printf("%s\n    %s\n    %s\n", head.c_str(), text::wrapped(scenario.about, kIndent).c_str(),
              file.c_str());
}

nlohmann::ordered_json entry_json(const Scenario& scenario) {
  nlohmann::ordered_json json{{"name", scenario.name},
                              {"about", scenario.about},
                              {"tags", scenario.tags},
                              {"file", scenario.source->file().string()},
                              {"virtual", scenario.time.in_virtual},
                              {"real", scenario.time.in_real},
                              {"calls", scenario.calls.size()},
                              {"expectations", scenario.expectations.size()}};
  if (scenario.known_failing)
    json["known_failing"] = {{"ticket", scenario.known_failing->ticket},
                             {"until", scenario.known_failing->until}};
  return json;
}

Exit list(const ListRequest& request) {
  auto workspace = workspace_for(request.paths, std::nullopt, request.library);
  if (!workspace) return Exit::usage;
  const auto found = checked(*workspace);
  if (!found) return Exit::usage;
  std::fputs(found->text.c_str(), stderr);
  auto json = nlohmann::ordered_json::array();
  std::size_t count = 0;
  for (const auto& scenario : found->scenarios) {
    if (!selected(scenario, request.selection)) continue;
    ++count;
    if (request.json) {
      json.push_back(entry_json(scenario));
    } else {
      print_entry(scenario);
    }
  }
  if (request.json) {
    std::puts(json.dump(1, ' ', false, nlohmann::ordered_json::error_handler_t::replace).c_str());
  } else {
    std::printf("%zu of %zu scenarios, in %s\n", count, found->scenarios.size(),
                text::counted(found->files, "file").c_str());
  }
  if (count == 0 && found->text.empty())
    std::fputs("linecheck: no scenario matches the paths, tags and filter given\n", stderr);
  return count > 0 && found->text.empty() ? Exit::passed : Exit::usage;
}

}  // namespace

void add_list(CLI::App& app, Exit& exit) {
  auto request = std::make_shared<ListRequest>();
  auto* command =
      app.add_subcommand("list", "name scenarios, each with its tags, what it shows, and its file");
  command->add_option("--tags", request->selection.tags, "only those with all of these tags")
      ->delimiter(',')
      ->allow_extra_args(false);
  command->add_option("--filter", request->selection.filter, "only those whose name holds this text");
  command->add_flag("--json", request->json, "as a JSON list, for programs");
  add_library_option(*command, request->library);
  command->add_option("PATH", request->paths,
                      "scenario files or folders; without any those of linecheck.yaml, else the library");
  command->footer(
      "Example: linecheck list --tags incident\n"
      "Exit codes: 0 some were named, 2 none, or a file is broken, 3 standard output is\nnot taken.");
  command->callback([request, &exit] { exit = list(*request); });
}

}  // namespace scenarios::cli
