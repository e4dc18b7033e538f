#pragma once
#include "runtime/async/clock.hpp"
#include "runtime/net/network.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tests {

/// One implementation of the seam, with what it takes to run a test in it.
class NetworkWorld {
 public:
  virtual ~NetworkWorld() = default;
  virtual runtime::Clock& clock() = 0;
  virtual boost::asio::any_io_executor executor() = 0;
  virtual runtime::net::Network& client() = 0;
  virtual runtime::net::Network& server() = 0;
  /// What a server binds and a client dials.
  virtual std::string host() const = 0;
  virtual std::optional<runtime::net::TlsIdentity> identity() const { return std::nullopt; }
  /// Runs until `done()`; false when `limit` of this world's time went by first.
  virtual bool run_until(const std::function<bool()>& done, runtime::Duration limit) = 0;
  /// Runs until nothing moves any more by itself.
  virtual void settle() = 0;
  /// Exceptions that ended a Service's task.
  std::vector<std::exception_ptr> failures;
};

struct WorldKind {
  std::string name;
  std::function<std::unique_ptr<NetworkWorld>()> make;
};
std::unique_ptr<NetworkWorld> make_plain_world();
std::unique_ptr<NetworkWorld> make_tls_world();
std::unique_ptr<NetworkWorld> make_message_world();
std::unique_ptr<NetworkWorld> make_byte_world();

}  // namespace tests
