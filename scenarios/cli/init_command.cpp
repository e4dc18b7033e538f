#include "scenarios/cli/authoring_commands.hpp"
#include "scenarios/cli/new_file.hpp"
#include "scenarios/cli/project.hpp"
#include "scenarios/cli/questions.hpp"
#include "scenarios/cli/shell_words.hpp"

#include <nlohmann/json.hpp>

#include <cstdio>
#include <memory>
#include <string>
#include <vector>

namespace scenarios::cli {
namespace {

struct InitRequest {
  std::string command, url, webhook = "/voice", metrics, track_rules;
  std::vector<std::string> scenarios, clips;
  bool force = false;
  bool asked = false;
};

std::string in_yaml(const std::string& text) {
  return nlohmann::json(text).dump();
}

std::string list_in_yaml(const std::vector<std::string>& texts) {
  std::string out;
  for (const auto& text : texts) out += (out.empty() ? "" : ", ") + in_yaml(text);
  return "[" + out + "]";
}

/// A line that is meant, or that shows how it could be.
std::string line(bool meant, const std::string& text, const std::string& comment) {
  const std::string shown = (meant ? "" : "# ") + text;
  const std::size_t column = 44;
  return shown + std::string(shown.size() < column ? column - shown.size() : 1, ' ') + "# " + comment + "\n";
}

std::string bridge_part(const InitRequest& request) {
  const bool by_url = !request.url.empty(), by_command = !request.command.empty();
  if (!by_url && !by_command) {
    return "# Without a bridge here, linecheck-bridge is tested.\n"
           "# bridge:\n"
           "#   command: node bridge.js                # PORT, OPENAI_URL, ... tell it where the fakes are\n"
           "#   webhook: /voice\n";
  }
  std::string text = "bridge:\n";
  if (by_command) text += "  command: " + in_yaml(request.command) + "\n";
  if (by_url) text += "  url: " + in_yaml(request.url) + "\n";
  text += line(true, "  webhook: " + request.webhook, "what Twilio asks when a call comes in");
  text +=
      line(!request.metrics.empty(), "  metrics: " + (request.metrics.empty() ? "/metrics" : request.metrics),
           "where it publishes metrics for Prometheus");
  text += line(false, "  status_callback: /status", "what hears how a call went on");
  if (by_command) text += line(false, "  openai_tls: true", "if its client of OpenAI takes wss alone");
  if (by_url)
    text +=
        "fakes: {openai: 4020, twilio: 4010}         # start the bridge with "
        "OPENAI_URL=ws://127.0.0.1:4020/v1/realtime\n";
  return text;
}

std::string project_text(const InitRequest& request, const std::string& schema) {
  std::string text = "# yaml-language-server: $schema=" + schema +
                     "\n# What `linecheck run` needs to know here. Every key: docs/your-bridge.md\n\n";
  text += bridge_part(request) + "\n";
  const auto scenarios = request.scenarios.empty() ? std::vector<std::string>{"."} : request.scenarios;
  text += line(true, "scenarios: " + list_in_yaml(scenarios), "run when neither PATH nor --library is given");
  const auto clips = request.clips.empty() ? std::vector<std::string>{"recordings"} : request.clips;
  text += line(!request.clips.empty(), "clips: " + list_in_yaml(clips), "folders with recordings to say");
  const auto rules = request.track_rules.empty() ? std::string("twilio_docs") : request.track_rules;
  text += line(!request.track_rules.empty(), "track_rules: " + rules, "for every scenario, whatever it says");
  text +=
      "# metric_names:                             # linecheck-bridge's metrics, by your names for the same\n"
      "#   voicebridge_twilio_frames_sent_total: my_frames_sent_total\n";
  return text;
}

void ask(InitRequest& request) {
  Questions questions;
  std::puts("linecheck.yaml says how `linecheck run` finds your bridge. Enter takes what stands in [ ].");
  const auto kind =
      questions.choice("Which bridge is tested?", {{"command", "one that linecheck starts for each scenario"},
                                                   {"url", "one that runs already"},
                                                   {"linecheck", "linecheck-bridge"}});
  if (kind == "command") request.command = questions.text("Which command starts it?", "node bridge.js");
  if (kind == "url") request.url = questions.text("At which address?", "http://127.0.0.1:8080");
  if (kind != "linecheck") {
    request.webhook = questions.text("At which path does it answer calls?", request.webhook);
    request.metrics = questions.text("At which path are its metrics, if anywhere?", "");
  }
  request.scenarios = {questions.text("In which folder are your scenarios, or will be?", ".")};
}

Exit init(InitRequest request) {
  if (!request.asked && Questions::possible()) ask(request);
  const std::string text = project_text(request, schema_for(kProjectFile, "linecheck.schema.json"));
  const auto read = parse_project(kProjectFile, text);
  if (const auto* error = std::get_if<std::string>(&read)) {
    std::fprintf(stderr, "%snothing was written\n", error->c_str());
    return Exit::usage;
  }
  if (const auto exit = write_new_file(kProjectFile, text, request.force); exit != Exit::passed) return exit;
  const std::string folder = request.scenarios.empty() ? "." : request.scenarios.front();
  const std::string into = folder == "." ? "" : " --dir " + in_shell(folder);
  std::printf("%s was written. Next:\n  linecheck new my-first-scenario%s\n  linecheck run\n", kProjectFile,
              into.c_str());
  return Exit::passed;
}

}  // namespace

void add_init(CLI::App& app, Exit& exit) {
  auto request = std::make_shared<InitRequest>();
  auto* command = app.add_subcommand("init", "write linecheck.yaml: which bridge is tested here, and how");
  auto* by_command =
      command->add_option("--bridge-command", request->command, "starts the bridge, once a scenario");
  auto* by_url =
      command->add_option("--bridge-url", request->url, "where a bridge runs already: http://HOST:PORT")
          ->excludes(by_command);
  auto* webhook =
      command->add_option("--webhook", request->webhook, "path of its voice webhook")->capture_default_str();
  auto* metrics = command->add_option("--metrics", request->metrics, "path or URL of its metrics");
  auto* scenarios =
      command->add_option("--scenarios", request->scenarios, "files or folders to run by default")
          ->delimiter(',')
          ->allow_extra_args(false);
  auto* clips = command->add_option("--clips", request->clips, "folders with recordings")
                    ->delimiter(',')
                    ->allow_extra_args(false);
  auto* rules =
      command->add_option("--track-rules", request->track_rules, "for every scenario, whatever it says")
          ->check(CLI::IsMember({"twilio_docs", "incident_report"}));
  command->add_flag("--force", request->force, "write over a file that is there already");
  command->footer(
      "Example: linecheck init --bridge-command 'node bridge.js' --webhook /voice\n"
      "Exit codes: 0 written, 2 it is there already or would be wrong, 3 it cannot be written.");
  const std::vector<CLI::Option*> answers{by_command, by_url, webhook, metrics, scenarios, clips, rules};
  command->callback([=, &exit] {
    const bool about_a_bridge = webhook->count() + metrics->count() > 0;
    if (about_a_bridge && by_command->count() + by_url->count() == 0)
      throw CLI::RequiresError(webhook->count() > 0 ? "--webhook" : "--metrics",
                               "--bridge-command or --bridge-url");
    for (const auto* option : answers) request->asked = request->asked || option->count() > 0;
    exit = init(*request);
  });
}

}  // namespace scenarios::cli
