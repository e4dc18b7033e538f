#include "runtime/core/random.hpp"
#include "runtime/sim/network.hpp"
#include "tests/loopback/network_world.hpp"

namespace tests {
namespace {
namespace net = runtime::net;
namespace sim = runtime::sim;

/// Two hosts in memory, in virtual time.
class SimulatedWorld final : public NetworkWorld {
 public:
  explicit SimulatedWorld(sim::Level level) : fabric_(loop_, random_, options(level)) {
    fabric_.on_failure([this](std::exception_ptr failure) { failures.push_back(failure); });
  }
  runtime::Clock& clock() override { return loop_.clock(); }
  boost::asio::any_io_executor executor() override { return loop_.context().get_executor(); }
  net::Network& client() override { return fabric_.network("client"); }
  net::Network& server() override { return fabric_.network("server"); }
  std::string host() const override { return "server"; }
  bool run_until(const std::function<bool()>& done, runtime::Duration limit) override {
    return loop_.run_until(done, limit);
  }
  void settle() override { loop_.run_for(std::chrono::seconds(1)); }

 private:
  static sim::FabricOptions options(sim::Level level) {
    sim::FabricOptions chosen;
    chosen.level = level;
    chosen.default_link.latency = std::chrono::milliseconds(5);
    return chosen;
  }
  sim::Loop loop_;
  runtime::SeededRandom random_{1};
  sim::Fabric fabric_;
};
}  // namespace

std::unique_ptr<NetworkWorld> make_message_world() {
  return std::make_unique<SimulatedWorld>(sim::Level::message);
}
std::unique_ptr<NetworkWorld> make_byte_world() {
  return std::make_unique<SimulatedWorld>(sim::Level::byte);
}

}  // namespace tests
