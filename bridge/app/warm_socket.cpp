#include "bridge/app/warm_socket.hpp"

#include <boost/asio/error.hpp>

#include <exception>
#include <span>
#include <string_view>
#include <utility>

namespace bridge::app {
namespace asio = boost::asio;
using runtime::Result;
using runtime::net::CloseReason;
using runtime::net::Message;
using runtime::net::MessageSocket;

/// As the call holds it.
class WarmSocket::Taken final : public MessageSocket {
 public:
  explicit Taken(std::shared_ptr<Shared> shared) : shared_(std::move(shared)) {}
  ~Taken() override {
    if (shared_->being_read) shared_->socket->abort();  // ends the read; whoever waits for it frees the rest
  }

  asio::awaitable<Result<Message>> read() override {
    while (shared_->messages.empty() && shared_->being_read) {
      const bool woken = co_await shared_->arrived.wait();
      if (!woken) {
        shared_->socket->abort();
        co_return asio::error::operation_aborted;
      }
    }
    if (!shared_->messages.empty()) {
      current_ = std::move(shared_->messages.front());
      shared_->messages.pop_front();
      co_return Message{current_, false};
    }
    if (shared_->error) co_return *shared_->error;
    co_return co_await shared_->socket->read();
  }
  bool start_write(std::span<const std::string_view> messages) override {
    return shared_->socket->start_write(messages);
  }
  asio::awaitable<Result<void>> finish_write() override { return shared_->socket->finish_write(); }
  asio::awaitable<Result<void>> ping(std::string_view payload) override {
    return shared_->socket->ping(payload);
  }
  asio::awaitable<Result<void>> close(CloseReason reason) override {
    return shared_->socket->close(std::move(reason));
  }
  void abort() override { shared_->socket->abort(); }
  std::optional<CloseReason> peer_close() const override { return shared_->socket->peer_close(); }
  std::uint64_t heard() const override { return shared_->socket->heard(); }
  std::size_t unacked_bytes() const override { return shared_->socket->unacked_bytes(); }

 private:
  std::shared_ptr<Shared> shared_;
  std::string current_;
};

WarmSocket::WarmSocket(std::unique_ptr<MessageSocket> socket, const asio::any_io_executor& executor)
    : shared_(std::make_shared<Shared>(std::move(socket), executor)) {}

asio::awaitable<void> WarmSocket::keep() {
  const auto shared = shared_;  // this may be gone before the read ends
  shared->being_read = true;
  std::exception_ptr failure;
  try {
    while (!shared->handed_over && !shared->error) {
      auto message = co_await shared->socket->read();
      if (message) {
        if (shared->messages.size() <= kMostMessages) shared->messages.emplace_back(message->payload);
      } else {
        shared->error = message.error();
      }
    }
  } catch (...) {
    failure = std::current_exception();
    shared->error = asio::error::connection_aborted;
  }
  shared->being_read = false;
  shared->arrived.notify();
  if (failure) std::rethrow_exception(failure);
}

asio::awaitable<void> WarmSocket::ping() {
  const auto shared = shared_;
  const auto heard = shared->socket->heard();
  if (shared->pinging || std::exchange(shared->heard, heard) == heard) {
    shared->socket->abort();
    co_return;
  }
  constexpr std::string_view kNothing;
  shared->pinging = true;
  (void)co_await shared->socket->ping(kNothing);
  shared->pinging = false;
}

std::unique_ptr<MessageSocket> WarmSocket::hand_over() {
  shared_->handed_over = true;
  return std::make_unique<Taken>(shared_);
}

}  // namespace bridge::app
