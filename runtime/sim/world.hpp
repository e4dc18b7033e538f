#pragma once
#include "runtime/core/random.hpp"
#include "runtime/net/network.hpp"
#include "runtime/net/stream_protocol.hpp"
#include "runtime/sim/loop.hpp"
#include "runtime/sim/network.hpp"

#include <cstdint>
#include <exception>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace runtime::sim {

class SimListener;

/// What the networks and listeners of one Fabric share: who listens where, and how one gets there.
class World {
 public:
  World(Loop& loop, Random& random, FabricOptions options);

  Loop& loop() { return loop_; }
  Random& random() { return random_; }
  Level level() const { return options_.level; }

  /// A way that a dial may go, or why it may not.
  struct Route {
    std::string server;  // "host:port"
    LinkOptions to_server;
    LinkOptions to_client;
    SimListener* listener = nullptr;
    error_code error;
    std::string detail;
    net::CertificateFault certificate = net::CertificateFault::none;
    Duration answer_after{0};  // when the dialler learns of the error; Duration::max(): never
  };
  Route route(const std::string& client, const net::Url& url);

  error_code bind(std::string host, std::uint16_t& port, SimListener& listener);
  void unbind(const std::string& host, std::uint16_t port);
  void add_host(std::string host) { hosts_.insert(std::move(host)); }

  void set_link(std::string_view client, std::string_view server, LinkOptions to_server,
                LinkOptions to_client);
  void set_reachability(std::string_view server, Reachability reachability);
  void set_watch(std::string_view host, net::ServerWatch watch);
  /// Of those who listen on `host`.
  net::ServerWatch watch(const std::string& host) const;
  void announce(std::shared_ptr<Connection> connection);
  void report(std::exception_ptr error);

  std::function<void(std::shared_ptr<Connection>)> on_connection;
  std::function<void(std::exception_ptr)> on_failure;

 private:
  struct Rule {
    std::string client;
    std::string server;
    LinkOptions to_server;
    LinkOptions to_client;
  };
  SimListener* find(const std::string& host, std::uint16_t port) const;
  bool resolves(const std::string& host) const;
  Reachability reachability(const std::string& host, const std::string& server) const;

  Loop& loop_;
  Random& random_;
  FabricOptions options_;
  std::vector<Rule> rules_;
  std::map<std::string, Reachability, std::less<>> reachability_;
  std::map<std::pair<std::string, std::uint16_t>, SimListener*> listeners_;
  std::map<std::string, net::ServerWatch, std::less<>> watches_;
  std::set<std::string> hosts_;
};

}  // namespace runtime::sim
