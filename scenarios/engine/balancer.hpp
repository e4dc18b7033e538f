#pragma once
#include "runtime/async/clock.hpp"
#include "runtime/net/network.hpp"
#include "scenarios/engine/bridge_plan.hpp"
#include "scenarios/engine/fleet.hpp"

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace scenarios::engine {

/// What stands between Twilio and several replicas: a plain balancer, which knows a replica by its /readyz,
/// asked once a second, and by connections that it refuses. What goes to the public URL is sent to one that
/// is ready, the next in turn or the one that the scenario names; with none that is ready it answers 503.
/// Everything else passes. No byte goes through it: it decides where a connection is made to.
class Balancer final : public runtime::net::Network {
 public:
  Balancer(runtime::net::Network& below, runtime::net::Network& probes, runtime::Clock& clock,
           const BridgePlan& plan, const Fleet& fleet)
      : below_(below), probes_(probes), clock_(clock), plan_(plan), fleet_(fleet) {}

  void set_public(runtime::net::Url url) { public_ = std::move(url); }
  /// A process of `number` has said that it is ready.
  void ready(std::size_t number) { ready_[number] = true; }
  /// Asks everybody's /readyz, again and again, until it is cancelled.
  boost::asio::awaitable<void> probe();

  boost::asio::awaitable<runtime::net::Dialled> connect(runtime::net::WebSocketRequest request) override;
  boost::asio::awaitable<runtime::net::Fetched> fetch(runtime::net::Url url,
                                                      runtime::net::HttpRequest request,
                                                      runtime::Duration deadline) override;
  runtime::Result<std::unique_ptr<runtime::net::Listener>> listen(runtime::net::Endpoint endpoint,
                                                                  runtime::net::Service& service) override;

 private:
  bool for_the_bridge(const runtime::net::Url& url) const;
  std::optional<std::size_t> choose(const runtime::net::Url& url);
  runtime::net::Url aimed(runtime::net::Url url, std::size_t number) const;

  runtime::net::Network& below_;
  runtime::net::Network& probes_;
  runtime::Clock& clock_;
  const BridgePlan& plan_;
  const Fleet& fleet_;
  std::optional<runtime::net::Url> public_;
  std::map<std::size_t, bool> ready_;
  std::size_t last_ = 0;  // the replica that was sent the last
};

}  // namespace scenarios::engine
