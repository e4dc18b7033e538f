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
#include <utility>

namespace scenarios::cli {
namespace fs = std::filesystem;
using engine::Scenario;

namespace {

/// The scenarios of a run, and those that it means and cannot run in its kind of time.
struct Plan {
  std::vector<Scenario> scenarios, other_time;
};

Plan plan_of(std::vector<Scenario> found, const RunRequest& request) {
  Plan plan;
  for (auto& scenario : found) {
    if (!selected(scenario, request.selection)) continue;
    const bool time_fits = request.real() ? scenario.time.in_real : scenario.time.in_virtual;
    (time_fits ? plan.scenarios : plan.other_time).push_back(std::move(scenario));
  }
  return plan;
}

std::string_view other_time(const RunRequest& request) {
  return request.real() ? "virtual" : "real";
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

void say_what_was_not_judged(const RunRequest& request, const Plan& plan, Exit exit,
                             const std::vector<engine::Result>& results) {
  if (!plan.other_time.empty()) {
    const std::string other(other_time(request));
    std::printf("%zu left out: %s time only (--time %s)\n", plan.other_time.size(), other.c_str(),
                other.c_str());
  }
  const bool nothing = std::ranges::all_of(results, [](const engine::Result& result) {
    return result.status == engine::Result::Status::not_applicable;
  });
  if (nothing && exit == Exit::environment)
    std::puts("nothing was judged: none of these scenarios can be asked of this bridge");
}

/// False: not everything that was to be kept could be written, which has been said.
bool keep(Runner& runner, const RunRequest& request, double wall_seconds) {
  const auto failure = request.journal.empty() ? std::nullopt : runner.write_journal();
  if (failure) std::fprintf(stderr, "linecheck: %s\n", failure->c_str());
  const bool handed = hand_over(runner.report(), request, wall_seconds);
  return handed && !failure;
}

Exit play(const RunRequest& request, Plan plan) {
  std::printf("bridge under test: %s\n", request.bridge_name().c_str());
  const Stopwatch stopwatch;
  Runner runner(request, std::move(plan.scenarios));
  for (const auto& scenario : plan.other_time) runner.report().add_other_time(scenario);
  const auto results = runner.run();
  const bool interrupted = Interruption::asked();
  const auto not_run = runner.report().end(interrupted);
  const Exit exit = exit_of(results, interrupted);
  std::fputs(summary(results, not_run, stopwatch.seconds()).c_str(), stdout);
  if (interrupted) {
    std::puts("interrupted: what had run to its end is reported");
  } else if (not_run > 0) {
    std::puts("--fail-fast: the rest was not run");
  }
  say_what_was_not_judged(request, plan, exit, results);
  const bool kept = keep(runner, request, stopwatch.seconds());
  // What is known of the bridge says more than that it could not be written down.
  return kept || exit != Exit::passed ? exit : Exit::environment;
}

/// Its report is written as well: an earlier one would be taken for it.
Exit play_nothing(const RunRequest& request, const Plan& plan, std::size_t all) {
  std::printf("note: shard %zu of %zu is empty: %s\n", request.shard.number, request.shard.of,
              all == 1 ? "there is 1 scenario" : ("there are " + std::to_string(all) + " scenarios").c_str());
  Runner runner(request, {});
  for (const auto& scenario : plan.other_time) runner.report().add_other_time(scenario);
  return keep(runner, request, 0) ? Exit::passed : Exit::environment;
}

Exit no_match(const RunRequest& request, const Plan& plan) {
  if (plan.other_time.empty()) {
    std::fputs("linecheck: no scenario matches the paths, tags and filter given\n", stderr);
  } else {
    const std::string other(other_time(request));
    std::fprintf(stderr, "linecheck: no scenario matches: %zu would, and run in %s time only (--time %s)\n",
                 plan.other_time.size(), other.c_str(), other.c_str());
  }
  return Exit::usage;
}

/// `known`: what the scenarios are made of is added.
Exit try_once(const RunRequest& request, Ingredients& known) {
  auto found = checked({request.paths, request.clips, request.library});
  if (!found) return Exit::usage;
  known.included.merge(found->included);
  known.sounds.merge(found->sounds);
  if (!found->text.empty()) {
    std::fputs(found->text.c_str(), stderr);
    std::fprintf(stderr, "nothing was run: %zu of %zu files are broken\n", found->broken_files, found->files);
    hand_over_problems(*found, request.surroundings);
    return Exit::usage;
  }
  auto plan = plan_of(std::move(found->scenarios), request);
  if (plan.scenarios.empty()) return no_match(request, plan);
  const auto all = plan.scenarios.size();
  keep_shard(plan.scenarios, request.shard);
  keep_shard(plan.other_time, request.shard);
  if (plan.scenarios.empty()) return play_nothing(request, plan, all);
  apply_track_rules(plan.scenarios, request.track_rules);
  return play(request, std::move(plan));
}

/// A pipeline uploads what it finds: what an earlier run left is none of this one's.
Exit nothing_run(const RunRequest& request) {
  if (!request.out.empty() && report::remove_report(request.out))
    std::fprintf(stderr, "the report of an earlier run was taken away from %s\n", request.out.c_str());
  return Exit::usage;
}

Exit run_once(const RunRequest& request) {
  Ingredients known;
  const Exit exit = try_once(request, known);
  return exit == Exit::usage ? nothing_run(request) : exit;
}

Exit run(RunOptions options) {
  if (!complete(options)) return nothing_run(options.request);
  Interruption::watch();
  // Its report stays through a half-finished save: whoever watches sees what was not run.
  if (options.watch) return run_on_save(options.request, try_once);
  return run_once(options.request);
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
                  "virtual time: whole messages, or bytes with the real HTTP and WebSocket code over them,\n"
                  "which a scenario with `visitors` has by itself")
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

void forget_report(const CLI::App& app) {
  const auto* command = app.get_subcommand("run");
  if (!command->parsed()) return;
  RunRequest request;
  const auto& given = command->get_option("--out")->results();
  if (!given.empty()) request.out = given.back();
  (void)nothing_run(request);
}

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
