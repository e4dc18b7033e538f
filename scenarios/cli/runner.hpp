#pragma once
#include "scenarios/cli/progress.hpp"
#include "scenarios/cli/run_request.hpp"
#include "scenarios/engine/run.hpp"
#include "scenarios/report/report.hpp"

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace scenarios::cli {

/// Runs scenarios on a few threads, each in a world of its own; prints each as it is done. Ends early when it
/// is interrupted, and with fail_fast when one has failed.
class Runner {
 public:
  /// `request` outlives it.
  Runner(const RunRequest& request, std::vector<engine::Scenario> scenarios);

  /// Of those that ran to their end, in their order.
  std::vector<engine::Result> run();
  report::Report& report() { return report_; }
  /// The error names the file and what the system said.
  std::optional<std::string> write_journal() const;

 private:
  void work();
  bool goes_on() const;
  std::optional<engine::Result> play(std::size_t number);
  std::optional<engine::Result> repeat(std::size_t number, std::uint64_t seed);
  std::optional<engine::RaisedAlerts> alerts(const engine::Scenario& scenario,
                                             const engine::Performance& performance) const;
  engine::Result judged(std::size_t number, std::uint64_t seed, const engine::Performance& performance);
  void differ(engine::Result& result, std::size_t repetition, const std::string& difference) const;
  void keep(std::size_t number, std::uint64_t seed, const engine::Performance& performance,
            const engine::Result& result);
  void print(const engine::Result& result);
  std::string replay_command(const engine::Scenario& scenario, std::uint64_t seed) const;
  std::unique_ptr<engine::Performance> perform(const engine::Scenario& scenario, std::uint64_t seed) const;

  const RunRequest& request_;
  std::vector<engine::Scenario> scenarios_;
  std::vector<std::optional<engine::Result>> results_;
  std::vector<std::string> journals_;
  report::Report report_;
  std::size_t name_width_ = 0;
  std::vector<std::size_t> order_;    // in which they begin: numbers of scenarios
  std::atomic<std::size_t> next_{0};  // of the order
  std::atomic<bool> failed_{false};
  std::mutex print_;
  Progress progress_;
};

}  // namespace scenarios::cli
