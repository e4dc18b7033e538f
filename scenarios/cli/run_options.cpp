#include "scenarios/cli/run_options.hpp"

#include "runtime/net/url.hpp"
#include "scenarios/cli/project.hpp"
#include "scenarios/cli/shell_words.hpp"
#include "scenarios/cli/workspace.hpp"

#include <cstdio>
#include <filesystem>
#include <set>
#include <system_error>
#include <utility>

namespace scenarios::cli {
namespace fs = std::filesystem;
namespace {

/// Nullopt: it cannot be, which has been said.
std::optional<engine::OtherBridge> bridge_of(const RunOptions& options, const Project& project) {
  std::optional<engine::OtherBridge> other = project.bridge;
  const bool named = !options.bridge_command.empty() || !options.bridge_url.empty();
  if (named) {
    if (!other) other.emplace();
    other->command = options.bridge_command;
    other->url = options.bridge_url;
    other->folder.clear();
    if (!other->by_command() && other->openai_port == 0) other->openai_port = kOpenAiPort;
    if (!other->by_command() && other->twilio_port == 0) other->twilio_port = kTwilioPort;
  }
  if (other && options.webhook) other->webhook = *options.webhook;
  return other;
}

/// What names the bridge on the command line, as it stood there.
std::string bridge_words(const RunOptions& options) {
  std::string words;
  if (options.project) words += " --project " + in_shell(*options.project);
  if (!options.bridge_command.empty()) words += " --bridge-command " + in_shell(options.bridge_command);
  if (!options.bridge_url.empty()) words += " --bridge-url " + in_shell(options.bridge_url);
  if (options.webhook) words += " --webhook " + in_shell(*options.webhook);
  return words;
}

/// The linecheck.yaml of the folder that holds the scenarios, or of one above; empty: there is none.
fs::path project_beside(const fs::path& scenarios) {
  std::error_code error;
  auto folder = fs::absolute(scenarios, error);
  if (!error && !fs::is_directory(folder, error)) folder = folder.parent_path();
  for (; !folder.empty(); folder = folder.parent_path()) {
    if (fs::is_regular_file(folder / kProjectFile, error)) return folder / kProjectFile;
    if (folder == folder.parent_path()) break;
  }
  return {};
}

/// It is looked for from here up, and not from where the scenarios are.
void note_unused_project(const std::vector<std::string>& paths, const fs::path& used) {
  std::set<fs::path> noted;
  for (const auto& path : paths) {
    const auto beside = project_beside(path);
    std::error_code error;
    if (beside.empty() || (!used.empty() && fs::equivalent(beside, used, error))) continue;
    if (!noted.insert(beside).second) continue;
    std::fprintf(stderr, "note: %s is not used, being neither here nor above: --project names another\n",
                 beside.string().c_str());
  }
}

}  // namespace

bool complete(RunOptions& options) {
  auto& request = options.request;
  Project project;
  if (!options.project || !options.project->empty()) {
    auto read = read_project(options.project);
    if (const auto* error = std::get_if<std::string>(&read)) {
      std::fputs(error->c_str(), stderr);
      return false;
    }
    project = std::move(std::get<Project>(read));
  }
  if (!options.project) note_unused_project(request.paths, project.file);
  request.other = bridge_of(options, project);
  request.clips = project.clips;
  request.track_rules = project.track_rules;
  if (request.paths.empty() && !request.library) {
    for (const auto& path : project.scenarios) request.paths.push_back(path.string());
  }
  request.bridge_words = bridge_words(options);
  if (request.other && request.time == "virtual") {
    std::fputs(
        "linecheck: --time virtual is linecheck-bridge's alone: another bridge runs in real time\n"
        "(--project '' leaves linecheck.yaml unread, and tests linecheck-bridge)\n",
        stderr);
    return false;
  }
  if (request.time.empty()) request.time = request.other ? "real" : "virtual";
  if (request.real() && !request.prometheus_input.empty()) {
    std::fputs("linecheck: --prometheus-input needs --time virtual, where a scrape is on time\n", stderr);
    return false;
  }
  if (!options.shard.empty()) request.shard = *parse_shard(options.shard);
  return true;
}

void add_bridge_options(CLI::App& command, RunOptions& options) {
  add_project_option(command, options.project);
  auto* by_command = command.add_option("--bridge-command", options.bridge_command,
                                        "test the bridge that this starts (docs/your-bridge.md)");
  command.add_option("--bridge-url", options.bridge_url, "test the bridge that runs at http://HOST:PORT")
      ->excludes(by_command)
      ->check([](const std::string& text) {
        const auto url = runtime::net::parse_url(text);
        return url && url->scheme.starts_with("http") ? std::string() : "expected http://HOST:PORT";
      });
  command.add_option("--webhook", options.webhook, "path of its voice webhook (default: /voice)");
}

}  // namespace scenarios::cli
