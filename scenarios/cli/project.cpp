#include "scenarios/cli/project.hpp"

#include "metrics/catalogue.hpp"
#include "scenarios/engine/compose.hpp"
#include "scenarios/engine/schema.hpp"
#include "scenarios/engine/yaml.hpp"

#include <algorithm>
#include <sstream>
#include <system_error>
#include <utility>

namespace scenarios::cli {
namespace fs = std::filesystem;
using engine::Json;

namespace {

fs::path nearest_project() {
  std::error_code gone,
      none_here;  // that a folder has no such file is an error as well, and no reason to stop
  for (auto folder = fs::current_path(gone); !gone; folder = folder.parent_path()) {
    if (fs::is_regular_file(folder / kProjectFile, none_here))
      return fs::relative(folder / kProjectFile, gone);
    if (folder == folder.parent_path()) break;
  }
  return {};
}

std::vector<fs::path> paths(const Json& json, const char* key, const fs::path& folder) {
  std::vector<fs::path> list;
  for (const auto& entry : json.value(key, Json::array()))
    list.push_back((folder / entry.get<std::string>()).lexically_normal());
  return list;
}

engine::OtherBridge read_bridge(const Json& json, const Json& all, const fs::path& folder) {
  engine::OtherBridge other;
  other.command = json.value("command", "");
  other.folder = folder;
  other.url = json.value("url", "");
  other.webhook = json.value("webhook", other.webhook);
  other.status_callback = json.value("status_callback", "");
  other.metrics = json.value("metrics", "");
  other.log_markers = json.value("log_markers", false);
  other.openai_tls = json.value("openai_tls", false);
  const Json fakes = all.value("fakes", Json::object());
  const bool runs_already = !other.by_command();
  other.openai_port = fakes.value("openai", runs_already ? kOpenAiPort : std::uint16_t{0});
  other.twilio_port = fakes.value("twilio", runs_already ? kTwilioPort : std::uint16_t{0});
  const Json names = all.value("metric_names", Json::object());
  for (const auto& [ours, its] : names.items()) other.metric_names[ours] = its.get<std::string>();
  return other;
}

void check_names(const engine::Document& document, std::vector<engine::Problem>& problems) {
  const Json names = document.json.value("metric_names", Json::object());
  std::vector<std::string> known;
  for (const auto& metric : metrics::catalogue()) known.emplace_back(metric.name);
  for (const auto& [name, unused] : names.items()) {
    if (std::ranges::find(known, name) != known.end()) continue;
    const auto near = engine::nearest(name, known);
    problems.push_back({document.place(engine::child("/metric_names", name)).key,
                        "linecheck-bridge has no metric '" + name + "'",
                        near.empty() ? "docs/metrics.md has them all" : "did you mean '" + near + "'?"});
  }
}

/// A file of nothing but comments, as `init` writes it for somebody who has no answers yet.
bool says_nothing(const std::string& text) {
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    const auto first = line.find_first_not_of(" \t\r");
    if (first != std::string::npos && line[first] != '#') return false;
  }
  return true;
}

}  // namespace

std::variant<Project, std::string> parse_project(const fs::path& file, std::string text) {
  Project project;
  project.file = file;
  if (says_nothing(text)) return project;
  const engine::Source source(project.file, std::move(text));
  std::vector<engine::Problem> problems;
  auto document = engine::read_yaml(source, problems);
  if (document && problems.empty()) engine::check_project_schema(*document, problems);
  if (document && problems.empty()) check_names(*document, problems);
  if (!problems.empty()) return engine::describe(source, problems);
  const Json& json = document->json;
  const auto folder = project.file.parent_path();
  if (json.contains("bridge")) project.bridge = read_bridge(json["bridge"], json, folder);
  project.scenarios = paths(json, "scenarios", folder);
  project.clips = paths(json, "clips", folder);
  project.track_rules = json.value("track_rules", "");
  return project;
}

std::variant<Project, std::string> read_project(const std::optional<fs::path>& asked) {
  const auto file = asked ? *asked : nearest_project();
  if (file.empty()) return Project();
  auto text = engine::read_text_file(file);
  if (!text) return file.string() + ": error: this file cannot be read\n";
  return parse_project(file, std::move(*text));
}

}  // namespace scenarios::cli
