#include "scenarios/cli/authoring_commands.hpp"
#include "scenarios/cli/commands.hpp"
#include "scenarios/cli/language_commands.hpp"
#include "scenarios/cli/recording_commands.hpp"
#include "scenarios/cli/wrap.hpp"
#include "scenarios/engine/source.hpp"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <memory>
#include <string>
#include <vector>

namespace {

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

scenarios::cli::Surroundings surroundings() {
  scenarios::cli::Surroundings found;
  found.terminal = ::isatty(STDOUT_FILENO) != 0 && environment("TERM") != "dumb";
  found.colour = found.terminal && environment("NO_COLOR").empty();
  found.github_actions = environment("GITHUB_ACTIONS") == "true";
  found.github_workspace = environment("GITHUB_WORKSPACE");
  found.github_step_summary = environment("GITHUB_STEP_SUMMARY");
  return found;
}

/// A word that stands where a command should; empty: none does.
std::string no_command(const CLI::App& app, int argc, char** argv) {
  const std::string word = argc > 1 ? argv[1] : "";
  if (word.empty() || word.starts_with('-')) return {};
  std::vector<std::string> names;
  for (const auto* command : app.get_subcommands([](const CLI::App*) { return true; }))
    names.push_back(command->get_name());
  if (std::ranges::find(names, word) != names.end()) return {};
  const auto near = scenarios::engine::nearest(word, names);
  return "there is no command '" + word + "'; " +
         (near.empty() ? "linecheck --help names them all" : "did you mean '" + near + "'?");
}

/// Who had enough has gone, as `head` does.
bool reader_is_gone() {
  pollfd out{STDOUT_FILENO, POLLOUT, 0};
  return ::poll(&out, 1, 0) == 1 && (out.revents & POLLERR) != 0;
}

/// Who reads nothing of what is said has not been told that all is well.
scenarios::cli::Exit unless_untold(scenarios::cli::Exit exit) {
  using scenarios::cli::Exit;
  const bool told = std::fflush(stdout) == 0 && std::ferror(stdout) == 0;
  if (exit != Exit::passed || told || reader_is_gone()) return exit;
  std::fputs("linecheck: standard output cannot be written\n", stderr);
  return Exit::environment;
}

}  // namespace

int main(int argc, char** argv) {
  using scenarios::cli::Exit;
  CLI::App app{"linecheck proves that a voice bridge between Twilio and OpenAI carries sound, both ways."};
  app.formatter(std::make_shared<scenarios::cli::NarrowHelp>());
  app.set_version_flag("--version", "linecheck " LINECHECK_VERSION);
  app.require_subcommand(1);
  app.footer(
      "Exit codes: 0 passed, 1 an expectation failed, 2 bad usage or scenario, 3 the harness or its\n"
      "environment failed, or was too late to tell, 4 not deterministic, 130 interrupted.\n"
      "Example: linecheck run scenarios/library/sound/normal.yaml");
  Exit exit = Exit::usage;
  scenarios::cli::add_run(app, surroundings(), exit);
  scenarios::cli::add_init(app, exit);
  scenarios::cli::add_new(app, exit);
  scenarios::cli::add_lint(app, surroundings(), exit);
  scenarios::cli::add_list(app, exit);
  scenarios::cli::add_explain(app, exit);
  scenarios::cli::add_promql(app, exit);
  scenarios::cli::add_schema(app, exit);
  scenarios::cli::add_verify_twiml(app, exit);
  scenarios::cli::add_twilio(app, exit);
  scenarios::cli::add_openai(app, exit);
  scenarios::cli::add_call(app, exit);
  scenarios::cli::add_record(app, exit);
  scenarios::cli::add_replay(app, exit);
  scenarios::cli::add_diagnose(app, exit);
  scenarios::cli::add_probe(app, exit);
  scenarios::cli::add_completion(app, exit);
  if (const auto wrong = no_command(app, argc, argv); !wrong.empty()) {
    std::fprintf(stderr, "linecheck: %s\n", wrong.c_str());
    return static_cast<int>(Exit::usage);
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (app.exit(error) == 0) return static_cast<int>(unless_untold(Exit::passed));
    scenarios::cli::forget_report(app);
    return static_cast<int>(Exit::usage);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "linecheck: %s\n", error.what());
    return static_cast<int>(Exit::environment);
  }
  return static_cast<int>(unless_untold(exit));
}
