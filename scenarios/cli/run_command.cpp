#include "scenarios/cli/commands.hpp"
#include "scenarios/cli/exit_code.hpp"
#include "scenarios/cli/hand_over.hpp"
#include "scenarios/cli/interruption.hpp"
#include "scenarios/cli/run_options.hpp"
#include "scenarios/cli/runner.hpp"
#include "scenarios/cli/stopwatch.hpp"
#include "scenarios/cli/table.hpp"
#include "scenarios/cli/watch.hpp"
#include "scenarios/cli/whole_number.hpp"
#include "scenarios/cli/workspace.hpp"
#include "scenarios/report/report.hpp"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <set>
#include <utility>

namespace scenarios::cli {
namespace fs = std::filesystem;
using engine::Scenario;

namespace {

bool takes_part(const Scenario& scenario, const RunRequest& request) {
  const bool time_fits = request.real() ? scenario.time.in_real : scenario.time.in_virtual;
  return time_fits && selected(scenario, request.selection);
}

void apply_track_rules(std::vector<Scenario>& scenarios, const std::string& rules) {
  using simulators::twilio::TrackRules;
  if (rules.empty()) return;
  const auto all = rules == "twilio_docs" ? TrackRules::twilio_docs : TrackRules::incident_report;
  for (auto& scenario : scenarios) {
    if (scenario.states_rules && scenario.calls.front().plan.rules != all) scenario.overruled = rules;
    for (auto& call : scenario.calls) call.plan.rules = all;
  }
}

Exit play(const RunRequest& request, std::vector<Scenario> scenarios) {
  std::printf("bridge under test: %s\n", request.bridge_name().c_str());
  const Stopwatch stopwatch;
  Runner runner(request, std::move(scenarios));
  const auto results = runner.run();
  const auto not_run = runner.report().forget_unrun();
  const bool interrupted = Interruption::asked();
  std::fputs(summary(results, not_run, stopwatch.seconds()).c_str(), stdout);
  if (interrupted) {
    std::puts("interrupted: what had run to its end is reported");
  } else if (not_run > 0) {
    std::puts("--fail-fast: the rest was not run");
  }
  if (!request.journal.empty()) runner.write_journal();
  if (!hand_over(runner.report(), request, stopwatch.seconds()) && !interrupted) return Exit::environment;
  return exit_of(results, interrupted);
}

/// `included`: the files that the scenarios include are added.
Exit run_once(const RunRequest& request, std::set<fs::path>& included) {
  auto found = checked({request.paths, request.clips, request.library});
  if (!found) return Exit::usage;
  included.merge(found->included);
  if (!found->text.empty()) {
    std::fputs(found->text.c_str(), stderr);
    report::remove_reports(request.out);  // of a run before, which would be taken for this one's
    std::fprintf(stderr, "nothing was run: %zu of %zu files are broken\n", found->broken_files, found->files);
    return Exit::usage;
  }
  std::erase_if(found->scenarios, [&](const Scenario& scenario) { return !takes_part(scenario, request); });
  if (found->scenarios.empty()) {
    std::fputs("linecheck: no scenario matches the paths, tags, filter and kind of time given\n", stderr);
    return Exit::usage;
  }
  const auto all = found->scenarios.size();
  keep_shard(found->scenarios, request.shard);
  if (found->scenarios.empty()) {
    std::printf("note: shard %zu of %zu is empty: there are %zu scenarios\n", request.shard.number,
                request.shard.of, all);
    return Exit::passed;
  }
  apply_track_rules(found->scenarios, request.track_rules);
  return play(request, std::move(found->scenarios));
}

Exit run(RunOptions options) {
  if (!complete(options)) return Exit::usage;
  Interruption::watch();
  if (options.watch) return run_on_save(options.request, run_once);
  std::set<fs::path> included;
  return run_once(options.request, included);
}

void add_choice(CLI::App& command, RunOptions& options) {
  auto& request = options.request;
  command.add_option("--tags", request.selection.tags, "only scenarios with all of these tags")
      ->delimiter(',')
      ->allow_extra_args(false);
  command.add_option("--filter", request.selection.filter, "only scenarios whose name holds this text");
  command
      .add_option("--shard", options.shard, "I/N: the I-th of N parts, which together run everything once")
      ->check([](const std::string& text) {
        return parse_shard(text) ? std::string()
                                 : "expected I/N with I from 1 to N, as 2/5; found '" + text + "'";
      });
  command.add_option("--jobs", request.jobs, "scenarios at once (default: the cores; in real time 16)")
      ->check(whole_number);
  add_library_option(command, request.library);
  command.add_option("PATH", request.paths, "scenario files or folders");
}

void add_manner(CLI::App& command, RunOptions& options) {
  auto& request = options.request;
  command
      .add_option("--time", request.time,
                  "virtual: in this process, as fast as it goes (default); real: the real executable")
      ->check(CLI::IsMember({"virtual", "real"}));
  command
      .add_option("--level", request.level,
                  "virtual time: whole messages, or bytes with the real HTTP and WebSocket code over them")
      ->check(CLI::IsMember({"message", "byte"}))
      ->capture_default_str();
  command.add_option("--seed", request.seed, "wins over the scenarios' own seeds")->check(whole_number);
  command
      .add_option("--repeat", request.repeat,
                  "run each so often; in virtual time every repetition must be the same to the byte")
      ->check(CLI::Range(std::size_t{1}, std::size_t{1'000'000}));
  command.add_flag("--watch", options.watch, "then again whenever a scenario is saved: the one that was");
  command.add_flag("--fail-fast", request.fail_fast, "begin no other scenario once one has failed");
  command.add_flag("--strict", request.strict, "what cannot be asked of this bridge is a failure too");
}

void add_output(CLI::App& command, RunOptions& options) {
  auto& request = options.request;
  command.add_option("--journal", request.journal, "write everything that went over the wires to this file");
  command
      .add_option("--out", request.out,
                  "folder for report.html, junit.xml, results.json and a folder per kept scenario; '': none")
      ->capture_default_str();
  command
      .add_option("--keep", request.keep,
                  "of which scenarios wires, log, metrics and what was heard are kept as files")
      ->check(CLI::IsMember({"failed", "all"}))
      ->capture_default_str();
  command.add_option("--prometheus-input", request.prometheus_input,
                     "write scrapes and alerts, for `promtool test\nrules`, into this folder");
}

}  // namespace

void add_run(CLI::App& app, Surroundings surroundings, Exit& exit) {
  auto options = std::make_shared<RunOptions>();
  options->request.surroundings = std::move(surroundings);
  auto* command = app.add_subcommand(
      "run", "run scenarios: files or folders, without any those of\nlinecheck.yaml, else the library");
  add_choice(*command, *options);
  add_manner(*command, *options);
  add_bridge_options(*command, *options);
  add_output(*command, *options);
  command->callback([options, &exit] { exit = run(*options); });
}

}  // namespace scenarios::cli
