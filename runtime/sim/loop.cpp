#include "runtime/sim/loop.hpp"

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <map>
#include <utility>

namespace runtime::sim {
namespace asio = boost::asio;



class Loop::VirtualClock final : public Clock {
 public:
  explicit VirtualClock(asio::io_context& context) : context_(context) {}

  TimePoint now() const override { return now_; }
  WallTime wall_now() const override { return kWallEpoch + (now_ - kStart); }

  asio::awaitable<bool> sleep_until(TimePoint deadline) override {
    auto initiate = [this, deadline](auto handler) { enqueue(deadline, std::move(handler)); };
    co_return co_await asio::async_initiate<const asio::use_awaitable_t<>, void(bool)>(initiate, asio::use_awaitable);
  }

  bool empty() const { return waiting_.empty(); }
  TimePoint earliest() const { return waiting_.begin()->first.deadline; }
  void set(TimePoint t) { now_ = t; }

  /// Fires exactly one waiter, so that whatever it triggers runs before the next of the same instant.
  void fire_first() {
    auto node = waiting_.extract(waiting_.begin());
    complete(std::move(node.mapped()), true);
  }

 private:
  struct Key {
    TimePoint deadline;
    std::uint64_t order;  // ties are broken by who asked first: never by an address
    auto operator<=>(const Key&) const = default;
  };
  struct Waiter {
    asio::any_io_executor executor;
    asio::any_completion_handler<void(bool)> handler;
  };

  template <class H>
  void enqueue(TimePoint deadline, H handler) {
    const Key key{std::max(deadline, now_), next_order_++};
    auto executor = asio::get_associated_executor(handler, context_.get_executor());
    Waiter waiter{std::move(executor), std::move(handler)};
    // The erased handler takes the original's slot for itself: ask the erased one, not the original.
    auto slot = asio::get_associated_cancellation_slot(waiter.handler);
    if (slot.is_connected()) {
      slot.assign([this, key](asio::cancellation_type) {
        if (auto node = waiting_.extract(key)) complete(std::move(node.mapped()), false);
      });
    }
    waiting_.emplace(key, std::move(waiter));
  }

  void complete(Waiter waiter, bool reached) {
    asio::post(waiter.executor, [handler = std::move(waiter.handler), reached]() mutable {
      asio::get_associated_cancellation_slot(handler).clear();
      std::move(handler)(reached);
    });
  }

  asio::io_context& context_;
  static constexpr TimePoint kStart{std::chrono::seconds(1)};  // not zero: code that takes 0 for "never" must show
  static constexpr WallTime kWallEpoch{std::chrono::sys_days{std::chrono::year{2026} / 3 / 5}};
  TimePoint now_ = kStart;
  std::uint64_t next_order_ = 0;
  std::map<Key, Waiter> waiting_;
};

Loop::Loop() : clock_(std::make_unique<VirtualClock>(context_)) {}
Loop::~Loop() = default;
Clock& Loop::clock() { return *clock_; }
TimePoint Loop::now() const { return clock_->now(); }

void Loop::drain() {
  context_.restart();
  while (context_.poll() != 0) {
  }
}

std::uint64_t Loop::run() { std::uint64_t fired = 0;
  for (drain(); !clock_->empty(); ++fired, drain()) {
    clock_->set(clock_->earliest());
    clock_->fire_first();
  }
  return fired;
}

std::uint64_t Loop::run_for(Duration span) {
  const TimePoint end = now() + span;
  std::uint64_t fired = 0;
  for (drain(); !clock_->empty() && clock_->earliest() <= end; ++fired, drain()) {
    clock_->set(clock_->earliest());
    clock_->fire_first();
  }
  clock_->set(end);
  return fired;
}

bool Loop::run_until(const std::function<bool()>& done, Duration span) {
  const TimePoint end = now() + span;
  for (drain(); !done(); drain()) {
    if (clock_->empty() || clock_->earliest() > end) {
      clock_->set(end);
      return false;
    }
    clock_->set(clock_->earliest());
    clock_->fire_first();
  }
  return true;
}

}  // namespace runtime::sim
