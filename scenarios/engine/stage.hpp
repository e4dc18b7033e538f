#pragma once
#include "metrics/sheet.hpp"
#include "runtime/async/clock.hpp"
#include "runtime/async/ticker.hpp"
#include "runtime/core/random.hpp"
#include "runtime/net/byte_network.hpp"
#include "runtime/net/network.hpp"
#include "runtime/sim/network.hpp"
#include "scenarios/engine/bridge_config.hpp"
#include "scenarios/engine/fleet.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace scenarios::engine {

/// What one run stands on, virtual or real. All outlive it.
struct Stage {
  boost::asio::any_io_executor executor;
  runtime::Clock& clock;
  runtime::Ticker& ticker;
  runtime::net::Network& twilio;  // the network as each fake sees it
  runtime::net::Network& openai;
  runtime::net::Network& harness;       // for questions to the bridge: faults of a line do not touch it
  runtime::net::ByteNetwork& visitors;  // likewise
  runtime::Random& twilio_random;
  runtime::Random& openai_random;
  Fleet::Make make_bridge;
  runtime::net::Endpoint rest_endpoint;  // the fakes listen here
  runtime::net::Endpoint openai_endpoint;
  /// Completes the addresses that are known before the fakes listen: `rest_port` and `openai_port` are
  /// theirs.
  std::function<Addresses(std::uint16_t rest_port, std::uint16_t openai_port)> addresses;
  /// Makes room for one replica of several: its own addresses instead of those that are the bridge's.
  std::function<Addresses(Addresses, std::size_t number)> for_replica;
  /// Where a server of the scenario's `http:` listens, on `harness`.
  std::function<runtime::net::Endpoint(const std::string& name)> http_endpoint;
  /// Hears of every connection of the simulated network; may be empty.
  std::function<void(const std::shared_ptr<runtime::sim::Connection>&)> on_connection;
  runtime::sim::Fabric* fabric = nullptr;                             // virtual time only
  runtime::Duration scrape_interval = std::chrono::milliseconds(20);  // for expectations with a window
  /// Calls back once for each instant, when all that it brought is done; virtual time only.
  std::function<void(std::function<void()>)> at_end_of_instant = {};
  bool any_openai_key = false;  // the bridge runs already, with a key of its own
  bool keep_scrapes = false;    // also where no expectation is about alerts: see Conductor::scrapes()
};

}  // namespace scenarios::engine
