#pragma once
#include "bridge/app/bridge.hpp"
#include "metrics/sheet.hpp"
#include "scenarios/engine/bridge_under_test.hpp"

#include <memory>

namespace scenarios::engine {

/// Our bridge inside of this process, on the simulated seams.
class InProcessBridge final : public BridgeUnderTest {
 public:
  struct Seams {
    boost::asio::any_io_executor executor;
    runtime::Clock& clock;
    runtime::Ticker& ticker;
    runtime::net::Network& network;
    runtime::Random& random;
  };
  explicit InProcessBridge(Seams seams);
  ~InProcessBridge() override;

  std::string name() const override;
  boost::asio::awaitable<std::optional<std::string>> start(std::string config) override;
  boost::asio::awaitable<std::string> scrape() override;
  boost::asio::awaitable<void> stop() override;
  const std::deque<LogLine>& log() const override;

 private:
  class Sink;
  Seams seams_;
  metrics::Book book_;
  std::shared_ptr<Sink> sink_;
  std::unique_ptr<spdlog::logger> logger_;
  std::unique_ptr<bridge::app::Bridge> bridge_;
};

}  // namespace scenarios::engine
