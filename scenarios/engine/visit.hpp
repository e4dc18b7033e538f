#pragma once
#include "runtime/core/time.hpp"

#include <cstddef>
#include <deque>
#include <map>
#include <optional>
#include <string>

namespace scenarios::engine {

/// What became of one connection of a visitor.
struct Visit {
  static constexpr std::size_t kKeptBytes = 1U << 20U;  // of an answer

  runtime::TimePoint came{};
  std::string unreachable;                   // why there was no connection; empty: there was one
  std::optional<int> status;                 // of the answer, as far as one came
  std::string body;                          // of it
  std::optional<runtime::TimePoint> closed;  // by the bridge, while the visitor was still there
  bool left = false;                         // when it was answered, by itself
  bool over = false;                         // before the scenario was
};

/// By the visitor's name; each of its connections.
using Visits = std::map<std::string, std::deque<Visit>>;

}  // namespace scenarios::engine
