#pragma once
#include "runtime/async/event.hpp"
#include "runtime/core/random.hpp"
#include "runtime/net/any_stream.hpp"
#include "runtime/net/frame_control.hpp"
#include "runtime/net/frames.hpp"
#include "runtime/net/message_socket.hpp"

#include <boost/asio/cancellation_state.hpp>

#include <optional>
#include <string>

namespace runtime::net {

/// A WebSocket after its handshake, over any stream. The way of a message that is there, or that the
/// transport has room for, is short: no operation is begun for it, nothing is allocated.
class FrameSocket final : public MessageSocket, public FrameControl {
 public:
  /// `window_bits`: the handshake agreed on packed messages (RFC 7692), of ours with that window.
  FrameSocket(AnyStream stream, Role role, std::size_t message_limit_bytes,
              std::optional<int> window_bits = std::nullopt);

  boost::asio::awaitable<Result<Message>> read() override;
  bool start_write(std::span<const std::string_view> messages) override;
  boost::asio::awaitable<Result<void>> finish_write() override;
  boost::asio::awaitable<Result<void>> ping(std::string_view payload) override;
  boost::asio::awaitable<Result<void>> close(CloseReason reason) override;
  void abort() override;
  std::optional<CloseReason> peer_close() const override { return peer_close_; }
  std::uint64_t heard() const override { return heard_; }
  std::uint64_t pongs() const override { return reader_.pongs(); }
  void fragment(std::size_t frame_bytes) override { frame_bytes_ = frame_bytes; }
  void withhold_pongs() override { pongs_withheld_ = true; }
  void close_breaches_with(std::uint16_t code) override { breach_code_ = code; }
  std::size_t unacked_bytes() const override { return stream_.core().below().unacked_bytes(); }

 private:
  using Cancellation = boost::asio::cancellation_state;

  void append_message(std::string_view text);
  void append(Opcode opcode, std::string_view payload, Part part = Part::whole,
              Packing packing = Packing::none);
  void append_close(std::uint16_t code, std::string_view text);
  bool push();
  boost::asio::awaitable<error_code> flush(Signal& turn);
  boost::asio::awaitable<void> handle(FrameReader::Item item);
  boost::asio::awaitable<void> end(std::uint16_t close_code, error_code error);
  error_code end_of_read(error_code ec, const Cancellation& state);
  error_code outcome(error_code ec, const Cancellation& state);
  error_code cut();
  error_code die(error_code error);

  AnyStream stream_;
  const Role role_;
  const std::optional<int> window_bits_;
  SystemRandom random_;
  FrameReader reader_;
  std::string out_;      // frames whose sending has not begun
  std::string sending_;  // frames on their way, up to `sent_` taken by the transport
  std::size_t sent_ = 0;
  std::uint64_t heard_ = 0;      // bytes
  std::size_t frame_bytes_ = 0;  // the most in one frame of a message; 0: no bound
  bool pongs_withheld_ = false;
  std::optional<std::uint16_t> breach_code_;
  bool flushing_ = false;  // somebody waits for the transport; who else has to, waits for a turn
  bool reading_ = false;
  bool close_sent_ = false;
  std::optional<CloseReason> peer_close_;
  std::optional<error_code> dead_;  // every operation, present and future, ends with it
  error_code write_error_;
  bool refused_ = false;  // what start_write() was given last
  Event over_;
  Signal read_left_;                            // for close(): nobody reads any more
  Signal write_turn_, close_turn_, read_turn_;  // for who waits while another flushes
};

}  // namespace runtime::net
