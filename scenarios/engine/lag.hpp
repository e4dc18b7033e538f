#pragma once
#include "runtime/core/time.hpp"

#include <deque>

namespace scenarios::engine {

/// Beyond this much of the harness's own lateness, what is about time says nothing about the bridge.
inline constexpr runtime::Duration kMostLag = std::chrono::milliseconds(5);

/// When the harness itself was late: each lateness beyond kMostLag, with the moment at which it was over.
class LagRecord {
 public:
  void note(runtime::TimePoint at, runtime::Duration late);
  /// The worst that touches [from, to]; zero: never beyond kMostLag.
  runtime::Duration worst(runtime::TimePoint from, runtime::TimePoint to) const;

 private:
  struct Late {
    runtime::TimePoint at;
    runtime::Duration by;
  };
  std::deque<Late> late_;
};

}  // namespace scenarios::engine
