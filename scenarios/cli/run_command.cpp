#include "runtime/async/system_clock.hpp"
#include "scenarios/cli/commands.hpp"
#include "scenarios/cli/library.hpp"
#include "scenarios/cli/table.hpp"
#include "scenarios/engine/config_check.hpp"
#include "scenarios/engine/loader.hpp"
#include "scenarios/engine/promtool_input.hpp"
#include "scenarios/engine/result.hpp"
#include "scenarios/report/github.hpp"
#include "scenarios/report/report.hpp"

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <fstream>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

namespace scenarios::cli {
namespace fs = std::filesystem;
using engine::Result;
using engine::Scenario;
using engine::TimeMode;

namespace {

struct RunRequest {
  std::string time = "virtual";
  std::string level = "message";
  std::optional<std::uint64_t> seed;
  std::string journal;
  std::string out = "out";
  std::string keep = "failed";
  std::string prometheus_input;
  std::vector<std::string> tags;
  std::string filter;
  std::size_t jobs = 0;
  std::vector<std::string> paths;
  Surroundings surroundings;
  bool real() const { return time == "real"; }
};

/// Seconds of the machine's own time since it was made.
class Stopwatch {
 public:
  double seconds() const { return runtime::seconds(clock_.now() - begin_); }

 private:
  runtime::SystemClock clock_;
  runtime::TimePoint begin_ = clock_.now();
};

bool chosen(const Scenario& scenario, const RunRequest& request) {
  const bool time_fits = request.real() ? scenario.time.in_real : scenario.time.in_virtual;
  const bool tagged = std::all_of(request.tags.begin(), request.tags.end(), [&](const std::string& tag) {
    return std::find(scenario.tags.begin(), scenario.tags.end(), tag) != scenario.tags.end();
  });
  return time_fits && tagged && scenario.name.find(request.filter) != std::string::npos;
}

std::string bridge_name(const RunRequest& request) {
  return request.real() ? bridge_executable().string() : "linecheck-bridge, in this process, in virtual time";
}

constexpr runtime::Duration kScrapeInterval = std::chrono::seconds(15);  // as Prometheus is usually set

void keep_scrapes(const fs::path& folder, const Scenario& scenario, const engine::Performance& performance) {
  fs::create_directories(folder);
  std::ofstream(folder / (scenario.name + ".test.yml"))
      << engine::promtool_input(scenario, performance.conductor().scrapes(), kScrapeInterval);
}

/// Runs the scenarios on a few threads, each in a world of its own; prints each as it is done.
class Runner {
 public:
  Runner(const RunRequest& request, std::vector<Scenario> scenarios)
      : request_(request),
        scenarios_(std::move(scenarios)),
        results_(scenarios_.size()),
        journals_(scenarios_.size()),
        report_(report_settings(), scenarios_, again()) {}

  std::vector<Result> run() {
    const std::size_t usual = request_.real() ? 12 : std::max(1U, std::thread::hardware_concurrency());
    const std::size_t jobs = std::min(request_.jobs != 0 ? request_.jobs : usual, scenarios_.size());
    for (const auto& scenario : scenarios_) name_width_ = std::max(name_width_, scenario.name.size());
    std::fputs(table_header(name_width_).c_str(), stdout);
    std::vector<std::jthread> workers;
    for (std::size_t i = 0; i < jobs; ++i) workers.emplace_back([this] { work(); });
    workers.clear();
    return std::move(results_);
  }

  report::Report& what_is_left() { return report_; }

  void write_journal() const {
    std::ofstream file(request_.journal, std::ios::binary);
    for (const auto& journal : journals_) file << journal;
  }

 private:
  void work() {
    for (std::size_t i = next_++; i < scenarios_.size(); i = next_++) {
      results_[i] = one(i);
      const std::scoped_lock lock(print_);
      std::fputs(table_line(results_[i], name_width_, request_.surroundings.colour).c_str(), stdout);
      std::fflush(stdout);
    }
  }

  Result one(std::size_t number) {
    const Stopwatch stopwatch;
    const Scenario& scenario = scenarios_[number];
    const auto seed = request_.seed.value_or(scenario.seed);
    Result result;
    result.name = scenario.name;
    result.replay = "linecheck run --time " + request_.time + " --seed " + std::to_string(seed) +
                    " --filter '" + scenario.name + "' " + scenario.source->file().string();
    try {
      const auto performance = request_.real() ? engine::perform_real(scenario, seed, bridge_executable())
                                               : engine::perform_virtual(scenario, seed, virtual_options());
      auto replay = std::move(result.replay);
      result = engine::conclude(scenario, *performance);
      result.replay = std::move(replay);
      result.wall_seconds = stopwatch.seconds();
      if (!request_.journal.empty()) {
        journals_[number] = "{\"scenario\":\"" + scenario.name + "\",\"seed\":" + std::to_string(seed) +
                            "}\n" + performance->conductor().journal().text();
      }
      if (!request_.prometheus_input.empty()) keep_scrapes(request_.prometheus_input, scenario, *performance);
      report_.add(number, scenario, seed, *performance, result);
    } catch (const std::exception& error) {
      result.status = Result::Status::broken;
      result.failures.push_back(std::string("the harness failed: ") + error.what());
      result.wall_seconds = stopwatch.seconds();
      report_.add(number, scenario, seed, result);
    }
    return result;
  }

  report::Settings report_settings() const {
    report::Settings settings;
    settings.out = request_.out;
    settings.keep = request_.keep == "all" ? report::Keep::all : report::Keep::failed;
    settings.version = LINECHECK_VERSION;
    settings.bridge = bridge_name(request_);
    settings.time = request_.time;
    return settings;
  }

