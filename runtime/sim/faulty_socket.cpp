#include "runtime/sim/faulty_socket.hpp"

#include <stdexcept>
#include <utility>

namespace runtime::sim {
namespace asio = boost::asio;

FaultySocket::FaultySocket(std::unique_ptr<net::MessageSocket> socket, std::shared_ptr<ByteDuplex> duplex,
                           Side side)
    : socket_(std::move(socket)), duplex_(std::move(duplex)), side_(side) {}

bool FaultySocket::start_write(std::span<const std::string_view> messages) {
  if (duplex_->take_throw(side_)) throw std::runtime_error("write: a simulated bug");
  return socket_->start_write(messages);
}

asio::awaitable<Result<void>> FaultySocket::close(net::CloseReason reason) {
  return socket_->close(std::move(reason));
}

FaultyService::FaultyService(net::Service& service, std::shared_ptr<ByteDuplex> duplex)
    : service_(service), duplex_(std::move(duplex)) {}

asio::awaitable<net::HttpResponse> FaultyService::respond(const net::HttpRequest& request) {
  return service_.respond(request);
}

asio::awaitable<void> FaultyService::serve(net::HttpRequest request,
                                           std::unique_ptr<net::MessageSocket> socket) {
  auto faulty = std::make_unique<FaultySocket>(std::move(socket), duplex_, Side::server);
  return service_.serve(std::move(request), std::move(faulty));
}

}  // namespace runtime::sim
