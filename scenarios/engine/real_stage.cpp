#include "runtime/async/system_clock.hpp"
#include "runtime/net/free_port.hpp"
#include "runtime/net/self_signed.hpp"
#include "runtime/net/system_network.hpp"
#include "scenarios/engine/lag.hpp"
#include "scenarios/engine/process_bridge.hpp"
#include "scenarios/engine/process_other_bridge.hpp"
#include "scenarios/engine/run.hpp"
#include "scenarios/engine/scratch_folder.hpp"

#include <boost/asio/io_context.hpp>

#include <algorithm>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <fstream>
#include <stdexcept>

namespace scenarios::engine {
using namespace std::chrono_literals;
namespace asio = boost::asio;
namespace {

class RealPerformance final : public Performance {
 public:
  RealPerformance(const Scenario& scenario, std::uint64_t seed, const RealOptions& options)
      : scenario_(scenario),
        options_(options),
        twilio_random_(seed * 4 + 2),
        openai_random_(seed * 4 + 3),
        identity_(runtime::net::make_self_signed(runtime::net::local_names(), 24h)),
        network_(runtime::net::make_system_network(ioc_.get_executor(), clock_, network_options())),
        ticker_(ioc_.get_executor(), clock_, kTick),
        stage_{ioc_.get_executor(),
               clock_,
               ticker_,
               *network_,
               *network_,
               *network_,
               *network_,
               twilio_random_,
               openai_random_,
               [this](std::size_t number) { return make_bridge(number); },
               twilio_endpoint(),
               openai_endpoint(),
               [this, &scenario](std::uint16_t rest, std::uint16_t openai) {
                 return addresses(scenario, rest, openai);
               },
               [this](Addresses a, std::size_t) {
                 a.bridge_port = free_port();
                 a.admin_port = free_port();
                 return a;
               },
               [](const std::string&) { return runtime::net::Endpoint(); },
               {},
               nullptr,
               100ms},
        conductor_(scenario, with_any_key(stage_, options)),
        tasks_(ioc_.get_executor(), [this](std::exception_ptr error) { failure_ = error; }) {
    tasks_.spawn(conduct());
    ioc_.run();
    if (failure_) std::rethrow_exception(failure_);
  }

  const Conductor& conductor() const override { return conductor_; }
  const OtherBridge* other() const override { return options_.other ? &*options_.other : nullptr; }
  std::filesystem::path folder() const override { return scratch_.path(); }
  runtime::Duration worst_lag(runtime::TimePoint from, runtime::TimePoint to) const override {
    return lag_.worst(from, to);
  }

 private:
  static runtime::net::SystemNetworkOptions network_options() {
    runtime::net::SystemNetworkOptions options;
    options.on_failure = [](std::exception_ptr) {};  // the connection was closed: the other side has seen it
    return options;
  }

  /// One that runs already cannot be told a key.
  static Stage& with_any_key(Stage& stage, const RealOptions& options) {
    stage.any_openai_key = options.other && !options.other->by_command();
    return stage;
  }

  /// The bridge must know its own public URL before it binds.
  std::uint16_t free_port() { return runtime::net::free_port(ioc_.get_executor()); }

  std::unique_ptr<BridgeUnderTest> make_bridge(std::size_t number) {
    if (options_.other) return make_other_bridge();
    ProcessBridge::Options options{options_.bridge_executable, scratch_.path()};
    options.file = "bridge-" + std::to_string(number) + ".yaml";
    return std::make_unique<ProcessBridge>(ioc_.get_executor(), clock_, *network_, std::move(options));
  }

  std::unique_ptr<BridgeUnderTest> make_other_bridge() {
    const auto& addresses = conductor_.addresses();
    ProcessOtherBridge::Surroundings surroundings{*runtime::net::parse_url(addresses.public_url),
                                                  environment_of_other(addresses, scenario_)};
    return std::make_unique<ProcessOtherBridge>(ioc_.get_executor(), clock_, *network_, *options_.other,
                                                std::move(surroundings));
  }

  runtime::net::Endpoint twilio_endpoint() const {
    runtime::net::Endpoint endpoint;
    if (options_.other) endpoint.port = options_.other->twilio_port;
    return endpoint;
  }

  runtime::net::Endpoint openai_endpoint() const {
    runtime::net::Endpoint endpoint;
    if (!options_.other || options_.other->openai_tls) endpoint.tls = identity_;
    if (options_.other) endpoint.port = options_.other->openai_port;
    return endpoint;
  }

  Addresses addresses(const Scenario& scenario, std::uint16_t rest_port, std::uint16_t openai_port) {
    const auto trust = scratch_.path() / "fake-openai.pem";
    std::ofstream(trust) << identity_.certificate_chain_pem;
    const bool up = scenario.openai_host == HostState::up;
    Addresses a;
    a.bridge_port = free_port();
    const auto to_admin = [](const VisitorPlan& visitor) {
      return visitor.door == VisitorPlan::Door::of_admin;
    };
    if (std::ranges::any_of(scenario.visitors, to_admin)) a.admin_port = free_port();
    a.public_url = "http://127.0.0.1:" + std::to_string(a.bridge_port);
    a.openai_url = "wss://localhost:" + std::to_string(up ? openai_port : free_port()) + "/v1/realtime";
    a.openai_trust_file = trust.string();
    a.twilio_api_base = "http://127.0.0.1:" + std::to_string(rest_port);
    return options_.other ? addresses_for_other(*options_.other, std::move(a)) : a;
  }

  asio::awaitable<void> conduct() {
    auto beat = ticker_.subscribe([this](runtime::TimePoint now) {
      lag_.note(now, ticker_.lag());
      if (options_.interrupted && options_.interrupted() && !conductor_.interrupted()) conductor_.interrupt();
    });
    co_await conductor_.run();
    beat = {};
    co_await ticker_.stop();
  }

  const Scenario& scenario_;
  const RealOptions options_;
  asio::io_context ioc_{1};
  runtime::SystemClock clock_;
  ScratchFolder scratch_;
  runtime::SeededRandom twilio_random_, openai_random_;
  runtime::net::TlsIdentity identity_;
  std::unique_ptr<runtime::net::SystemNetwork> network_;
  runtime::Ticker ticker_;
  Stage stage_;
  Conductor conductor_;
  LagRecord lag_;
  std::exception_ptr failure_;
  runtime::TaskGroup tasks_;
};

}  // namespace

std::unique_ptr<Performance> perform_real(const Scenario& scenario, std::uint64_t seed,
                                          const RealOptions& options) {
  return std::make_unique<RealPerformance>(scenario, seed, options);
}

}  // namespace scenarios::engine
