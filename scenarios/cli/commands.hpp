#pragma once
#include <CLI/CLI.hpp>

#include <string>

namespace scenarios::cli {

/// Exit codes of every command, never mixed.
enum class Exit {
  passed = 0,
  failed = 1,             // an expectation did not hold; a TwiML ends in silence
  usage = 2,              // bad command line or scenario
  environment = 3,        // the harness or what it stands on failed, or was too late to tell
  not_deterministic = 4,  // one seed gave two runs
  interrupted = 130,
};

/// What main() found around the program.
struct Surroundings {
  bool terminal = false;            // standard output is one
  bool colour = false;              // and wants colour
  bool github_actions = false;      // annotations are wanted
  std::string github_workspace;     // the checkout there
  std::string github_step_summary;  // file that takes Markdown; empty: none
};

/// Each adds a sub-command that stores its exit code when it is run.
void add_run(CLI::App& app, Surroundings surroundings, Exit& exit);
/// After a mistake on the command line of `run`: takes the report of an earlier run away, as a run that never
/// began does.
void forget_report(const CLI::App& app);
void add_lint(CLI::App& app, Surroundings surroundings, Exit& exit);
void add_verify_twiml(CLI::App& app, Exit& exit);
void add_twilio(CLI::App& app, Exit& exit);
void add_openai(CLI::App& app, Exit& exit);
void add_call(CLI::App& app, Exit& exit);
void add_diagnose(CLI::App& app, Exit& exit);
void add_probe(CLI::App& app, Exit& exit);

}  // namespace scenarios::cli
