#include "runtime/sim/faulty_socket.hpp"

#include <stdexcept>
#include <utility>

namespace runtime::sim {
namespace asio = boost::asio;

FaultySocket::FaultySocket(std::unique_ptr<net::MessageSocket> socket, std::shared_ptr<ByteDuplex> duplex,
                           Side side)
    : socket_(std::move(socket)), duplex_(std::move(duplex)), side_(side) {}

void FaultySocket::throw_if_told() {
  if (duplex_->take_throw(side_)) throw std::runtime_error("write: a simulated bug");
}

asio::awaitable<Result<void>> FaultySocket::write(std::string_view message) {
  throw_if_told();
  co_return co_await socket_->write(message);
}

asio::awaitable<Result<void>> FaultySocket::write_all(std::span<const std::string_view> messages) {
  throw_if_told();
  co_return co_await socket_->write_all(messages);
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
