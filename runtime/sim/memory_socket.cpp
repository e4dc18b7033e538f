#include "runtime/sim/memory_socket.hpp"

#include <boost/asio/error.hpp>

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace runtime::sim {
namespace asio = boost::asio;
using net::CloseReason;
using net::Message;
using net::NetError;
namespace {
constexpr std::uint16_t kNormal = 1000;  // RFC 6455, 7.4.1
constexpr std::uint16_t kNoCode = 1005;
constexpr std::uint16_t kTooBig = 1009;
constexpr std::size_t kReasonBytes = 123;  // what fits into a control frame beside the code

std::size_t window_bytes(std::string_view message) {
  return std::max<std::size_t>(message.size(), 1);
}
}  // namespace

MemorySocket::MemorySocket(std::shared_ptr<MessageDuplex> duplex, Side side, std::size_t message_limit_bytes)
    : duplex_(std::move(duplex)),
      side_(side),
      end_(duplex_->end(side)),
      in_(duplex_->in(side)),
      out_(duplex_->out(side)),
      message_limit_bytes_(message_limit_bytes) {}

MemorySocket::~MemorySocket() {
  duplex_->release(side_);
}

asio::awaitable<bool> MemorySocket::arrival() {
  in_.expect();
  return in_.readable.wait();
}

asio::awaitable<Result<Message>> MemorySocket::read() {
  Flight flight;
  do {
    while (!end_.dead && in_.front() == nullptr) {
      const bool woken = co_await arrival();
      if (!woken) co_return cut();
    }
    if (end_.dead) co_return *end_.dead;
    flight = in_.take(std::move(current_));
    in_.discardable.wake();  // a close() of ours goes on with what we leave
    ++heard_;
    answer(flight);
  } while (flight.kind == FlightKind::ping || flight.kind == FlightKind::pong);
  if (flight.kind != FlightKind::message) co_return co_await end_with(std::move(flight));
  current_ = std::move(flight.text);
  if (current_.size() > message_limit_bytes_) co_return co_await refuse_size();
  co_return Message{current_, false};
}

asio::awaitable<error_code> MemorySocket::end_with(Flight flight) {
  if (flight.kind != FlightKind::close_frame) {
    discard(flight);
    co_return *end_.dead;
  }
  const error_code error = take_close(flight);
  if (!end_.close_sent) {
    end_.close_sent = true;
    CloseReason answer{flight.close_code == kNoCode ? kNormal : flight.close_code, {}};
    (void)co_await send_close(std::move(answer));
  }
  if (!end_.dead) duplex_->die(side_, error);
  co_return *end_.dead;
}

asio::awaitable<error_code> MemorySocket::refuse_size() {
  if (!end_.close_sent) {
    end_.close_sent = true;
    CloseReason reason{kTooBig, {}};
    (void)co_await send_close(std::move(reason));
  }
  if (!end_.dead) duplex_->die(side_, NetError::too_big);
  co_return *end_.dead;
}

error_code MemorySocket::take_close(const Flight& flight) {
  end_.peer_close = CloseReason{flight.close_code, flight.text};
  return NetError::closed;
}

/// A ping is answered where there is room for it: who pings more than it reads gets fewer answers.
void MemorySocket::answer(const Flight& flight) {
  const std::size_t bytes = window_bytes(flight.text);
  if (flight.kind == FlightKind::ping && !end_.close_sent && !end_.writing && out_.takes(bytes))
    out_.send(FlightKind::pong, flight.text, bytes);
}

/// What is in flight when our close() reads instead of the program: data is dropped.
void MemorySocket::discard(const Flight& flight) {
  switch (flight.kind) {
    case FlightKind::message:
    case FlightKind::ping:
    case FlightKind::pong:
    case FlightKind::head:
      return;
    case FlightKind::close_frame:
      return duplex_->die(side_, take_close(flight));
    case FlightKind::end:
      return duplex_->die(side_, asio::error::eof);
    case FlightKind::reset:
      return duplex_->die(side_, asio::error::connection_reset);
  }
}

std::optional<error_code> MemorySocket::broken() const {
  if (end_.dead) return end_.dead;
  if (in_.hung_up() == FlightKind::reset) return asio::error::connection_reset;
  if (in_.hung_up()) return asio::error::broken_pipe;
  return std::nullopt;
}

std::optional<error_code> MemorySocket::unwritable() const {
  const auto error = broken();
  if (!error && end_.close_sent) return NetError::closed;
  return error;
}

bool MemorySocket::start_write(std::span<const std::string_view> messages) {
  if (std::exchange(end_.throw_from_next_write, false)) throw std::runtime_error("write: a simulated bug");
  unsent_ = messages;
  return send_what_fits();
}

bool MemorySocket::send_what_fits() {
  for (; !unsent_.empty(); unsent_ = unsent_.subspan(1)) {
    const std::size_t bytes = window_bytes(unsent_.front());
    if (unwritable() || !out_.takes(bytes)) return false;
    out_.send(FlightKind::message, unsent_.front(), bytes);
  }
  return true;
}

asio::awaitable<Result<void>> MemorySocket::finish_write() {
  while (!send_what_fits()) {
    if (const auto error = unwritable()) co_return *error;
    const std::size_t bytes = window_bytes(unsent_.front());
    const auto room = co_await make_room(bytes);
    if (!room) co_return room;
    out_.send(FlightKind::message, unsent_.front(), bytes);
    unsent_ = unsent_.subspan(1);
  }
  co_return Result<void>();
}

asio::awaitable<Result<void>> MemorySocket::ping(std::string_view payload) {
  if (const auto error = unwritable()) co_return *error;
  const std::size_t bytes = window_bytes(payload);
  const auto room = co_await make_room(bytes);
  if (!room) co_return room;
  out_.send(FlightKind::ping, payload, bytes);
  co_return Result<void>();
}

asio::awaitable<Result<void>> MemorySocket::make_room(std::size_t bytes) {
  end_.writing = true;
  bool woken = true;
  std::optional<error_code> error;
  while (woken && !(error = broken()) && !out_.takes(bytes)) woken = co_await out_.room.wait();
  end_.writing = false;
  out_.room_for_close.wake();
  if (!woken) co_return cut();
  if (error) co_return *error;
  co_return Result<void>();
}

asio::awaitable<Result<void>> MemorySocket::send_close(CloseReason reason) {
  if (reason.text.size() > kReasonBytes) reason.text.resize(kReasonBytes);
  const std::size_t bytes = 2 + reason.text.size();
  while (!end_.dead && !in_.hung_up() && (end_.writing || !out_.takes(bytes))) {
    const bool woken = co_await out_.room_for_close.wait();
    if (!woken) co_return cut();
  }
  if (end_.dead) co_return *end_.dead;
  if (!in_.hung_up()) out_.send(FlightKind::close_frame, reason.text, bytes, reason.code);
  co_return Result<void>();
}

asio::awaitable<Result<void>> MemorySocket::close(CloseReason reason) {
  if (end_.dead) co_return *end_.dead;
  if (std::exchange(end_.close_sent, true)) co_return error_code(NetError::closed);
  const auto sent = co_await send_close(std::move(reason));
  if (!sent) co_return sent;
  while (!end_.dead) {
    if (!in_.readable.occupied() && in_.front() != nullptr) {
      discard(in_.take({}));
      continue;
    }
    in_.expect();
    const bool woken = co_await in_.discardable.wait();
    if (!woken) co_return cut();
  }
  if (!end_.peer_close) co_return *end_.dead;
  co_return Result<void>();
}

void MemorySocket::abort() {
  if (!end_.dead) duplex_->die(side_, NetError::closed);
  out_.hang_up(FlightKind::reset);
}

/// After a cancelled operation the connection is dead, and the peer is not told.
error_code MemorySocket::cut() {
  if (!end_.dead) duplex_->die(side_, NetError::closed);
  return asio::error::operation_aborted;
}

asio::awaitable<Result<void>> MemorySocket::send_head() {
  if (const auto error = unwritable()) co_return *error;
  const auto room = co_await make_room(0);
  if (!room) co_return room;
  out_.send(FlightKind::head, "", 0);
  co_return Result<void>();
}

asio::awaitable<Result<void>> MemorySocket::receive_head() {
  while (!end_.dead && in_.front() == nullptr) {
    const bool woken = co_await arrival();
    if (!woken) co_return cut();
  }
  if (end_.dead) co_return *end_.dead;
  const Flight flight = in_.take({});
  if (flight.kind == FlightKind::head) co_return Result<void>();
  discard(flight);
  if (end_.dead) co_return *end_.dead;
  co_return error_code(NetError::protocol);
}

}  // namespace runtime::sim
