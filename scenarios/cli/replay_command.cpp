#include "runtime/audio/clip.hpp"
#include "runtime/core/units.hpp"
#include "scenarios/cli/exit_code.hpp"
#include "scenarios/cli/interruption.hpp"
#include "scenarios/cli/library.hpp"
#include "scenarios/cli/recorded_files.hpp"
#include "scenarios/cli/recording_commands.hpp"
#include "scenarios/cli/run_options.hpp"
#include "scenarios/cli/shell_words.hpp"
#include "scenarios/cli/whole_number.hpp"
#include "scenarios/cli/workspace.hpp"
#include "scenarios/engine/clips.hpp"
#include "scenarios/engine/result.hpp"
#include "scenarios/engine/run.hpp"
#include "scenarios/engine/scratch_folder.hpp"
#include "scenarios/recording/comparison.hpp"
#include "scenarios/recording/scenario_text.hpp"
#include "scenarios/recording/wire_line.hpp"

#include <cstdio>
#include <filesystem>
#include <memory>
#include <optional>
#include <utility>

namespace scenarios::cli {
namespace fs = std::filesystem;

namespace {

struct ReplayRequest {
  RunOptions run;
  std::string what;
};

/// The recording: what was heard then.
std::optional<std::string> recorded_track(const engine::Scenario& scenario) {
  const auto name = recording::heard_clip(scenario.name);
  const auto found = engine::ClipLibrary(std::vector<fs::path>()).find(name, scenario.folder);
  const auto* file = std::get_if<fs::path>(&found);
  if (file != nullptr) {
    auto read = runtime::audio::read_track(*file);
    if (auto* clip = std::get_if<runtime::audio::Clip>(&read)) return std::move(clip->mulaw);
    std::fprintf(stderr, "linecheck: the recording of %s cannot be read: %s\n",
                 scenario.source->file().c_str(), std::get<std::string>(read).c_str());
    return std::nullopt;
  }
  std::fprintf(stderr, "linecheck: %s has no recording: clips/%s is not there (linecheck record writes it)\n",
               scenario.source->file().c_str(), name.c_str());
  return std::nullopt;
}

std::string recorded_verdict(const engine::Scenario& scenario) {
  for (const auto& expectation : scenario.expectations) {
    if (const auto* check = std::get_if<engine::VerdictCheck>(&expectation.check)) return check->verdict;
  }
  return {};
}

/// From the stream's start on, as a recording has it.
std::string track_now(const engine::Performance& performance) {
  std::string track;
  const auto calls = performance.conductor().twilio().calls();
  if (calls.empty() || calls.front()->stream() == nullptr) return track;
  const auto& call = *calls.front();
  for (const auto& piece : call.heard.pieces) {
    const auto samples =
        std::chrono::duration_cast<runtime::Samples8k>(piece.at - *call.stream()->started_at);
    if (samples.count() < 0) continue;  // before the stream: of another verb
    const auto at = runtime::mulaw_bytes(samples);
    if (at > track.size()) track.resize(at, runtime::audio::kMulawSilence);
    track += call.heard.bytes_of(piece);
  }
  return recording::one_zero(std::move(track));
}

std::vector<recording::NamedSound> replies_of(const engine::Scenario& scenario) {
  std::vector<recording::NamedSound> replies;
  for (const auto& rule : scenario.model.rules) {
    std::string mulaw;
    for (const auto& output : rule.reply.outputs) {
      if (const auto* speech = std::get_if<simulators::openai::Speech>(&output)) mulaw += speech->mulaw;
    }
    replies.push_back({rule.as, recording::one_zero(std::move(mulaw))});
  }
  return replies;
}

/// In one screen. True: nothing differs.
bool say(const engine::Scenario& scenario, const engine::Result& result,
         const recording::HeardDifference& heard) {
  const auto before = recorded_verdict(scenario);
  const std::string now = result.calls.empty() ? "" : result.calls.front().verdict;
  const bool same_verdict = before.empty() || before == now;
  std::printf("recorded: %-22s %zu sounds, %.2f s of them heard\n",
              before.empty() ? "(no verdict)" : before.c_str(), heard.sounds, heard.seconds);
  std::printf("now:      %-22s %zu sounds, %.2f s of them heard\n", now.c_str(), heard.sounds_now,
              heard.seconds_now);
  if (!same_verdict)
    std::printf("verdict:  it was %s, now it is %s\n", before.c_str(), result.verdict.c_str());
  if (!heard.first.empty()) std::printf("heard:    the first difference: %s\n", heard.first.c_str());
  if (!result.failures.empty())
    std::printf("expected: %zu failed, the first:\n%s\n", result.failures.size(),
                result.failures.front().c_str());
  const bool same = same_verdict && heard.first.empty();
  if (same && engine::good(result.status)) std::puts("the same verdict, and the same was heard");
  return same;
}

Exit replay_scenario(const RunRequest& request, const engine::Scenario& scenario, bool keeps_file) {
  const auto recorded = recorded_track(scenario);
  if (!recorded) return Exit::usage;
  if (request.other) {
    if (const auto reason = engine::beyond_other_bridges(scenario, *request.other); !reason.empty()) {
      std::fprintf(stderr, "linecheck: it cannot be asked of this bridge: %s\n", reason.c_str());
      return Exit::usage;
    }
  }
  std::printf("bridge under test: %s\n", request.bridge_name().c_str());
  std::fflush(stdout);
  const auto seed = request.seed.value_or(scenario.seed);
  const engine::RealOptions real{bridge_executable(), request.other, [] { return Interruption::asked(); }};
  const auto performance = request.real() ? engine::perform_real(scenario, seed, real)
                                          : engine::perform_virtual(scenario, seed, {});
  if (performance->conductor().interrupted()) return Exit::interrupted;
  const auto result = engine::conclude(scenario, *performance);
  const auto heard = recording::compare_heard(*recorded, track_now(*performance), replies_of(scenario));
  const bool same = say(scenario, result, heard);
  const auto exit = exit_of({result}, false);
  // What differs is known even where none of the expectations can be asked of this bridge.
  const bool unknown = result.status == engine::Result::Status::broken ||
                       result.status == engine::Result::Status::inconclusive;
  if (unknown || (same && exit == Exit::environment)) return exit;
  if (same && exit == Exit::passed) return exit;
  if (keeps_file)
    std::printf("to see and hear it: linecheck run%s%s --keep all %s\n", request.bridge_words.c_str(),
                request.real() && !request.other ? " --time real" : "",
                in_shell(scenario.source->file().string()).c_str());
  return Exit::failed;
}

Exit replay(ReplayRequest request) {
  if (!complete(request.run)) return Exit::usage;
  Interruption::watch();
  fs::path file = request.what;
  std::optional<engine::ScratchFolder> passing;
  std::error_code error;
  if (fs::is_directory(file, error) || file.extension() == ".jsonl") {
    const auto recorded = read_recorded(file);
    if (const auto* wrong = std::get_if<std::string>(&recorded)) {
      std::fprintf(stderr, "linecheck: %s\n", wrong->c_str());
      return Exit::usage;
    }
    passing.emplace();
    file = passing->path() / "recording.yaml";
    std::size_t notes = 0;
    const RecordTo to{file, 1, false};
    if (const auto exit = write_recorded(std::get<Recorded>(recorded), to, notes); exit != Exit::passed)
      return exit;
  }
  const auto found = checked({{file.string()}, request.run.request.clips});
  if (!found) return Exit::usage;
  if (!found->text.empty()) {
    std::fputs(found->text.c_str(), stderr);
    return Exit::usage;
  }
  if (found->scenarios.size() != 1) {
    std::fprintf(stderr, "linecheck: %s holds %zu scenarios, and a recording is one\n", file.c_str(),
                 found->scenarios.size());
    return Exit::usage;
  }
  return replay_scenario(request.run.request, found->scenarios.front(), !passing);
}

}  // namespace

void add_replay(CLI::App& app, Exit& exit) {
  auto request = std::make_shared<ReplayRequest>();
  auto* command = app.add_subcommand("replay", "run a recorded call again, and say what differs from it");
  command->footer(
      "Runs the scenario that `linecheck record` wrote, and compares: the same verdict,\n"
      "and the same sounds out of the caller's phone, in the same order, none of them\n"
      "cut shorter. When they were heard may differ. It says where the first difference\n"
      "is; all of its expectations are judged as `linecheck run` judges them.\n"
      "  linecheck record --from out/my -o again.yaml && linecheck replay again.yaml\n"
      "  linecheck replay --bridge-url http://127.0.0.1:8080 again.yaml\n"
      "Exit codes: 0 the same, 1 something differs, 2 no recording or bad usage,\n"
      "3 the harness or its environment failed, 130 interrupted.");
  command->add_option("RECORDING", request->what, "NAME.yaml, or out/SCENARIO as a run left it")->required();
  command
      ->add_option("--time", request->run.request.time,
                   "virtual: in this process (default); real: the real executable")
      ->check(CLI::IsMember({"virtual", "real"}));
  command->add_option("--seed", request->run.request.seed, "wins over the scenario's own")
      ->check(whole_number);
  add_bridge_options(*command, request->run);
  command->callback([request, &exit] { exit = replay(*request); });
}

}  // namespace scenarios::cli
