#include "runtime/sim/network.hpp"

#include "runtime/sim/sim_network.hpp"
#include "runtime/sim/world.hpp"

#include <deque>
#include <map>
#include <utility>

namespace runtime::sim {

class Fabric::Impl {
 public:
  Impl(Loop& loop, Random& random, FabricOptions options)
      : world(std::make_shared<World>(loop, random, options)) {}

  SimNetwork& network(std::string name) {
    world->add_host(name);
    auto executor = world->loop().context().get_executor();
    return networks.try_emplace(name, world, name, std::move(executor)).first->second;
  }

  std::shared_ptr<World> world;  // listeners may outlive the fabric
  std::map<std::string, SimNetwork> networks;
  std::deque<SimNetwork> of_processes;
};

Fabric::Fabric(Loop& loop, Random& random, FabricOptions options)
    : impl_(std::make_unique<Impl>(loop, random, options)) {}
Fabric::~Fabric() = default;

net::Network& Fabric::network(std::string name) {
  return impl_->network(std::move(name));
}

net::ByteNetwork& Fabric::byte_network(std::string name) {
  return impl_->network(std::move(name));
}

void Fabric::set_watch(std::string_view host, net::ServerWatch watch) {
  impl_->world->set_watch(host, std::move(watch));
}

net::Network& Fabric::network(std::string name, boost::asio::any_io_executor executor) {
  impl_->world->add_host(name);
  return impl_->of_processes.emplace_back(impl_->world, std::move(name), std::move(executor));
}

void Fabric::set_link(std::string_view client, std::string_view server, LinkOptions to_server,
                      LinkOptions to_client) {
  impl_->world->set_link(client, server, to_server, to_client);
}

void Fabric::set_reachability(std::string_view server, Reachability reachability) {
  impl_->world->set_reachability(server, reachability);
}

void Fabric::on_connection(std::function<void(std::shared_ptr<Connection>)> hear) {
  impl_->world->on_connection = std::move(hear);
}

void Fabric::on_failure(std::function<void(std::exception_ptr)> hear) {
  impl_->world->on_failure = std::move(hear);
}

}  // namespace runtime::sim
