#pragma once
#include "runtime/net/message_socket.hpp"
#include "runtime/sim/message_duplex.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace runtime::sim {

/// One end of a MessageDuplex. Behaves like a WebSocket over TCP where that can be observed: a close frame
/// travels behind the data and is answered by the peer's read; close() waits for that answer; a cancelled
/// operation kills the connection without telling the peer; destroying the socket does tell.
class MemorySocket final : public net::MessageSocket {
 public:
  MemorySocket(std::shared_ptr<MessageDuplex> duplex, Side side, std::size_t message_limit_bytes);
  ~MemorySocket() override;

  boost::asio::awaitable<Result<net::Message>> read() override;
  bool start_write(std::span<const std::string_view> messages) override;
  boost::asio::awaitable<Result<void>> finish_write() override;
  boost::asio::awaitable<Result<void>> ping(std::string_view payload) override;
  boost::asio::awaitable<Result<void>> close(net::CloseReason reason) override;
  void abort() override;
  std::optional<net::CloseReason> peer_close() const override { return end_.peer_close; }
  std::uint64_t heard() const override { return heard_; }
  std::size_t unacked_bytes() const override { return out_.unread(); }

  /// Before the upgrade: the contents of a head are in the duplex. It takes no room, but a window of zero
  /// holds it back.
  boost::asio::awaitable<Result<void>> send_head();
  boost::asio::awaitable<Result<void>> receive_head();

 private:
  bool send_what_fits();
  boost::asio::awaitable<Result<void>> make_room(std::size_t bytes);
  boost::asio::awaitable<Result<void>> send_close(net::CloseReason reason);
  /// The connection ends with what `flight`, which is no message, says; answers a close frame.
  boost::asio::awaitable<error_code> end_with(Flight flight);
  boost::asio::awaitable<error_code> refuse_size();
  boost::asio::awaitable<bool> arrival();
  void answer(const Flight& flight);
  void discard(const Flight& flight);
  error_code take_close(const Flight& flight);
  std::optional<error_code> broken() const;
  std::optional<error_code> unwritable() const;
  error_code cut();

  std::shared_ptr<MessageDuplex> duplex_;
  Side side_;
  MessageEnd& end_;
  MessagePipe& in_;
  MessagePipe& out_;
  std::size_t message_limit_bytes_;
  std::uint64_t heard_ = 0;
  std::string current_;                       // what the last read returned
  std::span<const std::string_view> unsent_;  // of the write that is to be finished
};

}  // namespace runtime::sim
