#pragma once
#include "runtime/async/clock.hpp"
#include "runtime/async/event.hpp"
#include "runtime/async/task_group.hpp"
#include "runtime/net/network.hpp"
#include "scenarios/engine/bridge_under_test.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

#include <sys/types.h>
#include <filesystem>

namespace scenarios::engine {

/// Our linecheck-bridge as a process of its own: started with a configuration file, read through a pipe,
/// scraped over its admin listener, ended with SIGTERM and, when it does not go, with SIGKILL.
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
  ~ProcessBridge() override;

  std::string name() const override;
  boost::asio::awaitable<std::optional<std::string>> start(std::string config) override;
  boost::asio::awaitable<std::string> scrape() override;
  void terminate() override;
  void kill() override;
  bool running() const override { return pid_ > 0 && !exit_code_; }
  boost::asio::awaitable<void> stop() override;
  const std::deque<LogLine>& log() const override { return log_; }
  std::optional<int> exit_code() const override { return exit_code_; }

 private:
  boost::asio::awaitable<void> read_output();
  std::optional<std::string> spawn(const std::filesystem::path& config);
  void take_line(std::string line);
  void signal(int number);
  void reap();

  boost::asio::any_io_executor executor_;
  runtime::Clock& clock_;
  runtime::net::Network& network_;
  const Options options_;
  boost::asio::posix::stream_descriptor output_;
  pid_t pid_ = -1;
  std::optional<int> exit_code_;
  std::deque<LogLine> log_;
  std::uint16_t admin_port_ = 0;
  runtime::Event ready_, output_ended_;
  runtime::TaskGroup tasks_;
};

}  // namespace scenarios::engine
