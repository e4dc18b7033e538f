#pragma once
#include "runtime/net/frame_control.hpp"
#include "runtime/net/network.hpp"
#include "runtime/sim/byte_duplex.hpp"

#include <memory>

namespace runtime::sim {

/// A socket of the byte level that can be told, through the connection, to throw from its next write: below
/// the protocol such an exception would come out of the loop and not out of the write.
class FaultySocket final : public net::MessageSocket, public net::SocketWrapper {
 public:
  FaultySocket(std::unique_ptr<net::MessageSocket> socket, std::shared_ptr<ByteDuplex> duplex, Side side);

  boost::asio::awaitable<Result<net::Message>> read() override { return socket_->read(); }
  bool start_write(std::span<const std::string_view> messages) override;
  boost::asio::awaitable<Result<void>> finish_write() override { return socket_->finish_write(); }
  boost::asio::awaitable<Result<void>> ping(std::string_view payload) override {
    return socket_->ping(payload);
  }
  boost::asio::awaitable<Result<void>> close(net::CloseReason reason) override;
  void abort() override { socket_->abort(); }
  std::optional<net::CloseReason> peer_close() const override { return socket_->peer_close(); }
  std::uint64_t heard() const override { return socket_->heard(); }
  std::size_t unacked_bytes() const override { return socket_->unacked_bytes(); }
  net::MessageSocket& wrapped() override { return *socket_; }

 private:
  std::unique_ptr<net::MessageSocket> socket_;
  std::shared_ptr<ByteDuplex> duplex_;
  Side side_;
};

/// Hands such sockets to the service behind it.
class FaultyService final : public net::Service {
 public:
  FaultyService(net::Service& service, std::shared_ptr<ByteDuplex> duplex);

  boost::asio::awaitable<net::HttpResponse> respond(const net::HttpRequest& request) override;
  boost::asio::awaitable<void> serve(net::HttpRequest request,
                                     std::unique_ptr<net::MessageSocket> socket) override;

 private:
  net::Service& service_;
  std::shared_ptr<ByteDuplex> duplex_;
};

}  // namespace runtime::sim
