#pragma once
#include "runtime/async/event.hpp"
#include "runtime/net/message_socket.hpp"
#include "tests/support/failing_network.hpp"

#include <memory>
#include <string>

namespace support {

/// A WebSocket of which one operation may fail. After an error the connection is dead, as it would be; after
/// a stall nothing is read, written or closed politely any more, and only abort() or a cancellation ends what
/// waits.
class FailingSocket final : public runtime::net::MessageSocket {
 public:
  /// `peer` names it in the steps; `counted`: its operations are numbered.
  FailingSocket(std::unique_ptr<runtime::net::MessageSocket> below, boost::asio::any_io_executor executor,
                Steps& steps, std::string peer, bool counted);

  boost::asio::awaitable<runtime::Result<runtime::net::Message>> read() override;
  bool start_write(std::span<const std::string_view> messages) override;
  boost::asio::awaitable<runtime::Result<void>> finish_write() override;
  boost::asio::awaitable<runtime::Result<void>> ping(std::string_view payload) override;
  boost::asio::awaitable<runtime::Result<void>> close(runtime::net::CloseReason reason) override;
  void abort() override;
  std::optional<runtime::net::CloseReason> peer_close() const override { return below_->peer_close(); }
  std::uint64_t heard() const override { return heard_at_stall_.value_or(below_->heard()); }
  std::size_t unacked_bytes() const override { return below_->unacked_bytes(); }

 private:
  bool stalled() const { return heard_at_stall_.has_value(); }
  std::optional<Failure> step(std::string_view what);
  runtime::error_code lose(Failure how);
  boost::asio::awaitable<runtime::error_code> outwait();
  boost::asio::awaitable<runtime::Result<runtime::net::Message>> fail_read(Failure how);
  boost::asio::awaitable<runtime::Result<void>> fail(Failure how);
  boost::asio::awaitable<runtime::Result<runtime::net::Message>> read_below();
  boost::asio::awaitable<runtime::Result<void>> close_below(runtime::net::CloseReason reason);

  std::unique_ptr<runtime::net::MessageSocket> below_;
  Steps& steps_;
  const Steps::Open open_;
  const std::string peer_;
  const bool counted_;
  std::optional<std::uint64_t> heard_at_stall_;  // absent: nothing has stalled
  std::optional<Failure> write_fails_;           // how the write fails that was begun last
  runtime::Event over_;
};

}  // namespace support
