#include "scenarios/report/report.hpp"

#include "scenarios/engine/promql/query.hpp"
#include "scenarios/report/folder.hpp"
#include "scenarios/report/junit.hpp"
#include "scenarios/report/page.hpp"
#include "scenarios/report/redact.hpp"
#include "scenarios/report/results_json.hpp"
#include "scenarios/report/story.hpp"

#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <system_error>
#include <utility>
#include <variant>

namespace scenarios::report {
namespace {

using engine::Result;
namespace fs = std::filesystem;
constexpr std::size_t kMostFullStories = 48U << 20U;  // bytes of them in the page; the rest are slim
constexpr std::size_t kMostRepeated = 20;             // scenarios played once more
constexpr std::size_t kLooksAPoint = 4;               // of a drawn course
constexpr auto kJunit = "junit.xml", kResults = "results.json", kPage = "report.html";

/// A name for each, unlike the others'.
std::vector<std::string> keys_of(const std::vector<engine::Scenario>& scenarios) {
  std::set<std::string> taken;
  std::vector<std::string> keys;
  for (const auto& scenario : scenarios) {
    const std::string plain = folder_name(scenario.name);
    std::string key = plain;
    for (std::size_t n = 2; !taken.insert(key).second; ++n) key = plain + "-" + std::to_string(n);
    keys.push_back(std::move(key));
  }
  return keys;
}

std::optional<std::string> write_report_page(const fs::path& file, const RunRecord& run) {
  std::ofstream out(file, std::ios::binary | std::ios::trunc);
  write_page(out, run);
  out.close();
  if (out) return std::nullopt;
  return file.string() + " cannot be written: " + std::strerror(errno);
}

}  // namespace

std::set<std::string> telling_metrics(const engine::Scenario& scenario) {
  std::set<std::string> names{"fake_openai_audio_bytes_received_total",
                              "fake_openai_audio_bytes_sent_total",
                              "fake_twilio_audio_bytes_received_total",
                              "caller_heard_speech_seconds",
                              "voicebridge_queued_audio_samples",
                              "voicebridge_twilio_unacked_bytes",
                              "voicebridge_calls_silent",
                              "voicebridge_clears_sent_total"};
  for (const auto& expectation : scenario.expectations) {
    const auto* check = std::get_if<engine::QueryCheck>(&expectation.check);
    if (check == nullptr || check->query == nullptr) continue;
    for (const auto& name : check->query->metric_names()) names.insert(name);
  }
  return names;
}

Report::Report(Settings settings, const std::vector<engine::Scenario>& scenarios, Again again)
    : settings_(std::move(settings)), again_(std::move(again)) {
  run_.version = settings_.version;
  run_.bridge = redacted(settings_.bridge);  // its command may hold a key
  run_.time = settings_.time;
  run_.scenarios.resize(scenarios.size());
  auto keys = keys_of(scenarios);
  for (std::size_t i = 0; i < keys.size(); ++i) {
    auto& planned = run_.scenarios[i];
    planned.key = std::move(keys[i]);
    planned.source = scenarios[i].source;
    planned.result.name = scenarios[i].name;
  }
}

ScenarioRecord& Report::record(std::size_t number, const engine::Scenario& scenario, std::uint64_t seed,
                               Result result) {
  auto& record = run_.scenarios[number];
  record.ran = true;
  record.about = redacted(scenario.about);
  record.tags = scenario.tags;
  record.source = scenario.source;
  record.seed = seed;
  record.result = redacted(std::move(result));
  return record;
}

void Report::add(std::size_t number, const engine::Scenario& scenario, std::uint64_t seed,
                 const engine::Performance& performance, Result result) {
  auto& made = record(number, scenario, seed, std::move(result));
  if (settings_.out.empty()) return;
  keep_folder(made, performance);
  made.story = story(scenario, made, performance);
  story_bytes_ += made.story.size();
}

void Report::add(std::size_t number, const engine::Scenario& scenario, std::uint64_t seed, Result result) {
  auto& made = record(number, scenario, seed, std::move(result));
  if (settings_.out.empty()) return;
  remove_folder(settings_.out / made.key);
  made.story = tell(made.result);
}

bool Report::to_be_kept(const ScenarioRecord& record) const {
  const bool nothing_wrong = record.result.status == Result::Status::passed ||
                             record.result.status == Result::Status::not_applicable;
  return settings_.keep == Keep::all || !nothing_wrong;
}

/// What an earlier run left of one that leaves nothing now would be taken for this run's.
void Report::keep_folder(ScenarioRecord& record, const engine::Performance& performance) {
  const auto folder = settings_.out / record.key;
  const bool wanted = to_be_kept(record);
  record.kept_folder = wanted && kept_bytes_ < settings_.most_kept_bytes;
  if (!record.kept_folder) {
    remove_folder(folder);
  } else {
    note(write_folder(folder, performance, record.result));
    kept_bytes_ += folder_bytes(folder);
  }
  if (!wanted || record.kept_folder) return;
  ++without_room_;
  record.result.notes.push_back(
      fmt::format("its files are not kept: the folders before it take {} MiB; run alone it leaves them",
                  kept_bytes_.load() >> 20U));
}

std::string Report::story(const engine::Scenario& scenario, const ScenarioRecord& record,
                          const engine::Performance& performance) {
  const auto& conductor = performance.conductor();
  const auto tell_with = [&](const engine::Conductor& watched, const Depth& depth) {
    return tell(record.result, performance, watched.timeline().points(), watched.started_at(), depth);
  };
  const bool wanted = to_be_kept(record) && story_bytes_ < kMostFullStories;
  if (!wanted) return tell_with(conductor, slim_depth());
  const bool failed =
      record.result.status == Result::Status::failed || record.result.status == Result::Status::known_failing;
  if (!failed || !again_ || repeated_++ >= kMostRepeated) return tell_with(conductor, full_depth());
  engine::Scenario watched = scenario;
  watched.watched = telling_metrics(scenario);
  const auto looks = static_cast<std::int64_t>(kLooksAPoint * full_depth().bounds.points);
  watched.watched_every = (conductor.finished_at() - conductor.started_at()) / looks;
  const auto repetition = again_(watched);
  return tell_with(repetition->conductor(), full_depth());
}

void Report::note(std::optional<std::string> failure) {
  if (!failure) return;
  const std::scoped_lock lock(failure_mutex_);
  if (!failure_) failure_ = std::move(failure);
}

void Report::add_other_time(const engine::Scenario& scenario) {
  const std::string_view its = scenario.time.in_real ? "real" : "virtual";
  run_.unrun.push_back(
      {scenario.name, scenario.source, Unrun::Why::other_time, std::string(its) + " time only"});
}

std::size_t Report::end(bool interrupted) {
  run_.interrupted = interrupted;
  for (const auto& record : run_.scenarios) {
    if (!record.ran)
      run_.unrun.push_back({record.result.name, record.source, Unrun::Why::not_reached, "not run"});
  }
  return std::erase_if(run_.scenarios, [](const ScenarioRecord& record) { return !record.ran; });
}

std::optional<std::string> Report::write(double wall_seconds) {
  run_.wall_seconds = wall_seconds;
  if (settings_.out.empty()) return std::nullopt;
  std::error_code error;
  fs::create_directories(settings_.out, error);
  if (error) return settings_.out.string() + " cannot be made: " + error.message();
  note(write_file(settings_.out / kJunit, junit_xml(run_)));
  note(write_file(settings_.out / kResults, results_json(run_)));
  note(write_report_page(settings_.out / kPage, run_));
  return failure_;
}

bool remove_report(const fs::path& out) {
  bool found = false;
  std::error_code ignored;
  for (const auto* file : std::array{kJunit, kResults, kPage}) found |= fs::remove(out / file, ignored);
  return found;
}

}  // namespace scenarios::report
