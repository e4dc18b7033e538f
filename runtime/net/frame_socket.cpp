#include "runtime/net/frame_socket.hpp"

#include "runtime/async/use_tuple.hpp"
#include "runtime/core/deflate.hpp"

#include <algorithm>
#include <boost/asio/error.hpp>
#include <boost/asio/this_coro.hpp>
#include <utility>

namespace runtime::net {
namespace asio = boost::asio;
namespace {
constexpr std::size_t kMostUnsent = 4U << 10U;  // a peer that reads less than it pings gets no more pongs
constexpr std::size_t kControlBytes = 125;      // RFC 6455, 5.5
constexpr std::size_t kCloseTextBytes = kControlBytes - 2;  // beside the code
constexpr std::uint16_t kNormal = 1000;                     // RFC 6455, 7.4.1

bool is_cancelled(const asio::cancellation_state& state) {
  return state.cancelled() != asio::cancellation_type::none;
}
}  // namespace

FrameSocket::FrameSocket(AnyStream stream, Role role, std::size_t message_limit_bytes,
                         std::optional<int> window_bits)
    : stream_(std::move(stream)),
      role_(role),
      window_bits_(window_bits),
      reader_(role, message_limit_bytes, window_bits ? Packing::deflate : Packing::none),
      over_(stream_.get_executor()),
      read_left_(stream_.get_executor()),
      write_turn_(stream_.get_executor()),
      close_turn_(stream_.get_executor()),
      read_turn_(stream_.get_executor()) {}

asio::awaitable<Result<Message>> FrameSocket::read() {
  // close() may be reading: then what it waits for ends this as well.
  if (reading_ && !dead_) (void)co_await over_.wait();
  if (dead_) co_return *dead_;
  if (reading_) co_return cut();
  const auto state = co_await asio::this_coro::cancellation_state;
  reading_ = true;
  while (!dead_) {
    if (auto item = reader_.next()) {
      if (const auto* message = std::get_if<Message>(&*item)) {
        reading_ = false;
        if (close_sent_) read_left_.notify();
        co_return *message;
      }
      auto handling = handle(std::move(*item));
      co_await std::move(handling);
    } else {
      const auto room = reader_.room();
      const auto into = asio::buffer(room.data(), room.size());
      auto [ec, bytes] = co_await stream_.async_read_some(into, use_tuple);
      if (ec) co_return end_of_read(ec, state);
      heard_ += bytes;
      reader_.filled(bytes);
    }
    // An await begun after a cancellation would throw.
    if (is_cancelled(state)) co_return end_of_read(asio::error::operation_aborted, state);
  }
  co_return end_of_read(*dead_, state);
}

error_code FrameSocket::end_of_read(error_code ec, const Cancellation& state) {
  reading_ = false;
  read_left_.notify();
  const error_code error = outcome(ec, state);
  return error == asio::error::operation_aborted ? cut() : die(error);
}

/// What is no message.
asio::awaitable<void> FrameSocket::handle(FrameReader::Item item) {
  if (const auto* ping = std::get_if<FrameReader::Ping>(&item)) {
    if (pongs_withheld_ || close_sent_ || out_.size() > kMostUnsent) co_return;
    append(Opcode::pong, ping->payload);
    if (!push() && !flushing_) (void)co_await flush(read_turn_);
    co_return;
  }
  auto code = kNormal;
  error_code error = NetError::closed;
  if (auto* closed = std::get_if<FrameReader::Closed>(&item)) {
    if (closed->reason.code != kNoCode) code = closed->reason.code;
    peer_close_ = std::move(closed->reason);
  } else if (const auto* breach = std::get_if<FrameReader::Breach>(&item)) {
    error = breach->error;
    code = error == NetError::protocol ? breach_code_.value_or(breach->close_code) : breach->close_code;
  }
  auto ending = end(code, error);
  co_await std::move(ending);
}

/// Nothing more will be read: the peer hears why, unless it has heard already, then TCP's end.
asio::awaitable<void> FrameSocket::end(std::uint16_t close_code, error_code error) {
  const auto state = co_await asio::this_coro::cancellation_state;
  if (!std::exchange(close_sent_, true)) append_close(close_code, {});
  if (!push()) (void)co_await flush(read_turn_);
  if (!is_cancelled(state) && !dead_) (void)co_await shut_down(stream_);
  die(error);
}

void FrameSocket::append_message(std::string_view text) {
  const std::string packed = window_bits_ ? packed_message(text, *window_bits_) : std::string();
  if (window_bits_) text = packed;
  Packing packing = window_bits_ ? Packing::deflate : Packing::none;
  Opcode opcode = Opcode::text;
  while (frame_bytes_ != 0 && text.size() > frame_bytes_) {
    append(std::exchange(opcode, Opcode::continuation), text.substr(0, frame_bytes_), Part::more_follows,
           std::exchange(packing, Packing::none));
    text.remove_prefix(frame_bytes_);
  }
  append(opcode, text, Part::whole, packing);
}

void FrameSocket::append(Opcode opcode, std::string_view payload, Part part, Packing packing) {
  if (role_ == Role::server) return append_frame(out_, opcode, payload, std::nullopt, part, packing);
  // RFC 6455, 10.3: a mask must not be predictable.
  const auto drawn = static_cast<std::uint32_t>(random_.next());
  Mask mask{};
  for (std::size_t i = 0; i < mask.size(); ++i) mask[i] = static_cast<char>(drawn >> 8 * i & 0xFFU);
  append_frame(out_, opcode, payload, mask, part, packing);
}

void FrameSocket::append_close(std::uint16_t code, std::string_view text) {
  std::string payload;
  if (code != kNoCode) {
    payload = {static_cast<char>(code >> 8U), static_cast<char>(code & 0xFFU)};
    payload += text.substr(0, kCloseTextBytes);
  }
  append(Opcode::close, payload);
}

/// Gives the transport what it takes without waiting. True: nothing is left.
bool FrameSocket::push() {
  if (flushing_ || write_error_) return false;
  for (;;) {
    if (sent_ == sending_.size()) {
      sending_.clear();
      sent_ = 0;
      if (sending_.capacity() > kKeptBytes) sending_.shrink_to_fit();
      if (out_.empty()) return true;
      sending_.swap(out_);
    }
    sent_ += stream_.core().below().write_now(asio::buffer(sending_) + sent_);
    if (sent_ < sending_.size()) return false;
  }
}

/// Waits until the transport has taken everything. `turn`: where to wait while another does that.
asio::awaitable<error_code> FrameSocket::flush(Signal& turn) {
  const auto state = co_await asio::this_coro::cancellation_state;
  while (!push()) {
    if (write_error_) co_return write_error_;
    if (dead_) co_return *dead_;
    if (is_cancelled(state)) co_return cut();
    if (flushing_) {
      const bool woken = co_await turn.wait();
      if (!woken) co_return cut();
      continue;
    }
    flushing_ = true;
    const asio::const_buffer rest = asio::buffer(sending_) + sent_;
    auto [ec, bytes] = co_await stream_.async_write_some(rest, use_tuple);
    flushing_ = false;
    sent_ += bytes;
    for (auto* other : {&write_turn_, &close_turn_, &read_turn_}) other->notify();
    if (ec) write_error_ = outcome(ec, state);
    if (write_error_ == asio::error::operation_aborted) co_return cut();
  }
  co_return error_code();
}

bool FrameSocket::start_write(std::span<const std::string_view> messages) {
  refused_ = dead_ || close_sent_;
  if (refused_) return false;
  for (const auto message : messages) append_message(message);
  return push();
}

asio::awaitable<Result<void>> FrameSocket::finish_write() {
  if (refused_) co_return dead_.value_or(NetError::closed);
  const error_code failed = co_await flush(write_turn_);
  if (failed) co_return failed;
  co_return Result<void>();
}

asio::awaitable<Result<void>> FrameSocket::ping(std::string_view payload) {
  refused_ = dead_ || close_sent_;
  if (!refused_) append(Opcode::ping, payload.substr(0, kControlBytes));
  co_return co_await finish_write();
}

asio::awaitable<Result<void>> FrameSocket::close(CloseReason reason) {
  if (dead_) co_return *dead_;
  if (std::exchange(close_sent_, true)) co_return error_code(NetError::closed);
  const auto state = co_await asio::this_coro::cancellation_state;
  append_close(reason.code, reason.text);
  if (!push()) {
    const error_code failed = co_await flush(close_turn_);
    if (failed) co_return failed;
  }
  bool kept = false;
  while (!dead_) {
    if (is_cancelled(state)) co_return cut();
    if (reading_) {
      const bool woken = co_await read_left_.wait();
      if (!woken) co_return cut();
      kept = false;
      continue;
    }
    if (!std::exchange(kept, true)) reader_.keep();  // somebody may still look at the message read last
    (void)co_await read();
  }
  if (!peer_close_) co_return *dead_;
  co_return Result<void>();
}

void FrameSocket::abort() {
  stream_.core().below().abort();
  die(NetError::closed);
}

/// Who is cancelled hears that; whom a close or an abort of ours overtook, that the connection is closed.
error_code FrameSocket::outcome(error_code ec, const Cancellation& state) {
  return ec == asio::error::operation_aborted && !is_cancelled(state) ? error_code(NetError::closed) : ec;
}

/// After a cancelled operation the connection is dead, and the peer is not told.
error_code FrameSocket::cut() {
  die(NetError::closed);
  return asio::error::operation_aborted;
}

error_code FrameSocket::die(error_code error) {
  if (!dead_) {
    dead_ = error;
    over_.set();
    read_left_.notify();
    for (auto* turn : {&write_turn_, &close_turn_, &read_turn_}) turn->notify();
  }
  return *dead_;
}

}  // namespace runtime::net
