#include "tests/support/failing_socket.hpp"

#include <boost/asio/error.hpp>

#include <new>
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
  auto failure = counted_ ? steps_.next(peer_ + " " + std::string(what)) : std::nullopt;
  if (failure == Failure::throws_early) throw std::bad_alloc();
  if (failure == Failure::stalls) stalled_ = true;
  return failure;
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
  return below_->read();
}

bool FailingSocket::start_write(std::span<const std::string_view> messages) {
  const auto failure = step("write");
  if (!failure && !stalled_) return below_->start_write(messages);
  write_fails_ = true;
  if (!stalled_) unwritten_ = lose(*failure);
  return false;
}

asio::awaitable<Result<void>> FailingSocket::finish_write() {
  if (!write_fails_) co_return co_await below_->finish_write();
  if (unwritten_) co_return *unwritten_;
  co_return co_await outwait();
}

asio::awaitable<Result<void>> FailingSocket::ping(std::string_view payload) {
  if (const auto failure = step("ping")) return fail(*failure);
  return stalled_ ? fail(Failure::stalls) : below_->ping(payload);
}

asio::awaitable<Result<void>> FailingSocket::close(net::CloseReason reason) {
  if (const auto failure = step("close")) return fail(*failure);
  return stalled_ ? fail(Failure::stalls) : close_below(std::move(reason));
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
