#pragma once
#include "runtime/async/clock.hpp"

#include <boost/asio/io_context.hpp>

#include <cstdint>
#include <functional>
#include <memory>

namespace runtime::sim {

/// Single-threaded event loop with its own time. Time stands still while any handler is ready; when
/// none is, it jumps to the earliest deadline. Same program + same seed => same order of events.
class Loop {
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

 private:
  class VirtualClock;
  void drain();
  boost::asio::io_context context_{1};
  std::unique_ptr<VirtualClock> clock_;
};

}  // namespace runtime::sim
