#include "tests/support/failing_socket.hpp"

#include <boost/asio/error.hpp>

#include <stdexcept>
#include <utility>

namespace support {
namespace asio = boost::asio;
namespace net = runtime::net;
using runtime::error_code;
using runtime::Result;

FailingSocket::FailingSocket(std::unique_ptr<net::MessageSocket> below, asio::any_io_executor executor,
                             Steps& steps, std::string peer, bool counted)
    : below_(std::move(below)),
      steps_(steps),
      open_(steps),
      peer_(std::move(peer)),
      counted_(counted),
      over_(std::move(executor)) {}

/// How the operation that begins now fails.
std::optional<Failure> FailingSocket::step(std::string_view what) {
  const auto failure = counted_ ? steps_.next(peer_ + " " + std::string(what)) : std::nullopt;
  if (failure == Failure::stalls) heard_at_stall_ = below_->heard();
  return failure || !stalled() ? failure : Failure::stalls;
}

error_code FailingSocket::lose(Failure how) {
  if (how == Failure::throws) throw std::runtime_error(peer_ + ": a simulated bug");
  below_->abort();
  if (how == Failure::error) return asio::error::connection_reset;
  return asio::error::eof;
}

asio::awaitable<error_code> FailingSocket::outwait() {
  const bool over = co_await over_.wait();
  co_return over ? error_code(net::NetError::closed) : error_code(asio::error::operation_aborted);
}

asio::awaitable<Result<net::Message>> FailingSocket::fail_read(Failure how) {
  if (how != Failure::stalls) co_return lose(how);
  co_return co_await outwait();
}

asio::awaitable<Result<void>> FailingSocket::fail(Failure how) {
  if (how != Failure::stalls) co_return lose(how);
  co_return co_await outwait();
}

asio::awaitable<Result<net::Message>> FailingSocket::read() {
  if (const auto failure = step("read")) return fail_read(*failure);
  return read_below();
}

/// What comes after a stall, the peer's end as well, is not seen.
asio::awaitable<Result<net::Message>> FailingSocket::read_below() {
  auto message = co_await below_->read();
  const bool cancelled = !message && message.error() == asio::error::operation_aborted;
  if (!stalled() || cancelled || over_.is_set()) co_return message;
  co_return co_await outwait();
}

/// But for one that is early, what fails does so where the end of the write is awaited.
bool FailingSocket::start_write(std::span<const std::string_view> messages) {
  write_fails_ = step("write");
  return !write_fails_ && below_->start_write(messages);
}

asio::awaitable<Result<void>> FailingSocket::finish_write() {
  if (write_fails_) return fail(*write_fails_);
  return below_->finish_write();
}

asio::awaitable<Result<void>> FailingSocket::ping(std::string_view payload) {
  if (const auto failure = step("ping")) return fail(*failure);
  return below_->ping(payload);
}

asio::awaitable<Result<void>> FailingSocket::close(net::CloseReason reason) {
  if (const auto failure = step("close")) return fail(*failure);
  return close_below(std::move(reason));
}

/// Once both sides have closed no read stalls any more.
asio::awaitable<Result<void>> FailingSocket::close_below(net::CloseReason reason) {
  auto closed = co_await below_->close(std::move(reason));
  over_.set();
  co_return closed;
}

void FailingSocket::abort() {
  below_->abort();
  over_.set();
}

}  // namespace support
