#pragma once
#include "runtime/core/random.hpp"
#include "runtime/core/time.hpp"
#include "runtime/net/network.hpp"
#include "runtime/sim/loop.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace runtime::net {
class ByteNetwork;
struct ServerWatch;
}  // namespace runtime::net

namespace runtime::sim {

/// One direction of a simulated connection.
struct LinkOptions {
  Duration latency{0};
  Duration jitter{0};  // uniform in [0, jitter) on top, seeded; order is kept, as TCP keeps it
  std::size_t window_bytes = 64U << 10U;  // taken from the writer and not yet read by the peer's program;
                                          // a writer waits beyond it (a message larger than it passes alone;
                                          // a window of zero takes nothing at all)
};

/// How a host answers a dial.
enum class Reachability {
  up,
  refused,
  unresolved,
  unroutable,  // no answer at all: dials time out
  tls_failure,
  tls_wrong_host,  // the certificate is for somebody else, out of date, of an unknown authority
  tls_expired,
  tls_untrusted,
};

/// Handle on the faults of one established connection; both its directions are named from the dialler's side.
/// Taken by the simulators' fault scripts and by tests. Stays valid (and without effect) after the end.
class Connection {
 public:
  virtual ~Connection() = default;
  virtual const std::string& client() const = 0;  // name of the dialling Network
  virtual const std::string& server() const = 0;  // "host:port"
  virtual const std::string& target() const = 0;  // path of the upgrade or request
  /// Nothing is delivered in this direction until `until` (absent: for ever); writers fill the window, then
  /// wait.
  virtual void stall_to_server(std::optional<TimePoint> until) = 0;
  virtual void stall_to_client(std::optional<TimePoint> until) = 0;
  virtual void resume() = 0;
  virtual void set_window_to_server(std::size_t bytes) = 0;
  virtual void set_window_to_client(std::size_t bytes) = 0;
  /// Both sides' operations end with connection_reset.
  virtual void reset() = 0;
  /// Half-open: neither side hears anything of the other any more, and nobody is told.
  virtual void black_hole() = 0;
  /// The next write of the client (server) side throws std::runtime_error instead of completing: a bug
  /// inside the program under test, not a network condition.
  virtual void throw_from_next_write(bool client_side) = 0;
};

enum class Level {
  message,  // messages are handed over whole: fast
  byte,     // Beast itself runs over a simulated byte stream: framing, close codes and partial writes under
            // virtual time
};

struct FabricOptions {
  Level level = Level::message;
  LinkOptions default_link;
};

/// The simulated world: hosts by name, links between them. Single thread, virtual time.
class Fabric {
 public:
  Fabric(Loop& loop, Random& random, FabricOptions options);
  ~Fabric();
  Fabric(const Fabric&) = delete;
  Fabric& operator=(const Fabric&) = delete;

  /// The Network as the program called `name` sees it. Listening binds (endpoint.host, port). Belongs to the
  /// fabric.
  net::Network& network(std::string name);
  /// One more of that name, of a program that does not run on the loop itself: see Process.
  net::Network& network(std::string name, boost::asio::any_io_executor executor);
  /// The same without a protocol; at byte level alone.
  net::ByteNetwork& byte_network(std::string name);
  /// What those who listen on `host` ask of a request, and whom they tell of what they refuse.
  void set_watch(std::string_view host, net::ServerWatch watch);
  /// Links of connections made from now on, by the dialler's name and the server's "host:port"; empty matches
  /// any. The latest rule that matches counts.
  void set_link(std::string_view client, std::string_view server, LinkOptions to_server,
                LinkOptions to_client);
  void set_reachability(std::string_view server, Reachability reachability);
  /// Hears of every connection at the moment it is established (WebSocket upgrades and HTTP exchanges alike).
  void on_connection(std::function<void(std::shared_ptr<Connection>)> hear);
  /// Hears of a Service's task that ended by exception. Without it such an exception ends the process.
  void on_failure(std::function<void(std::exception_ptr)> hear);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace runtime::sim
