#pragma once
#include "runtime/core/time.hpp"

#include <boost/asio/awaitable.hpp>

namespace runtime {

/// The only source of time and of waiting in the program.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual TimePoint now() const = 0;
  /// Time of day, UTC. In virtual time it starts at a fixed date and advances with now().
  virtual WallTime wall_now() const = 0;
  /// Resumes at `deadline`, at once when past. False: cancelled before; then start nothing, return.
  virtual boost::asio::awaitable<bool> sleep_until(TimePoint deadline) = 0;
};

}  // namespace runtime
