#pragma once
#include "scenarios/engine/run.hpp"
#include "scenarios/engine/scenario.hpp"
#include "scenarios/report/record.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace scenarios::report {

/// Of which scenarios wires, log, metrics and sound are kept as files.
enum class Keep { failed, all };

struct Settings {
  std::filesystem::path out;  // empty: nothing is written, and what happened is only recorded
  Keep keep = Keep::failed;
  /// Of the folders' files in all; a scenario beyond leaves none, which a note of its says.
  std::uintmax_t most_kept_bytes = 1U << 30U;
  std::string version;  // of linecheck
  std::string bridge;   // the one under test
  std::string time;     // virtual, real
};

/// What a run leaves: out/{junit.xml,results.json,report.html,SCENARIO/{heard.wav,wires.jsonl,bridge.log,
/// metrics.prom}}. add() comes from any thread, once for each scenario; the rest before or after all of them.
class Report {
 public:
  /// Plays a scenario that failed once more, with metrics watched over time that cost too much to watch
  /// always. Null where a repetition need not be the same.
  using Again = std::function<std::unique_ptr<engine::Performance>(const engine::Scenario&)>;

  /// `scenarios`: those that will run, in their order.
  Report(Settings settings, const std::vector<engine::Scenario>& scenarios, Again again);

  void add(std::size_t number, const engine::Scenario& scenario, std::uint64_t seed,
           const engine::Performance& performance, engine::Result result);
  /// One that the harness could not play.
  void add(std::size_t number, const engine::Scenario& scenario, std::uint64_t seed, engine::Result result);

  /// One that was meant, and makes sense in the other kind of time alone.
  void add_other_time(const engine::Scenario& scenario);
  /// The run has ended, by itself or not; those that it never came to are listed apart. Gives their number.
  std::size_t end(bool interrupted);

  /// Writes what is about all of them. The error names the file that could not be written, of the folders'
  /// too.
  std::optional<std::string> write(double wall_seconds);
  const RunRecord& run() const { return run_; }
  /// Scenarios that left no folder because there was no room for it.
  std::size_t without_room() const { return without_room_; }

 private:
  ScenarioRecord& record(std::size_t number, const engine::Scenario& scenario, std::uint64_t seed,
                         engine::Result result);
  bool to_be_kept(const ScenarioRecord& record) const;
  void keep_folder(ScenarioRecord& record, const engine::Performance& performance);
  std::string story(const engine::Scenario& scenario, const ScenarioRecord& record,
                    const engine::Performance& performance);
  void note(std::optional<std::string> failure);

  Settings settings_;
  Again again_;
  RunRecord run_;
  std::atomic<std::size_t> story_bytes_{0};
  std::atomic<std::size_t> repeated_{0};
  std::atomic<std::uintmax_t> kept_bytes_{0};
  std::atomic<std::size_t> without_room_{0};
  std::mutex failure_mutex_;
  std::optional<std::string> failure_;
};

/// Takes away what an earlier run left in `out` that is about all of its scenarios; a run that never began
/// would seem to have written it. False: nothing was there.
bool remove_report(const std::filesystem::path& out);

/// The metrics that say most of a call's course, and those that `scenario` asks about.
std::set<std::string> telling_metrics(const engine::Scenario& scenario);

}  // namespace scenarios::report
