#pragma once
#include "runtime/async/clock.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/intrusive/list.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <utility>

namespace runtime::sim {

class WaitingPlace;

/// Single-threaded event loop with its own time. Time stands still while any handler is ready; when
/// none is, it jumps to the earliest deadline. Same program + same seed => same order of events.
/// Deadlines of the same instant fire in the order in which they were asked for. Makes no system call.
///
/// Destroying it drops every coroutine that still waits on it (in order of their waits), so that a test
/// may end in the middle of things; what those coroutines refer to must outlive the loop.
class Loop {
  class VirtualClock;

 public:
  Loop();
  ~Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  Clock& clock();
  boost::asio::io_context& context() { return context_; }
  TimePoint now() const;

  /// Runs until no handler is ready and no deadline is set. Returns the number of deadlines fired.
  std::uint64_t run();
  /// Runs up to and including the deadlines at `now() + span`; leaves the time there.
  std::uint64_t run_for(Duration span);
  /// Runs until `done()`; false when `span` went by first (time then stands at its end).
  bool run_until(const std::function<bool()>& done, Duration span);

  /// Calls `over` once for each instant, when all that it has brought is done and before the time goes on.
  /// What it sets off still runs at that instant. Absent: nothing any more.
  void at_end_of_instant(std::function<void()> over) { instant_over_ = std::move(over); }

  /// A deadline without a coroutine: for the inside of links, where one timer serves many messages.
  class Timer {
   public:
    /// `due` runs between handlers and must not throw; it may set the timer again.
    Timer(Loop& loop, std::function<void()> due);
    ~Timer();
    Timer(const Timer&) = delete;
    Timer& operator=(const Timer&) = delete;
    /// Fires once at `at`, at once when past; replaces what was set before.
    void set(TimePoint at);
    void cancel();

   private:
    friend class VirtualClock;
    VirtualClock& clock_;
    std::function<void()> due_;
    TimePoint at_{};
    std::uint64_t order_ = 0;
    bool armed_ = false;
  };

 private:
  friend class WaitingPlace;
  using Places = boost::intrusive::list<WaitingPlace, boost::intrusive::constant_time_size<false>>;
  void drain();
  void step();
  void end_instant();
  bool goes_on(TimePoint end);

  // Both before the context: what the context drops at the end may hold timers and places to wait.
  std::unique_ptr<VirtualClock> clock_;
  std::unique_ptr<Places> places_;  // every one that lives, occupied or not
  std::function<void()> instant_over_;
  TimePoint ended_{};  // the last instant that was told of
  boost::asio::io_context context_{1};
};

}  // namespace runtime::sim
