#pragma once
#include "runtime/core/time.hpp"

#include <string>
#include <string_view>

namespace runtime {

/// Where a simulator reports what went over its wires and what it decided, in order. The implementation
/// (the run's journal) lives above; a simulator that nobody listens to gets `silent_wire_log()`.
class WireLog {
 public:
  enum class Direction { from_bridge, to_bridge, note };
  struct Entry {
    TimePoint at;
    std::string_view lane;  // who with whom, e.g. "caller"
    std::string_view call;  // the call's id, empty when none is known
    Direction direction = Direction::note;
    std::string_view text;  // the message as it was on the wire, or the note as compact JSON
  };
  virtual ~WireLog() = default;
  /// `entry`'s texts are valid during the call only.
  virtual void record(const Entry& entry) = 0;
};

WireLog& silent_wire_log();

}  // namespace runtime
