#include "runtime/sim/parked.hpp"

#include "runtime/core/assert.hpp"

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <utility>

namespace runtime::sim {
namespace asio = boost::asio;
namespace {
constexpr const char* kOccupied = "one operation waits in one place at a time";

/// Moves `handler` into the empty `place`; `cancelled` runs when its operation is cancelled.
/// By swap: the move assignment of any_completion_handler recurses for ever (Boost 1.81).
template <class Handler, class Cancelled>
void settle(Handler& place, Handler& handler, Cancelled cancelled) {
  require(!place, kOccupied);
  place.swap(handler);
  // The erased handler takes the original's slot for itself: ask the erased one, not the original.
  auto slot = asio::get_associated_cancellation_slot(place);
  if (slot.is_connected()) slot.assign(std::move(cancelled));
}

/// Takes the handler out, deaf to cancellation from now on.
template <class Handler>
Handler leave(Handler& place) {
  Handler handler;
  handler.swap(place);
  asio::get_associated_cancellation_slot(handler).clear();
  return handler;
}
}  // namespace

WaitingPlace::WaitingPlace(Loop& loop) : context_(loop.context()) {
  loop.places_->push_back(*this);
}

Parked::~Parked() {
  if (handler_) complete(false);
}

asio::awaitable<bool> Parked::wait() {
  // No coroutine of its own: the awaitable that async_initiate makes is the only frame.
  auto initiate = [this](auto handler) {
    // Asked before it is erased: an erased handler's executor cannot be posted to (Boost 1.81).
    asio::any_io_executor executor = asio::get_associated_executor(handler, context().get_executor());
    park(std::move(handler), std::move(executor));
  };
  return asio::async_initiate<const asio::use_awaitable_t<>, void(bool)>(std::move(initiate),
                                                                         asio::use_awaitable);
}

void Parked::park(Handler handler, asio::any_io_executor executor) {
  settle(handler_, handler, [this](asio::cancellation_type) { complete(false); });
  if (executor.target<asio::io_context::executor_type>() == nullptr) elsewhere_ = std::move(executor);
}

void Parked::wake() {
  if (handler_) complete(true);
}

void Parked::complete(bool woken) {
  auto resume = [handler = leave(handler_), woken]() mutable { std::move(handler)(woken); };
  if (!elsewhere_) {
    asio::post(context(), std::move(resume));
  } else {
    asio::post(std::exchange(elsewhere_, {}), std::move(resume));
  }
}

void Parked::drop() {
  const Handler dropped = leave(handler_);
}

ParkedIo::ParkedIo(Loop& loop) : WaitingPlace(loop), executor_(context().get_executor()) {}

ParkedIo::~ParkedIo() {
  complete(asio::error::operation_aborted, 0);
}

void ParkedIo::park(net::IoHandler handler) {
  settle(handler_, handler, [this](asio::cancellation_type) { complete(asio::error::operation_aborted, 0); });
}

void ParkedIo::complete(error_code error, std::size_t bytes) {
  if (handler_) post(leave(handler_), error, bytes);
}

void ParkedIo::post(net::IoHandler handler, error_code error, std::size_t bytes) {
  asio::post(executor_,
             [handler = std::move(handler), error, bytes]() mutable { std::move(handler)(error, bytes); });
}

void ParkedIo::drop() {
  const net::IoHandler dropped = leave(handler_);
}

}  // namespace runtime::sim
