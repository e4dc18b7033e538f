#include "scenarios/cli/commands.hpp"
#include "scenarios/cli/language_commands.hpp"
#include "scenarios/cli/wrap.hpp"

#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <memory>

int main(int argc, char** argv) {
  using scenarios::cli::Exit;
  CLI::App app{"linecheck proves that a voice bridge between Twilio and OpenAI carries sound, both ways."};
  app.formatter(std::make_shared<scenarios::cli::NarrowHelp>());
  app.set_version_flag("--version", "linecheck " LINECHECK_VERSION);
  app.require_subcommand(1);
  app.footer(
      "Exit codes: 0 passed, 1 an expectation failed, 2 bad usage or scenario, 3 the harness or its\n"
      "environment failed, 130 interrupted.\n"
      "Example: linecheck run scenarios/library/sound/normal.yaml");
  Exit exit = Exit::usage;
  const bool colour = ::isatty(STDOUT_FILENO) != 0 && std::getenv("NO_COLOR") == nullptr;
  scenarios::cli::add_run(app, colour, exit);
  scenarios::cli::add_lint(app, exit);
  scenarios::cli::add_promql(app, exit);
  scenarios::cli::add_schema(app, exit);
  scenarios::cli::add_verify_twiml(app, exit);
  scenarios::cli::add_twilio(app, exit);
  scenarios::cli::add_openai(app, exit);
  scenarios::cli::add_call(app, exit);
  scenarios::cli::add_diagnose(app, exit);
  scenarios::cli::add_probe(app, exit);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : static_cast<int>(Exit::usage);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "linecheck: %s\n", error.what());
    return static_cast<int>(Exit::environment);
  }
  return static_cast<int>(exit);
}
