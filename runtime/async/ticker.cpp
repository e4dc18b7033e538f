#include "runtime/async/ticker.hpp"

#include <exception>
#include <utility>

namespace runtime {
namespace asio = boost::asio;

Ticker::Ticker(asio::any_io_executor executor, Clock& clock, Duration period)
    : clock_(clock),
      period_(period),
      tasks_(std::move(executor), [](std::exception_ptr) { std::terminate(); }) {}

Ticker::Subscription::Subscription(Subscription&& other) noexcept
    : ticker_(std::exchange(other.ticker_, nullptr)), id_(other.id_) {}

Ticker::Subscription& Ticker::Subscription::operator=(Subscription&& other) noexcept {
  std::swap(ticker_, other.ticker_);
  std::swap(id_, other.id_);
  return *this;
}

Ticker::Subscription::~Subscription() {
  if (ticker_ != nullptr) ticker_->beats_.erase(id_);
}

Ticker::Subscription Ticker::subscribe(Beat beat) {
  const auto id = next_id_++;
  beats_.emplace(id, std::move(beat));
  if (!running_) {
    running_ = true;
    tasks_.spawn(run());
  }
  return {*this, id};
}

asio::awaitable<void> Ticker::run() {
  while (!beats_.empty()) {
    const auto since_epoch = clock_.now().time_since_epoch();
    const TimePoint next{(since_epoch / period_ + 1) * period_};
    if (const bool went_on = co_await clock_.sleep_until(next); !went_on) break;
    const TimePoint now = clock_.now();
    lag_ = now - next;
    beat_all(now);
  }
  running_ = false;
}

void Ticker::beat_all(TimePoint now) {
  // A beat may end any subscription: find the next by id, never by iterator. Those that join now wait a beat.
  const auto end = next_id_;
  for (auto it = beats_.begin(); it != beats_.end() && it->first < end;) {
    const auto id = it->first;
    const Beat beat = it->second;
    beat(now);
    it = beats_.upper_bound(id);
  }
}

asio::awaitable<void> Ticker::stop() {
  tasks_.cancel();
  co_await tasks_.join();
}

}  // namespace runtime
