#include "runtime/net/any_stream.hpp"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace runtime::net {
namespace asio = boost::asio;
namespace {
// A buffer that grew beyond this for one batch is given back.
constexpr std::size_t kKeptBytes = 64U << 10U;

// An any_completion_handler of 1.81 cannot be posted by itself: it travels in a function object.
void complete_later(const asio::any_io_executor& executor, IoHandler done, error_code ec, std::size_t bytes) {
  asio::post(executor, [done = std::move(done), ec, bytes]() mutable { std::move(done)(ec, bytes); });
}
}  // namespace

void StreamCore::read_some(asio::mutable_buffer into, IoHandler done) {
  if (early_.empty() || into.size() == 0) return below_->read_some(into, std::move(done));
  const std::size_t bytes = asio::buffer_copy(into, asio::buffer(early_));
  early_.erase(0, bytes);
  complete_later(below_->executor(), std::move(done), error_code(), bytes);
}

void StreamCore::write_some(const Buffers& from, IoHandler done) {
  if (flushing_) return hold(from, std::move(done));
  if (!corked_) return below_->write_some(from, std::move(done));
  std::size_t bytes = 0;
  for (const auto& piece : from) {
    collected_.append(static_cast<const char*>(piece.data()), piece.size());
    bytes += piece.size();
  }
  complete_later(below_->executor(), std::move(done), error_code(), bytes);
}

void StreamCore::hold(const Buffers& from, IoHandler done) {
  held_.emplace(Held{from, std::move(done)});
  auto slot = asio::get_associated_cancellation_slot(held_->done);
  if (!slot.is_connected()) return;
  slot.assign([this](asio::cancellation_type) {
    if (!held_) return;
    auto held = std::exchange(held_, std::nullopt);
    complete_later(below_->executor(), std::move(held->done), asio::error::operation_aborted, 0);
  });
}

void StreamCore::release_held() {
  if (!held_) return;
  auto held = std::exchange(held_, std::nullopt);
  if (auto slot = asio::get_associated_cancellation_slot(held->done); slot.is_connected()) slot.clear();
  below_->write_some(held->from, std::move(held->done));
}

asio::awaitable<Result<void>> StreamCore::uncork() {
  corked_ = false;
  if (collected_.empty()) co_return Result<void>();
  const auto state = co_await asio::this_coro::cancellation_state;
  flushing_ = true;
  std::size_t sent = 0;
  error_code failed;
  while (sent < collected_.size() && !failed) {
    Buffers rest;
    rest.push_back(asio::buffer(collected_) + sent);
    auto start = [this](auto handler, const Buffers& from) {
      below_->write_some(from, IoHandler(std::move(handler)));
    };
    constexpr auto token = asio::as_tuple(asio::use_awaitable);
    auto writing = asio::async_initiate<decltype(token), void(error_code, std::size_t)>(start, token, rest);
    const auto [ec, bytes] = co_await std::move(writing);
    failed = ec;
    sent += bytes;
    if (state.cancelled() != asio::cancellation_type::none) failed = asio::error::operation_aborted;
  }
  collected_.clear();
  if (collected_.capacity() > kKeptBytes) collected_.shrink_to_fit();
  flushing_ = false;
  release_held();
  if (failed) co_return failed;
  co_return Result<void>();
}

}  // namespace runtime::net
