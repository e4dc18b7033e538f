#pragma once
#include "runtime/net/byte_stream.hpp"
#include "runtime/sim/byte_pipe.hpp"
#include "runtime/sim/connection_side.hpp"

#include <memory>
#include <string>

namespace runtime::sim {

/// One simulated connection at byte level: two directions. Shared by the two streams and by whoever holds
/// the Connection.
class ByteDuplex final : public Connection {
 public:
  ByteDuplex(Loop& loop, ConnectionNames names, ConnectionLinks links);

  Loop& loop() { return loop_; }
  BytePipe& out(Side side) { return side == Side::client ? to_server_ : to_client_; }
  BytePipe& in(Side side) { return side == Side::client ? to_client_ : to_server_; }
  /// True once after throw_from_next_write().
  bool take_throw(Side side);

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
  Loop& loop_;
  ConnectionNames names_;
  bool client_throws_ = false;
  bool server_throws_ = false;
  BytePipe to_server_;
  BytePipe to_client_;
};

/// One end of it, for Beast, in a program that runs on `executor`.
class SimByteStream final : public net::ByteStream {
 public:
  SimByteStream(std::shared_ptr<ByteDuplex> duplex, Side side, boost::asio::any_io_executor executor);
  ~SimByteStream() override;

  boost::asio::any_io_executor executor() override;
  void read_some(boost::asio::mutable_buffer into, net::IoHandler done) override;
  void write_some(net::Buffers from, net::IoHandler done) override;
  std::size_t write_now(boost::asio::const_buffer from) override;
  void shut_down(net::DoneHandler done) override;
  void abort() override;
  std::size_t unacked_bytes() const override;

 private:
  std::shared_ptr<ByteDuplex> duplex_;
  Side side_;
  boost::asio::any_io_executor executor_;
};

}  // namespace runtime::sim
