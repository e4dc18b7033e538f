#include "runtime/net/stream_protocol.hpp"
#include "runtime/sim/loop.hpp"
#include "runtime/sim/network.hpp"
#include "scenarios/engine/in_process_bridge.hpp"
#include "scenarios/engine/judgement.hpp"
#include "scenarios/engine/run.hpp"
#include "scenarios/engine/scratch_folder.hpp"
#include "scenarios/engine/virtual_addresses.hpp"

#include <boost/asio/io_context.hpp>

#include <algorithm>
#include <chrono>
#include <exception>
#include <map>
#include <optional>
#include <stdexcept>

namespace scenarios::engine {
using namespace std::chrono_literals;
namespace {

constexpr std::uint64_t kBetweenSeeds = 0x9E3779B97F4A7C15U;  // far apart, whatever the seed

std::string network_name(std::size_t number) {
  return "bridge-" + std::to_string(number);
}

Addresses for_replica(Addresses a, std::size_t number) {
  a.bridge_host = network_name(number) + ".example.net";
  a.admin_host = network_name(number) + ".admin";
  return a;
}

/// A host of its own for each; a name of the language may hold what no host's may.
runtime::net::Endpoint http_endpoint(std::string name) {
  std::ranges::replace(name, '_', '-');
  return virtual_endpoint(name + ".example", 80);
}

/// Half a request is no message.
runtime::sim::Level level_for(const Scenario& scenario, const VirtualOptions& options) {
  return scenario.visitors.empty() ? options.level : runtime::sim::Level::byte;
}

/// One world of its own: loop, fabric, bridge and fakes.
class VirtualPerformance final : public Performance {
 public:
  VirtualPerformance(const Scenario& scenario, std::uint64_t seed, const VirtualOptions& options)
      : fabric_random_(seed * 4 + 1),
        twilio_random_(seed * 4 + 2),
        openai_random_(seed * 4 + 3),
        bridge_seed_(seed * 4 + 4),
        plan_(scenario.bridge),
        fabric_(loop_, fabric_random_, {level_for(scenario, options), {}}),
        ticker_(loop_.context().get_executor(), loop_.clock(), kTick),
        stage_{loop_.context().get_executor(),
               loop_.clock(),
               ticker_,
               fabric_.network("twilio"),
               fabric_.network("openai"),
               fabric_.network("harness"),
               fabric_.byte_network("visitor"),
               twilio_random_,
               openai_random_,
               [this](std::size_t number) { return make_bridge(number); },
               virtual_endpoint(kTwilioHost),
               virtual_endpoint(kOpenAiHost),
               [](std::uint16_t, std::uint16_t) { return virtual_addresses(); },
               for_replica,
               http_endpoint,
               [this](const std::shared_ptr<runtime::sim::Connection>& made) { hear(*made, made); },
               &fabric_},
        conductor_(scenario, stage_),
        tasks_(loop_.context().get_executor(), [this](std::exception_ptr error) { failure_ = error; }) {
    if (plan_.records || names_recordings(scenario.expectations)) scratch_.emplace();
    stage_.keep_scrapes = options.keep_scrapes;
    stage_.at_end_of_instant = [this](std::function<void()> over) {
      loop_.at_end_of_instant(std::move(over));
    };
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
  std::filesystem::path folder() const override {
    return scratch_ ? scratch_->path() : std::filesystem::path();
  }

 private:
  /// Each process has its own name in the network and its own randomness.
  std::unique_ptr<BridgeUnderTest> make_bridge(std::size_t number) {
    const std::string name = plan_.several() ? network_name(number) : "bridge";
    const auto seed = bridge_seed_ + kBetweenSeeds * made_++;
    auto bridge = std::make_unique<InProcessBridge>(seams_of(name, seed));
    if (plan_.any(BridgeEvent::What::kill)) mortal_[name] = &bridge->network();
    return bridge;
  }

  /// One that can be held runs in a process of its own: each step that it takes costs the run a little more.
  InProcessBridge::Seams seams_of(const std::string& name, std::uint64_t seed) {
    std::unique_ptr<runtime::sim::Process> process;
    if (plan_.any(BridgeEvent::What::hold)) process = std::make_unique<runtime::sim::Process>(loop_);
    boost::asio::any_io_executor executor = loop_.context().get_executor();
    if (process) executor = process->executor();
    auto& network = process ? fabric_.network(name, executor) : fabric_.network(name);
    return {executor,
            loop_.clock(),
            network,
            seed,
            scratch_ ? scratch_->path() : ".",
            [this](std::string_view host, runtime::net::ServerWatch watch) {
              fabric_.set_watch(host, std::move(watch));
            },
            std::move(process)};
  }

  /// Tells a process that may be killed of its connections: it dials by its name and is dialled by its host.
  void hear(const runtime::sim::Connection& made, const std::shared_ptr<runtime::sim::Connection>& shared) {
    for (const auto& [name, network] : mortal_) {
      const bool dialled = made.server().starts_with(name == "bridge" ? std::string("bridge.") : name + ".");
      if (made.client() == name || dialled) network->add(shared);
    }
  }

  boost::asio::awaitable<void> conduct() {
    co_await conductor_.run();
    co_await ticker_.stop();
    over_ = true;
  }

  runtime::sim::Loop loop_;
  runtime::SeededRandom fabric_random_, twilio_random_, openai_random_;
  const std::uint64_t bridge_seed_;
  const BridgePlan& plan_;
  std::optional<ScratchFolder> scratch_;          // for recordings: what else a run makes is in memory
  std::uint64_t made_ = 0;                        // processes of the bridge
  std::map<std::string, MortalNetwork*> mortal_;  // the latest of each name
  runtime::sim::Fabric fabric_;
  runtime::Ticker ticker_;
  Stage stage_;
  Conductor conductor_;
  std::exception_ptr failure_;
  bool over_ = false;
  runtime::TaskGroup tasks_;
};

}  // namespace

std::unique_ptr<Performance> perform_virtual(const Scenario& scenario, std::uint64_t seed,
                                             const VirtualOptions& options) {
  return std::make_unique<VirtualPerformance>(scenario, seed, options);
}

}  // namespace scenarios::engine
