#include "tests/support/performance_with_a_failure.hpp"

#include "scenarios/engine/virtual_addresses.hpp"

#include <chrono>

namespace support {
namespace asio = boost::asio;
using namespace scenarios::engine;
using namespace std::chrono_literals;

namespace {

constexpr std::uint64_t kBridgeSeed = 4;

}  // namespace

PerformanceWithAFailure::PerformanceWithAFailure(const Scenario& scenario, Steps& steps, Window window)
    : fabric_(loop_, fabric_random_, {}),
      ticker_(loop_.context().get_executor(), loop_.clock(), kTick),
      network_(fabric_.network("bridge"), loop_.clock(), loop_.context().get_executor(), steps),
      stage_(stage()),
      conductor_(scenario, stage_),
      tasks_(loop_.context().get_executor(), [this](std::exception_ptr) { failed_ = true; }) {
  steps.counts = [this, start = loop_.now(), window] {
    const auto passed = loop_.now() - start;
    return passed >= window.from && passed < window.to;
  };
  fabric_.on_failure([](std::exception_ptr) {});  // its connection is closed: that is seen
  tasks_.spawn(conduct());
  loop_.run_until([this] { return over_ || failed_; }, scenario.limit + 5min);
  loop_.run_for(1ms);
}

Stage PerformanceWithAFailure::stage() {
  const auto executor = loop_.context().get_executor();
  return {executor,
          loop_.clock(),
          ticker_,
          fabric_.network("twilio"),
          fabric_.network("openai"),
          fabric_.network("harness"),
          fabric_.byte_network("visitor"),
          twilio_random_,
          openai_random_,
          [this, executor](std::size_t) {
            InProcessBridge::Seams seams{executor, loop_.clock(), network_, kBridgeSeed};
            return std::make_unique<InProcessBridge>(std::move(seams));
          },
          virtual_endpoint(kTwilioHost),
          virtual_endpoint(kOpenAiHost),
          [](std::uint16_t, std::uint16_t) { return virtual_addresses(); },
          [](Addresses a, std::size_t) { return a; },
          [](const std::string& name) { return virtual_endpoint(name + ".example", 80); },
          {},
          &fabric_};
}

asio::awaitable<void> PerformanceWithAFailure::conduct() {
  co_await conductor_.run();
  co_await ticker_.stop();
  over_ = true;
}

}  // namespace support
