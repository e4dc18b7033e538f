#include "runtime/async/system_clock.hpp"
#include "runtime/net/system_network.hpp"
#include "tests/loopback/network_world.hpp"
#include "tests/support/tls_identity.hpp"

#include <boost/asio/io_context.hpp>
#include <chrono>

namespace tests {
namespace {
using namespace std::chrono_literals;
namespace net = runtime::net;

/// Sockets of this machine, on ports that the system chooses.
class RealWorld final : public NetworkWorld {
 public:
  explicit RealWorld(bool tls) : tls_(tls) {
    net::SystemNetworkOptions options;
    if (tls) options.extra_trust_pem = local_tls_identity().certificate_chain_pem;
    options.on_failure = [this](std::exception_ptr failure) { failures.push_back(failure); };
    network_ = net::make_system_network(context_.get_executor(), clock_, options);
  }
  runtime::Clock& clock() override { return clock_; }
  boost::asio::any_io_executor executor() override { return context_.get_executor(); }
  net::Network& client() override { return *network_; }
  net::Network& server() override { return *network_; }
  std::string host() const override { return "127.0.0.1"; }
  std::optional<net::TlsIdentity> identity() const override {
    return tls_ ? std::optional(local_tls_identity()) : std::nullopt;
  }
  bool run_until(const std::function<bool()>& done, runtime::Duration limit) override {
    const auto end = clock_.now() + limit;
    while (!done() && clock_.now() < end) {
      context_.restart();
      context_.run_one_for(10ms);
    }
    return done();
  }
  void settle() override {
    do {
      context_.restart();
    } while (context_.run_one_for(50ms) != 0);
  }

 private:
  bool tls_;
  boost::asio::io_context context_{1};
  runtime::SystemClock clock_;
  std::unique_ptr<net::Network> network_;
};
}  // namespace

std::unique_ptr<NetworkWorld> make_plain_world() {
  return std::make_unique<RealWorld>(false);
}
std::unique_ptr<NetworkWorld> make_tls_world() {
  return std::make_unique<RealWorld>(true);
}

}  // namespace tests