  /// Real time is not the same twice.
  report::Report::Again again() const {
    if (request_.real()) return {};
    return [this](const Scenario& scenario) {
      return engine::perform_virtual(scenario, request_.seed.value_or(scenario.seed), virtual_options());
    };
  }

  engine::VirtualOptions virtual_options() const {
    engine::VirtualOptions options;
    if (request_.level == "byte") options.level = runtime::sim::Level::byte;
    if (!request_.prometheus_input.empty()) options.keep_scrapes_every = kScrapeInterval;
    return options;
  }

  const RunRequest& request_;
  std::vector<Scenario> scenarios_;
  std::vector<Result> results_;
  std::vector<std::string> journals_;
  report::Report report_;
  std::size_t name_width_ = 0;
  std::atomic<std::size_t> next_{0};
  std::mutex print_;
};

Exit exit_of(const std::vector<Result>& results) {
  Exit exit = Exit::passed;
  for (const auto& result : results) {
    if (result.status == Result::Status::broken) return Exit::environment;
    if (result.status == Result::Status::failed) exit = Exit::failed;
  }
  return exit;
}

/// Writes the report and tells GitHub where it runs there. False: not everything could be written.
bool hand_over(report::Report& left, const RunRequest& request, double wall_seconds) {
  const auto& surroundings = request.surroundings;
  auto failure = left.write(wall_seconds);
  if (!failure && !request.out.empty())
    std::printf("report: %s\n", (fs::path(request.out) / "report.html").c_str());
  if (surroundings.github_actions) {
    const auto root =
        surroundings.github_workspace.empty() ? fs::current_path() : fs::path(surroundings.github_workspace);
    std::fputs(report::github_annotations(left.run(), root).c_str(), stdout);
  }
  if (!surroundings.github_step_summary.empty()) {
    std::ofstream summary(surroundings.github_step_summary, std::ios::binary | std::ios::app);
    summary << report::github_summary(left.run()) << std::flush;
    if (!summary) failure = surroundings.github_step_summary + " (GITHUB_STEP_SUMMARY) cannot be written";
  }
  if (failure) {
    std::fprintf(stderr, "linecheck: the report is incomplete: %s\n(--out DIR chooses another place)\n",
                 failure->c_str());
  }
  return !failure;
}

Exit run(RunRequest request) {
  if (request.real() && !request.prometheus_input.empty()) {
    std::fputs("linecheck: --prometheus-input needs --time virtual, where a scrape is on time\n", stderr);
    return Exit::usage;
  }
  if (request.paths.empty()) {
    const auto library = library_folder();
    if (library.empty()) {
      std::fputs("linecheck: no PATH was given, and no scenario library is beside this program\n", stderr);
      return Exit::usage;
    }
    request.paths.push_back(library.string());
  }
  engine::ClipLibrary clips;
  auto checked =
      engine::lint({request.paths.begin(), request.paths.end()}, clips, engine::check_bridge_config);
  if (!checked.text.empty()) {
    std::fputs(checked.text.c_str(), stderr);
    std::fprintf(stderr, "nothing was run: %zu of %zu files are broken\n", checked.broken_files,
                 checked.files);
    return Exit::usage;
  }
  std::erase_if(checked.scenarios, [&](const Scenario& scenario) { return !chosen(scenario, request); });
  if (checked.scenarios.empty()) {
    std::fputs("linecheck: no scenario matches the paths, tags, filter and kind of time given\n", stderr);
    return Exit::usage;
  }
  std::printf("bridge under test: %s\n", bridge_name(request).c_str());
  const Stopwatch stopwatch;
  Runner runner(request, std::move(checked.scenarios));
  const auto results = runner.run();
  std::fputs(summary(results, stopwatch.seconds()).c_str(), stdout);
  if (!request.journal.empty()) runner.write_journal();
  if (!hand_over(runner.what_is_left(), request, stopwatch.seconds())) return Exit::environment;
  return exit_of(results);
}

}  // namespace

void add_run(CLI::App& app, Surroundings surroundings, Exit& exit) {
  auto request = std::make_shared<RunRequest>();
  request->surroundings = std::move(surroundings);
  auto* command = app.add_subcommand("run", "run scenarios: files or folders, without any the library");
  command
      ->add_option("--time", request->time,
                   "virtual: in this process, as fast as it goes; real: the real executable")
      ->check(CLI::IsMember({"virtual", "real"}))
      ->capture_default_str();
  command
      ->add_option("--level", request->level,
                   "virtual time: whole messages, or bytes with the real HTTP and WebSocket code over them")
      ->check(CLI::IsMember({"message", "byte"}))
      ->capture_default_str();
  command->add_option("--seed", request->seed, "wins over the scenarios' own seeds");
  command->add_option("--journal", request->journal,
                      "write everything that went over the wires to this file");
  command
      ->add_option("--out", request->out,
                   "folder for report.html, junit.xml, results.json and a folder per kept scenario; '': none")
      ->capture_default_str();
  command
      ->add_option("--keep", request->keep,
                   "of which scenarios wires, log, metrics and what was heard are kept as files")
      ->check(CLI::IsMember({"failed", "all"}))
      ->capture_default_str();
  command->add_option("--prometheus-input", request->prometheus_input,
                      "write scrapes and alerts, for `promtool test\nrules`, into this folder");
  command->add_option("--tags", request->tags, "only scenarios with all of these tags")->delimiter(',');
  command->add_option("--filter", request->filter, "only scenarios whose name holds this text");
  command->add_option("--jobs", request->jobs, "scenarios at once (default: the cores; in real time 12)");
  command->add_option("PATH", request->paths, "scenario files or folders");
  command->callback([request, &exit] { exit = run(*request); });
}

}  // namespace scenarios::cli
