#pragma once
#include "runtime/core/time.hpp"
#include "runtime/core/wire_log.hpp"

#include <cstddef>
#include <deque>
#include <string>
#include <string_view>

namespace scenarios::engine {

/// All that went over the fakes' wires in one run, in order: JSON lines, times since the scenario's start. Of
/// one scenario and one seed in virtual time it is the same byte for byte, always. Bounded: beyond, lines are
/// counted and not kept.
class Journal final : public runtime::WireLog {
 public:
  struct Line {
    runtime::TimePoint at;
    std::string lane;
    std::string call;
    Direction direction;
    std::string text;
  };
  explicit Journal(std::size_t most_bytes = 256U << 20U) : most_bytes_(most_bytes) {}
  void begin(runtime::TimePoint start) { start_ = start; }
  void record(const Entry& entry) override;

  const std::deque<Line>& lines() const { return lines_; }
  std::size_t dropped() const { return dropped_; }
  /// JSON lines: {"t":seconds,"lane":..,"call":..,"dir":"from_bridge|to_bridge|note","msg":{...}|"text"}.
  std::string text() const;

 private:
  runtime::TimePoint start_{};
  std::deque<Line> lines_;
  std::size_t bytes_ = 0;
  std::size_t dropped_ = 0;
  std::size_t most_bytes_;
};

}  // namespace scenarios::engine
