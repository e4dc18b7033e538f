#pragma once
#include "bridge/app/refused_connections.hpp"
#include "bridge/app/solo_bridge.hpp"
#include "metrics/sheet.hpp"
#include "runtime/async/event.hpp"
#include "runtime/async/task_group.hpp"
#include "runtime/async/ticker.hpp"
#include "runtime/net/stream_protocol.hpp"
#include "runtime/sim/process.hpp"
#include "scenarios/engine/bridge_under_test.hpp"
#include "scenarios/engine/mortal_network.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace scenarios::engine {

/// Our bridge inside of this process, on the simulated seams. One that was killed reaches nobody any more,
/// says nothing and counts nothing; what is left of it ends out of sight.
class InProcessBridge final : public BridgeUnderTest {
 public:
  struct Seams {
    boost::asio::any_io_executor executor;
    runtime::Clock& clock;
    runtime::net::Network& network;
    std::uint64_t seed = 0;              // of its randomness
    std::filesystem::path folder = ".";  // where relative names of its configuration are
    /// Tells the network what those who listen on a host ask, and whom they tell of what they refuse; empty:
    /// there is nobody to tell.
    std::function<void(std::string_view host, runtime::net::ServerWatch watch)> watch = {};
    /// Whose executor that is, where it may be held.
    std::unique_ptr<runtime::sim::Process> process = nullptr;
  };
  explicit InProcessBridge(Seams seams);
  ~InProcessBridge() override;

  std::string name() const override;
  boost::asio::awaitable<std::optional<std::string>> start(std::string config) override;
  boost::asio::awaitable<std::string> scrape() override;
  std::optional<std::string> reload(std::string config) override;
  void terminate() override;
  void kill() override;
  void hold() override;
  void let_go() override;
  bool running() const override { return bridge_ != nullptr && !end_; }
  boost::asio::awaitable<void> stop() override;
  const std::deque<LogLine>& log() const override;
  std::optional<ProcessEnd> end() const override { return end_; }

  /// Hears of its connections, so that they can be reset when it is killed.
  MortalNetwork& network() { return network_; }

 private:
  class Sink;
  class Recorder;
  boost::asio::awaitable<void> live();
  void watch_doors(const bridge::app::Config& config);
  void look_at_doors();

  const std::filesystem::path folder_;
  boost::asio::any_io_executor executor_;
  std::unique_ptr<runtime::sim::Process> process_;
  std::shared_ptr<runtime::Event> let_go_;  // while it is held
  runtime::Clock& clock_;
  MortalNetwork network_;
  runtime::SeededRandom random_;
  const std::function<void(std::string_view, runtime::net::ServerWatch)> watch_;
  runtime::Ticker ticker_;
  metrics::Book book_;
  std::shared_ptr<Sink> sink_;
  std::unique_ptr<spdlog::logger> logger_;
  std::unique_ptr<Recorder> recorder_;  // none: no call is recorded
  std::optional<bridge::app::RefusedConnections> refused_, refused_admin_;
  std::optional<runtime::Ticker::Subscription> beat_;  // since something was refused
  std::unique_ptr<bridge::app::SoloBridge> bridge_;
  bool draining_ = false;
  std::optional<ProcessEnd> end_;
  std::string last_words_;  // what it had counted when it ended by itself
  std::exception_ptr failure_;
  runtime::TaskGroup tasks_;
};

}  // namespace scenarios::engine
