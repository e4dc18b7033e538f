#include "bridge/app/stream_watch.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/this_coro.hpp>

#include <span>
#include <string_view>
#include <utility>

namespace bridge::app {
namespace asio = boost::asio;
using runtime::Result;
using runtime::net::CloseReason;
using runtime::net::Message;

/// Notes what comes in, and keeps pings and writes apart: a transport takes one at a time.
class StreamWatch::Watched final : public runtime::net::MessageSocket {
 public:
  Watched(std::unique_ptr<MessageSocket> socket, const asio::any_io_executor& executor, runtime::Clock& clock)
      : socket_(std::move(socket)), clock_(clock), heard_(clock.now()), ping_over_(executor) {}

  asio::awaitable<Result<Message>> read() override {
    heard_ = clock_.now();  // whoever asks for the next message has had one: no coroutine is needed to know
    return socket_->read();
  }
  bool start_write(std::span<const std::string_view> messages) override {
    if (pinging_) {
      deferred_ = messages;
      writing_ = true;
      return false;
    }
    writing_ = !socket_->start_write(messages);
    return !writing_;
  }
  asio::awaitable<Result<void>> finish_write() override {
    if (!deferred_.empty()) {
      while (pinging_) {
        const bool over = co_await ping_over_.wait();
        if (!over) co_return asio::error::operation_aborted;
      }
      const auto messages = std::exchange(deferred_, {});
      if (socket_->start_write(messages)) {
        writing_ = false;
        co_return Result<void>();
      }
    }
    auto written = co_await socket_->finish_write();
    writing_ = false;
    co_return written;
  }
  asio::awaitable<Result<void>> ping(std::string_view payload) override {
    if (writing_ || closing_) co_return Result<void>();  // there is a sign of life on its way
    pinging_ = true;
    Result<void> sent;
    std::exception_ptr error;
    try {
      sent = co_await socket_->ping(payload);
    } catch (...) {
      error = std::current_exception();
    }
    pinging_ = false;
    ping_over_.notify();
    if (error) std::rethrow_exception(error);
    co_return sent;
  }
  asio::awaitable<Result<void>> close(CloseReason reason) override {
    closing_ = true;
    return socket_->close(std::move(reason));
  }
  void abort() override { socket_->abort(); }
  std::optional<CloseReason> peer_close() const override { return socket_->peer_close(); }
  std::uint64_t heard() const override { return socket_->heard(); }
  std::size_t unacked_bytes() const override { return socket_->unacked_bytes(); }

  runtime::TimePoint heard_at() const { return heard_; }

 private:
  std::unique_ptr<MessageSocket> socket_;
  runtime::Clock& clock_;
  runtime::TimePoint heard_;
  bool pinging_ = false, writing_ = false, closing_ = false;
  std::span<const std::string_view> deferred_;  // waits for the ping to be over
  runtime::Signal ping_over_;
};

StreamWatch::StreamWatch(asio::any_io_executor executor, runtime::Clock& clock, Limits limits, Owner owner)
    : executor_(std::move(executor)),
      clock_(clock),
      limits_(limits),
      owner_(std::move(owner)),
      tasks_(executor_, owner_.failed) {}

std::unique_ptr<runtime::net::MessageSocket> StreamWatch::watch(
    std::unique_ptr<runtime::net::MessageSocket> socket) {
  if (limits_.idle == limits_.idle.zero() && limits_.ping == limits_.ping.zero()) return socket;
  auto watched = std::make_unique<Watched>(std::move(socket), executor_, clock_);
  watched_ = watched.get();
  if (limits_.idle > limits_.idle.zero()) tasks_.spawn(look());
  if (limits_.ping > limits_.ping.zero()) tasks_.spawn(ping());
  return watched;
}

asio::awaitable<void> StreamWatch::stop() {
  tasks_.cancel();
  // Also when the call was cancelled meanwhile.
  co_await asio::this_coro::throw_if_cancelled(false);
  co_await tasks_.join();
}

asio::awaitable<void> StreamWatch::look() {
  for (;;) {
    const bool slept = co_await clock_.sleep_until(watched_->heard_at() + limits_.idle);
    if (!slept) co_return;
    if (clock_.now() < watched_->heard_at() + limits_.idle) continue;
    owner_.idle();
    watched_->abort();
    co_return;
  }
}

asio::awaitable<void> StreamWatch::ping() {
  for (;;) {
    const bool slept = co_await clock_.sleep_until(clock_.now() + limits_.ping);
    if (!slept) co_return;
    const auto sent = co_await watched_->ping("");
    if (!sent) co_return;  // the read sees the end as well
  }
}

}  // namespace bridge::app
