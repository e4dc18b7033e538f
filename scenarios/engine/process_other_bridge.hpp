#pragma once
#include "runtime/net/network.hpp"
#include "scenarios/engine/other_bridge.hpp"
#include "scenarios/engine/process_child.hpp"

#include <string>
#include <vector>

namespace scenarios::engine {

/// Somebody else's bridge. Ready when it answers HTTP; nothing else is asked of it.
class ProcessOtherBridge final : public BridgeUnderTest {
 public:
  struct Surroundings {
    runtime::net::Url base;                // where it answers
    std::vector<std::string> environment;  // NAME=VALUE, for its command
    runtime::Duration ready_within = std::chrono::seconds(30);
    runtime::Duration gone_within = std::chrono::seconds(5);
  };
  ProcessOtherBridge(boost::asio::any_io_executor executor, runtime::Clock& clock,
                     runtime::net::Network& network, OtherBridge other, Surroundings surroundings);

  std::string name() const override { return other_.name(); }
  /// linecheck-bridge's configuration means nothing to it.
  boost::asio::awaitable<std::optional<std::string>> start(std::string config) override;
  boost::asio::awaitable<std::string> scrape() override;
  std::optional<std::string> reload(std::string) override {
    return "only linecheck-bridge is configured by the scenario, and can be told to reload";
  }
  void terminate() override { child_.terminate(); }
  void kill() override { child_.kill(); }
  void hold() override { child_.hold(); }
  void let_go() override { child_.let_go(); }
  bool running() const override { return outlives_scenario() || child_.running(); }
  bool outlives_scenario() const override { return !other_.by_command(); }
  boost::asio::awaitable<void> stop() override { return child_.stop(surroundings_.gone_within); }
  const std::deque<LogLine>& log() const override { return child_.log(); }
  std::optional<ProcessEnd> end() const override { return child_.end(); }

 private:
  boost::asio::awaitable<runtime::net::Fetched> ask();

  runtime::Clock& clock_;
  runtime::net::Network& network_;
  const OtherBridge other_;
  const Surroundings surroundings_;
  ChildProcess child_;
};

}  // namespace scenarios::engine
