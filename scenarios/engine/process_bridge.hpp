#pragma once
#include "runtime/net/network.hpp"
#include "scenarios/engine/process_child.hpp"

#include <filesystem>

namespace scenarios::engine {

/// Our linecheck-bridge as a process of its own: started with a configuration file, scraped over its admin
/// listener.
class ProcessBridge final : public BridgeUnderTest {
 public:
  struct Options {
    std::filesystem::path executable;
    std::filesystem::path folder;      // for its configuration; the caller's to remove
    std::string file = "bridge.yaml";  // there
    runtime::Duration ready_within = std::chrono::seconds(10);
    runtime::Duration gone_within = std::chrono::seconds(10);
  };
  ProcessBridge(boost::asio::any_io_executor executor, runtime::Clock& clock, runtime::net::Network& network,
                Options options);

  std::string name() const override;
  boost::asio::awaitable<std::optional<std::string>> start(std::string config) override;
  boost::asio::awaitable<std::string> scrape() override;
  std::optional<std::string> reload(std::string config) override;
  void terminate() override { child_.terminate(); }
  void kill() override { child_.kill(); }
  void hold() override { child_.hold(); }
  void let_go() override { child_.let_go(); }
  bool running() const override { return child_.running(); }
  boost::asio::awaitable<void> stop() override { return child_.stop(options_.gone_within); }
  const std::deque<LogLine>& log() const override { return child_.log(); }
  std::optional<ProcessEnd> end() const override { return child_.end(); }

 private:
  void watch_for_ready(const std::string& line);

  runtime::Clock& clock_;
  runtime::net::Network& network_;
  const Options options_;
  std::uint16_t admin_port_ = 0;
  std::string authorization_;        // that its configuration asks for; empty: none
  std::string other_authorization_;  // before the last reload, or after it if that was refused
  runtime::Event ready_;
  ChildProcess child_;
};

}  // namespace scenarios::engine
