#include "runtime/sim/loop.hpp"

#include "runtime/sim/parked.hpp"

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <map>
#include <utility>

namespace runtime::sim {
namespace asio = boost::asio;

class Loop::VirtualClock final : public Clock {
 public:
  explicit VirtualClock(Loop& loop) : loop_(loop) {}

  TimePoint now() const override { return now_; }
  WallTime wall_now() const override { return kWallEpoch + (now_ - kStart); }

  asio::awaitable<bool> sleep_until(TimePoint deadline) override {
    auto initiate = [this, deadline](auto handler) { enqueue(deadline, std::move(handler)); };
    return asio::async_initiate<const asio::use_awaitable_t<>, void(bool)>(std::move(initiate),
                                                                           asio::use_awaitable);
  }

  void set(Timer& timer, TimePoint at) {
    cancel(timer);
    timer.at_ = std::max(at, now_);
    timer.order_ = next_order_++;
    timer.armed_ = true;
    waiting_.emplace(Key{timer.at_, timer.order_}, Waiter{{}, {}, &timer});
  }
  void cancel(Timer& timer) {
    if (!std::exchange(timer.armed_, false)) return;
    waiting_.erase(Key{timer.at_, timer.order_});
  }

  bool empty() const { return waiting_.empty(); }
  TimePoint earliest() const { return waiting_.begin()->first.deadline; }
  void set_time(TimePoint t) { now_ = t; }

  /// Fires exactly one waiter, so that whatever it triggers runs before the next of the same instant.
  void fire_first() {
    auto node = waiting_.extract(waiting_.begin());
    Waiter& waiter = node.mapped();
    if (waiter.timer == nullptr) return complete(std::move(waiter), true);
    waiter.timer->armed_ = false;
    waiter.timer->due_();
  }

  /// Forgets every sleeper without resuming it: the loop is ending.
  void drop() {
    while (!waiting_.empty()) {
      auto node = waiting_.extract(waiting_.begin());
      Waiter& waiter = node.mapped();
      if (waiter.timer != nullptr) {
        waiter.timer->armed_ = false;
      } else {
        asio::get_associated_cancellation_slot(waiter.handler).clear();
      }
    }
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
    Timer* timer = nullptr;  // instead of the two above
  };

  template <class H>
  void enqueue(TimePoint deadline, H handler) {
    const Key key{std::max(deadline, now_), next_order_++};
    auto executor = asio::get_associated_executor(handler, loop_.context_.get_executor());
    Waiter waiter{std::move(executor), std::move(handler), nullptr};
    // The erased handler takes the original's slot for itself: ask the erased one, not the original.
    auto slot = asio::get_associated_cancellation_slot(waiter.handler);
    if (slot.is_connected()) {
      slot.assign([this, key](asio::cancellation_type) {
        if (auto node = waiting_.extract(key)) complete(std::move(node.mapped()), false);
      });
    }
    waiting_.emplace(key, std::move(waiter));
  }

  static void complete(Waiter waiter, bool reached) {
    asio::get_associated_cancellation_slot(waiter.handler).clear();
    asio::post(waiter.executor,
               [handler = std::move(waiter.handler), reached]() mutable { std::move(handler)(reached); });
  }

  // Not zero: code that takes 0 for "never" must show.
  static constexpr TimePoint kStart{std::chrono::seconds(1)};
  static constexpr WallTime kWallEpoch{std::chrono::sys_days{std::chrono::year{2026} / 3 / 5}};

  Loop& loop_;
  TimePoint now_ = kStart;
  std::uint64_t next_order_ = 0;
  std::map<Key, Waiter> waiting_;
};

Loop::Loop() : clock_(std::make_unique<VirtualClock>(*this)), places_(std::make_unique<Places>()) {}

Loop::~Loop() {
  clock_->drop();
  // Dropping one may destroy others, wherever they stand in the list: look from the front each time.
  for (auto it = places_->begin(); it != places_->end();) {
    if (!it->occupied()) {
      ++it;
      continue;
    }
    it->drop();
    it = places_->begin();
  }
}

Clock& Loop::clock() {
  return *clock_;
}
TimePoint Loop::now() const {
  return clock_->now();
}

void Loop::drain() {
  context_.restart();
  context_.poll();
}

void Loop::end_instant() {
  const bool more_of_it = !clock_->empty() && clock_->earliest() == now();
  if (!instant_over_ || ended_ == now() || more_of_it) return;
  ended_ = now();
  instant_over_();
  drain();
}

/// Ends the instant if the time is to go on. False: no deadline is left up to `end`; what the end of the
/// instant set off may have cancelled the last.
bool Loop::goes_on(TimePoint end) {
  const auto due = [&] { return !clock_->empty() && clock_->earliest() <= end; };
  if (!due()) return false;
  end_instant();
  return due();
}

void Loop::step() {
  clock_->set_time(clock_->earliest());
  clock_->fire_first();
}

std::uint64_t Loop::run() {
  std::uint64_t fired = 0;
  for (drain(); goes_on(TimePoint::max()); ++fired, drain()) step();
  return fired;
}

std::uint64_t Loop::run_for(Duration span) {
  const TimePoint end = now() + span;
  std::uint64_t fired = 0;
  for (drain(); goes_on(end); ++fired, drain()) step();
  clock_->set_time(end);
  return fired;
}

bool Loop::run_until(const std::function<bool()>& done, Duration span) {
  const TimePoint end = now() + span;
  for (drain(); !done(); drain()) {
    const bool more = goes_on(end);
    if (done()) return true;
    if (!more) {
      clock_->set_time(end);
      return false;
    }
    step();
  }
  return true;
}

Loop::Timer::Timer(Loop& loop, std::function<void()> due) : clock_(*loop.clock_), due_(std::move(due)) {}
Loop::Timer::~Timer() {
  cancel();
}
void Loop::Timer::set(TimePoint at) {
  clock_.set(*this, at);
}
void Loop::Timer::cancel() {
  clock_.cancel(*this);
}

}  // namespace runtime::sim
