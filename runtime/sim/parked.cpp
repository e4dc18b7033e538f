#include "runtime/sim/parked.hpp"

#include "runtime/core/assert.hpp"

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <utility>

namespace runtime::sim {
namespace asio = boost::asio;

Parked::Parked(Loop& loop) : context_(loop.context()) {
  loop.parked_->push_back(*this);
}

Parked::~Parked() {
  if (handler_) complete(false);
}

asio::awaitable<bool> Parked::wait() {
  // No coroutine of its own: the awaitable that async_initiate makes is the only frame.
  auto initiate = [this](auto handler) { park(std::move(handler)); };
  return asio::async_initiate<const asio::use_awaitable_t<>, void(bool)>(std::move(initiate),
                                                                         asio::use_awaitable);
}

void Parked::park(Handler handler) {
  require(!handler_, "one coroutine waits in one place at a time");
  handler_.swap(handler);  // its move assignment recurses for ever (Boost 1.81)
  // The erased handler takes the original's slot for itself: ask the erased one, not the original.
  auto slot = asio::get_associated_cancellation_slot(handler_);
  if (slot.is_connected()) slot.assign([this](asio::cancellation_type) { complete(false); });
}

void Parked::wake() {
  if (handler_) complete(true);
}

void Parked::complete(bool woken) {
  asio::get_associated_cancellation_slot(handler_).clear();
  asio::post(context_,
             [handler = std::exchange(handler_, nullptr), woken]() mutable { std::move(handler)(woken); });
}

void Parked::drop() {
  Handler dropped = std::exchange(handler_, nullptr);
  asio::get_associated_cancellation_slot(dropped).clear();
}

}  // namespace runtime::sim
