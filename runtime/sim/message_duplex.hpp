#pragma once
#include "runtime/core/result.hpp"
#include "runtime/net/http.hpp"
#include "runtime/net/message_socket.hpp"
#include "runtime/sim/connection_side.hpp"
#include "runtime/sim/message_pipe.hpp"

#include <memory>
#include <optional>
#include <string>

namespace runtime::sim {

/// How one program's end of a message-level connection stands.
struct MessageEnd {
  std::optional<error_code> dead;  // every operation, present and future, ends with it
  std::optional<net::CloseReason> peer_close;
  bool close_sent = false;
  bool writing = false;  // a write waits for room; a close frame has to wait behind it
  bool throw_from_next_write = false;
  bool released = false;  // its socket is destroyed
};

/// One simulated connection at message level: two directions, two ends. Shared by the two sockets and by
/// whoever holds the Connection.
class MessageDuplex final : public Connection, public std::enable_shared_from_this<MessageDuplex> {
 public:
  MessageDuplex(Loop& loop, ConnectionNames names, ConnectionLinks links);

  Loop& loop() { return loop_; }
  MessageEnd& end(Side side) { return side == Side::client ? client_ : server_; }
  MessagePipe& out(Side side) { return side == Side::client ? to_server_ : to_client_; }
  MessagePipe& in(Side side) { return side == Side::client ? to_client_ : to_server_; }

  /// `side` can do nothing more; its pending operations end with `error`. The other side hears nothing of it.
  void die(Side side, error_code error);
  /// The socket of `side` is destroyed: its host hangs up, in the next turn of the loop.
  void release(Side side);
  /// The program of `side` ended by exception: close code 1011 (after an upgrade), then the end.
  void fail(Side side);

  /// Contents of the heads in flight.
  std::optional<net::HttpRequest> request;
  std::optional<net::HttpResponse> response;
  bool upgraded = false;

  const std::string& client() const override { return names_.client; }
  const std::string& server() const override { return names_.server; }
  const std::string& target() const override { return names_.target; }
  void stall_to_server(std::optional<TimePoint> until) override { to_server_.stall(until); }
  void stall_to_client(std::optional<TimePoint> until) override { to_client_.stall(until); }
  void resume() override;
  void set_window_to_server(std::size_t bytes) override { to_server_.set_window(bytes); }
  void set_window_to_client(std::size_t bytes) override { to_client_.set_window(bytes); }
  void reset() override;
  void black_hole() override;
  void throw_from_next_write(bool client_side) override;

 private:
  /// Writers of `side` learn that the peer's host has hung up.
  void wake_writers(Side side);

  Loop& loop_;
  ConnectionNames names_;
  MessageEnd client_;
  MessageEnd server_;
  MessagePipe to_server_;
  MessagePipe to_client_;
};

}  // namespace runtime::sim
