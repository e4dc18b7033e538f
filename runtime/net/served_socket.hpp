#pragma once
#include "runtime/net/frame_control.hpp"
#include "runtime/net/message_socket.hpp"

#include <exception>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <utility>

namespace runtime::net {

/// The socket as the Service holds it. The connection's task keeps its own hold, so that a Service that ends
/// by exception, its socket gone, can still be excused to the peer with 1011.
class ServedSocket final : public MessageSocket, public SocketWrapper {
 public:
  using Shared = std::shared_ptr<std::unique_ptr<MessageSocket>>;
  explicit ServedSocket(Shared socket) : shared_(std::move(socket)), socket_(**shared_) {}
  ~ServedSocket() override {
    // Destroyed in order, not by an exception: the connection ends here and now.
    if (std::uncaught_exceptions() == 0) shared_->reset();
  }
  boost::asio::awaitable<Result<Message>> read() override { return socket_.read(); }
  bool start_write(std::span<const std::string_view> messages) override {
    return socket_.start_write(messages);
  }
  boost::asio::awaitable<Result<void>> finish_write() override { return socket_.finish_write(); }
  boost::asio::awaitable<Result<void>> ping(std::string_view payload) override {
    return socket_.ping(payload);
  }
  boost::asio::awaitable<Result<void>> close(CloseReason reason) override {
    return socket_.close(std::move(reason));
  }
  void abort() override { socket_.abort(); }
  std::optional<CloseReason> peer_close() const override { return socket_.peer_close(); }
  std::uint64_t heard() const override { return socket_.heard(); }
  std::size_t unacked_bytes() const override { return socket_.unacked_bytes(); }
  MessageSocket& wrapped() override { return socket_; }

 private:
  Shared shared_;
  MessageSocket& socket_;
};

}  // namespace runtime::net
