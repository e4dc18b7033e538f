#pragma once
#include "runtime/async/clock.hpp"
#include "runtime/async/task_group.hpp"

#include <cstdint>
#include <functional>
#include <map>

namespace runtime {

/// One beat per thread that all media of that thread share: a timer per call every 20 ms was measured to
/// cost as much as the whole rest of a call. Beats lie on an absolute grid (multiples of the period since
/// the clock's epoch), so a late beat does not move the next. Beats only while somebody listens.
class Ticker {
 public:
  using Beat = std::function<void(TimePoint now)>;

  Ticker(boost::asio::any_io_executor executor, Clock& clock, Duration period);
  Ticker(const Ticker&) = delete;
  Ticker& operator=(const Ticker&) = delete;

  /// Ends the listening when destroyed. Must not outlive the Ticker.
  class Subscription {
   public:
    Subscription() = default;
    Subscription(Subscription&& other) noexcept;
    Subscription& operator=(Subscription&& other) noexcept;
    ~Subscription();

   private:
    friend class Ticker;
    Subscription(Ticker& ticker, std::uint64_t id) : ticker_(&ticker), id_(id) {}
    Ticker* ticker_ = nullptr;
    std::uint64_t id_ = 0;
  };
  /// `beat` is called on the ticker's thread, in the order of subscription, and must not throw or block.
  /// It may subscribe and unsubscribe, itself included.
  [[nodiscard]] Subscription subscribe(Beat beat);

  Duration period() const { return period_; }
  /// How late the last beat was against its grid: the host's lag.
  Duration lag() const { return lag_; }
  /// Ends the beating task; await before destruction.
  boost::asio::awaitable<void> stop();

 private:
  boost::asio::awaitable<void> run();
  void beat_all(TimePoint now);

  Clock& clock_;
  const Duration period_;
  Duration lag_{0};
  std::map<std::uint64_t, Beat> beats_;  // by order of subscription: a run must not depend on addresses
  std::uint64_t next_id_ = 0;
  bool running_ = false;
  TaskGroup tasks_;
};

}  // namespace runtime
