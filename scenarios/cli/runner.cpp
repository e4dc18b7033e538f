#include "scenarios/cli/runner.hpp"

#include "runtime/async/system_clock.hpp"
#include "scenarios/cli/interruption.hpp"
#include "scenarios/cli/library.hpp"
#include "scenarios/cli/longest_first.hpp"
#include "scenarios/cli/repetition.hpp"
#include "scenarios/cli/shell_words.hpp"
#include "scenarios/cli/stopwatch.hpp"
#include "scenarios/cli/table.hpp"
#include "scenarios/engine/known_failing.hpp"
#include "scenarios/engine/promtool.hpp"
#include "scenarios/engine/promtool_input.hpp"
#include "scenarios/engine/result.hpp"
#include "scenarios/report/github.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <locale>
#include <numeric>
#include <thread>
#include <utility>

namespace scenarios::cli {
namespace fs = std::filesystem;
using engine::Performance;
using engine::Result;
using engine::Scenario;

namespace {

constexpr std::size_t kRealAtOnce = 16;

void keep_scrapes(const fs::path& folder, const Scenario& scenario, const Performance& performance) {
  fs::create_directories(folder);
  std::ofstream(folder / (scenario.name + ".test.yml"))
      << engine::promtool_input(scenario, performance.conductor().scrapes(), engine::kScrapeInterval);
}

engine::VirtualOptions virtual_options(const RunRequest& request) {
  engine::VirtualOptions options;
  if (request.level == "byte") options.level = runtime::sim::Level::byte;
  options.keep_scrapes = !request.prometheus_input.empty();
  return options;
}

engine::RealOptions real_options(const RunRequest& request) {
  return {bridge_executable(), request.other, [] { return Interruption::asked(); }};
}

report::Settings report_settings(const RunRequest& request) {
  report::Settings settings;
  settings.out = request.out;
  settings.keep = request.keep == "all" ? report::Keep::all : report::Keep::failed;
  settings.version = LINECHECK_VERSION;
  settings.bridge = request.bridge_name();
  settings.time = request.time;
  return settings;
}

/// Real time is not the same twice.
report::Report::Again again(const RunRequest& request) {
  if (request.real()) return {};
  return [&request](const Scenario& scenario) {
    return engine::perform_virtual(scenario, request.seed.value_or(scenario.seed), virtual_options(request));
  };
}

/// A bridge that runs already has the one address of the fakes; one of somebody else's may take its time to
/// start.
std::size_t usual_jobs(const RunRequest& request) {
  const std::size_t cores = std::max(1U, std::thread::hardware_concurrency());
  if (!request.other) return request.real() ? kRealAtOnce : cores;
  const bool fixed = !request.other->by_command() || request.other->openai_port != 0;
  return fixed ? 1 : cores;
}

/// libstdc++ keeps what regular expressions ask of a locale in a table that it fills on the way, without a
/// lock: it is full before there are threads.
void fill_narrow_table() {
  const std::locale locale;
  const auto& table = std::use_facet<std::ctype<char>>(locale);
  for (int c = 1; c < 256; ++c) (void)table.narrow(static_cast<char>(c), '\0');
}

}  // namespace

Runner::Runner(const RunRequest& request, std::vector<Scenario> scenarios)
    : request_(request),
      scenarios_(std::move(scenarios)),
      results_(scenarios_.size()),
      journals_(scenarios_.size()),
      report_(report_settings(request), scenarios_, again(request)),
      progress_(request.surroundings.terminal, scenarios_.size()) {
  name_width_ = std::string_view("scenario").size();
  for (const auto& scenario : scenarios_) name_width_ = std::max(name_width_, scenario.name.size());
}

std::vector<Result> Runner::run() {
  fill_narrow_table();
  std::fputs(table_header(name_width_).c_str(), stdout);
  std::fflush(stdout);
  const std::size_t wanted = request_.jobs != 0 ? request_.jobs : usual_jobs(request_);
  order_.resize(scenarios_.size());
  std::iota(order_.begin(), order_.end(), std::size_t{0});
  if (request_.real() && wanted > 1) longest_first(order_, scenarios_);
  std::vector<std::jthread> workers;
  for (std::size_t i = 0; i < std::min(wanted, scenarios_.size()); ++i)
    workers.emplace_back([this] { work(); });
  workers.clear();
  progress_.clear();
  std::vector<Result> done;
  for (auto& result : results_) {
    if (result) done.push_back(std::move(*result));
  }
  return done;
}

bool Runner::goes_on() const {
  return !Interruption::asked() && !(request_.fail_fast && failed_);
}

void Runner::work() {
  while (goes_on()) {
    const std::size_t place = next_++;
    if (place >= order_.size()) return;
    const std::size_t number = order_[place];
    {
      const std::scoped_lock lock(print_);
      progress_.begin(scenarios_[number].name);
    }
    results_[number] = play(number);
    const auto& result = results_[number];
    if (result && !engine::good(result->status)) failed_ = true;
    const std::scoped_lock lock(print_);
    progress_.end(scenarios_[number].name);
    if (result) print(*result);
  }
}

void Runner::print(const Result& result) {
  progress_.clear();
  std::string text = table_line(result, name_width_, request_.surroundings.colour);
  if (request_.surroundings.github_actions) text = report::without_commands(text);
  std::fwrite(text.data(), 1, text.size(), stdout);
  std::fflush(stdout);
  progress_.draw();
}

/// Nullopt: it was interrupted.
std::optional<Result> Runner::play(std::size_t number) {
  const Scenario& scenario = scenarios_[number];
  const auto seed = request_.seed.value_or(scenario.seed);
  Result result;
  result.name = scenario.name;
  const auto reason = request_.other ? engine::beyond_other_bridges(scenario, *request_.other)
                                     : engine::beyond_the_track_rules(scenario);
  if (!reason.empty()) {
    result.status = Result::Status::not_applicable;
    result.notes.push_back("not applicable: " + reason);
    if (request_.strict) engine::settle_strictly(result);
    report_.add(number, scenario, seed, result);
    return result;
  }
  try {
    return repeat(number, seed);
  } catch (const std::exception& error) {
    result.status = Result::Status::broken;
    result.failures.push_back(std::string("the harness failed: ") + error.what());
    report_.add(number, scenario, seed, result);
    return result;
  }
}

/// As often as was asked for. What does not pass ends it, and is the result.
std::optional<Result> Runner::repeat(std::size_t number, std::uint64_t seed) {
  const Stopwatch stopwatch;
  std::string first_journal;
  for (std::size_t repetition = 1;; ++repetition) {
    const auto performance = perform(scenarios_[number], seed);
    if (performance->conductor().interrupted()) return std::nullopt;
    Result result = judged(number, seed, *performance);
    result.wall_seconds = stopwatch.seconds();
    if (request_.repeat > 1 && !request_.real()) {
      auto journal = performance->conductor().journal().text();
      const auto difference = repetition == 1 ? std::nullopt : first_difference(first_journal, journal);
      if (difference) differ(result, repetition, *difference);
      if (repetition == 1) first_journal = std::move(journal);
    }
    const bool over = repetition >= request_.repeat || !goes_on();
    const bool same_again = !request_.real() && result.status != Result::Status::not_deterministic;
    if (!over && (engine::good(result.status) || same_again)) continue;
    if (repetition > 1 && !engine::good(result.status) && !same_again)
      result.notes.push_back("in repetition " + std::to_string(repetition) + " of " +
                             std::to_string(request_.repeat));
    keep(number, seed, *performance, result);
    return result;
  }
}

/// Nullopt: nothing is expected of them.
std::optional<engine::RaisedAlerts> Runner::alerts(const Scenario& scenario,
                                                   const Performance& performance) const {
  if (!engine::names_alerts(scenario.expectations)) return std::nullopt;
  const auto& conductor = performance.conductor();
  engine::RaisedAlerts raised;
  if (request_.prometheus_input.empty())
    return engine::ask_promtool(conductor.scrapes(), conductor.last_scrape(), scenario.name);
  raised.unknown = "promtool is to judge it, on what --prometheus-input writes";
  return raised;
}

Result Runner::judged(std::size_t number, std::uint64_t seed, const Performance& performance) {
  const Scenario& scenario = scenarios_[number];
  const auto raised = alerts(scenario, performance);
  Result result = engine::conclude(scenario, performance, raised ? &*raised : nullptr);
  if (request_.other && scenario.bridge_config != "{}")
    result.notes.push_back("its bridge: config was not applied: it is linecheck-bridge's");
  engine::settle_known_failing(scenario, runtime::SystemClock().wall_now(), result);
  if (request_.strict) engine::settle_strictly(result);
  result.replay = replay_command(scenario, seed);
  return result;
}

void Runner::differ(Result& result, std::size_t repetition, const std::string& difference) const {
  result.status = Result::Status::not_deterministic;
  result.failures = {"not deterministic: one seed gave two runs, the first and repetition " +
                     std::to_string(repetition) + ", which is a bug of linecheck; " + difference};
}

void Runner::keep(std::size_t number, std::uint64_t seed, const Performance& performance,
                  const Result& result) {
  const Scenario& scenario = scenarios_[number];
  if (!request_.journal.empty()) {
    journals_[number] = "{\"scenario\":\"" + scenario.name + "\",\"seed\":" + std::to_string(seed) + "}\n" +
                        performance.conductor().journal().text();
  }
  if (!request_.prometheus_input.empty()) keep_scrapes(request_.prometheus_input, scenario, performance);
  report_.add(number, scenario, seed, performance, result);
}

std::string Runner::replay_command(const Scenario& scenario, std::uint64_t seed) const {
  std::string how = request_.bridge_words;
  if (!request_.other) how += " --time " + request_.time;
  if (request_.level != RunRequest().level) how += " --level " + request_.level;
  if (request_.strict) how += " --strict";
  return "linecheck run" + how + " --seed " + std::to_string(seed) + " --filter '" + scenario.name + "' " +
         in_shell(scenario.source->file().string());
}

std::unique_ptr<Performance> Runner::perform(const Scenario& scenario, std::uint64_t seed) const {
  return request_.real() ? engine::perform_real(scenario, seed, real_options(request_))
                         : engine::perform_virtual(scenario, seed, virtual_options(request_));
}

std::optional<std::string> Runner::write_journal() const {
  std::ofstream file(request_.journal, std::ios::binary);
  for (const auto& journal : journals_) file << journal;
  file.close();
  if (file) return std::nullopt;
  return request_.journal + " (--journal) cannot be written: " + std::strerror(errno);
}

}  // namespace scenarios::cli
