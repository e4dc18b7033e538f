#pragma once
#include <CLI/CLI.hpp>

namespace scenarios::cli {

/// Exit codes of every command, never mixed.
enum class Exit {
  passed = 0,
  failed = 1,       // an expectation did not hold; a TwiML ends in silence
  usage = 2,        // bad command line or scenario
  environment = 3,  // the harness or what it stands on failed
  interrupted = 130,
};

/// Each adds a sub-command that stores its exit code when it is run.
/// `colour`: standard output is a terminal that wants it.
void add_run(CLI::App& app, bool colour, Exit& exit);
void add_lint(CLI::App& app, Exit& exit);
void add_verify_twiml(CLI::App& app, Exit& exit);
void add_twilio(CLI::App& app, Exit& exit);
void add_openai(CLI::App& app, Exit& exit);
void add_call(CLI::App& app, Exit& exit);
void add_diagnose(CLI::App& app, Exit& exit);
void add_probe(CLI::App& app, Exit& exit);

}  // namespace scenarios::cli
