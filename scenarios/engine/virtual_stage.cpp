#include "runtime/sim/loop.hpp"
#include "runtime/sim/network.hpp"
#include "scenarios/engine/in_process_bridge.hpp"
#include "scenarios/engine/run.hpp"

#include <boost/asio/io_context.hpp>

#include <chrono>
#include <exception>
#include <stdexcept>

namespace scenarios::engine {
using namespace std::chrono_literals;
namespace {

constexpr auto kBridgeHost = "bridge.example.com";
constexpr auto kOpenAiHost = "api.openai.com";
constexpr auto kTwilioHost = "api.twilio.com";

runtime::net::Endpoint endpoint(const char* host) {
  runtime::net::Endpoint endpoint;
  endpoint.host = host;
  endpoint.port = 443;
  return endpoint;
}

Addresses addresses() {
  Addresses a;
  a.bridge_host = kBridgeHost;
  a.bridge_port = 443;
  a.admin_host = "bridge.admin";
  a.admin_port = 9090;
  a.public_url = std::string("https://") + kBridgeHost;
  a.openai_url = std::string("wss://") + kOpenAiHost + "/v1/realtime";
  a.twilio_api_base = std::string("https://") + kTwilioHost;
  return a;
}

/// One world of its own: loop, fabric, bridge and fakes.
class VirtualPerformance final : public Performance {
 public:
  VirtualPerformance(const Scenario& scenario, std::uint64_t seed, runtime::sim::Level level)
      : fabric_random_(seed * 4 + 1),
        twilio_random_(seed * 4 + 2),
        openai_random_(seed * 4 + 3),
        bridge_random_(seed * 4 + 4),
        fabric_(loop_, fabric_random_, {level, {}}),
        ticker_(loop_.context().get_executor(), loop_.clock(), kTick),
        bridge_ticker_(loop_.context().get_executor(), loop_.clock(), kTick),
        bridge_({loop_.context().get_executor(), loop_.clock(), bridge_ticker_, fabric_.network("bridge"),
                 bridge_random_}),
        stage_{loop_.context().get_executor(),
               loop_.clock(),
               ticker_,
               fabric_.network("twilio"),
               fabric_.network("openai"),
               fabric_.network("harness"),
               twilio_random_,
               openai_random_,
               bridge_,
               endpoint(kTwilioHost),
               endpoint(kOpenAiHost),
               [](std::uint16_t, std::uint16_t) { return addresses(); },
               &fabric_},
        conductor_(scenario, stage_),
        tasks_(loop_.context().get_executor(), [this](std::exception_ptr error) { failure_ = error; }) {
    fabric_.on_failure(
        [](std::exception_ptr) {});  // a throwing service has closed its connection: that is seen
    tasks_.spawn(conduct());
    loop_.run_until([this] { return over_ || failure_; }, scenario.limit + 5min);
    if (failure_) std::rethrow_exception(failure_);
    if (!over_)
      throw std::logic_error("the scenario did not end within its limit and five minutes: a harness bug");
    loop_.run_for(1ms);
  }

  const Conductor& conductor() const override { return conductor_; }
  const BridgeUnderTest& bridge() const override { return bridge_; }

 private:
  boost::asio::awaitable<void> conduct() {
    co_await conductor_.run();
    co_await ticker_.stop();
    co_await bridge_ticker_.stop();
    over_ = true;
  }

  runtime::sim::Loop loop_;
  runtime::SeededRandom fabric_random_, twilio_random_, openai_random_, bridge_random_;
  runtime::sim::Fabric fabric_;
  runtime::Ticker ticker_, bridge_ticker_;
  InProcessBridge bridge_;
  Stage stage_;
  Conductor conductor_;
  std::exception_ptr failure_;
  bool over_ = false;
  runtime::TaskGroup tasks_;
};

}  // namespace

std::unique_ptr<Performance> perform_virtual(const Scenario& scenario, std::uint64_t seed,
                                             runtime::sim::Level level) {
  return std::make_unique<VirtualPerformance>(scenario, seed, level);
}

}  // namespace scenarios::engine
