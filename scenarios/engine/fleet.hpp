#pragma once
#include "runtime/async/clock.hpp"
#include "runtime/async/task_group.hpp"
#include "runtime/net/network.hpp"
#include "scenarios/engine/bridge_plan.hpp"
#include "scenarios/engine/bridge_under_test.hpp"
#include "scenarios/engine/holds.hpp"
#include "scenarios/engine/promql/exposition.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace scenarios::engine {

/// Where one replica is found.
struct ReplicaAddress {
  runtime::net::Url public_base;  // of its webhooks and streams
  runtime::net::Url admin_base;   // of its /metrics and /readyz; no host: unknown
};

/// All processes of the bridge in one run: what they said and counted, also those that have ended.
///
/// Counters are what a Prometheus would add up that scrapes as often as expectations are looked at: those of
/// a process that has ended stay as they were last seen, and of one started again under its number they go
/// on from there. Gauges end with their process. What a killed process counted since it was last looked at is
/// lost, as it would be.
class Fleet {
 public:
  /// One process of replica `number`.
  using Make = std::function<std::unique_ptr<BridgeUnderTest>(std::size_t number)>;
  /// `scraped` is told the whole text of each process's /metrics, each time.
  using Scraped = std::function<void(std::string_view text)>;
  Fleet(boost::asio::any_io_executor executor, runtime::Clock& clock, const BridgePlan& plan, Make make,
        Scraped scraped = {});

  /// Starts a process of `number`; the error says what to do.
  boost::asio::awaitable<std::optional<std::string>> start(std::size_t number, std::string config,
                                                           ReplicaAddress address);
  /// False: no process of that number runs.
  bool terminate(std::size_t number);
  bool kill(std::size_t number);
  /// It runs nothing `until` then, at the earliest.
  bool hold(std::size_t number, runtime::TimePoint until);
  /// Unless another hold of it goes on.
  void let_go(std::size_t number);
  /// When the last of those that are held is to be let go; the beginning of time: none is.
  runtime::TimePoint held_until() const;
  void let_all_go();
  /// The error says why it cannot be told to.
  std::optional<std::string> reload(std::size_t number, std::string config);

  /// The text of everybody's /metrics, of it the series named `only`; with several replicas each series
  /// carries the label `replica`.
  boost::asio::awaitable<std::string> scrape(const promql::Names* only = nullptr);
  /// Asks all that run for a polite end and waits for it.
  boost::asio::awaitable<void> stop();

  struct Replica {
    std::size_t number = 1;
    ReplicaAddress address;
    std::deque<std::unique_ptr<BridgeUnderTest>> processes;  // the last may run
    std::string last_scrape;                                 // of a process that runs
    promql::Samples counted;                                 // by those that have ended
    std::vector<runtime::TimePoint> killed_at;
    runtime::TimePoint held_until{};  // the process that runs
    std::string admin_authorization;  // that it asked for when it was started; empty: none
    bool running() const { return !processes.empty() && processes.back()->running(); }
  };
  /// In the order of their numbers.
  const std::map<std::size_t, Replica>& replicas() const { return replicas_; }
  std::optional<int> exit_code(std::size_t number) const;
  /// A process was killed between `from` and `to`.
  bool killed_between(runtime::TimePoint from, runtime::TimePoint to) const;
  /// When a process, whichever, was held up.
  const Holds& holds() const { return holds_; }
  /// Of all processes, in the order of time.
  std::deque<LogLine> log() const;

 private:
  Replica* running(std::size_t number);
  void settle(Replica& replica);
  std::string text_of(const Replica& replica, const promql::Names* only) const;

  boost::asio::any_io_executor executor_;
  runtime::Clock& clock_;
  const BridgePlan& plan_;
  Make make_;
  Scraped scraped_;
  std::map<std::size_t, Replica> replicas_;
  Holds holds_;
};

}  // namespace scenarios::engine
