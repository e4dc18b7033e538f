#pragma once
#include <source_location>
#include <stdexcept>
#include <string>

namespace runtime {

/// A broken invariant of ours: a bug. Ends the call in which it happens (its owner catches it), never a neighbour.
struct InvariantBroken : std::logic_error {
  using std::logic_error::logic_error;
};

/// Checks an invariant in every build type. Never for what a peer sent: that is input, and handled.
inline void require(bool holds, const char* what, std::source_location at = std::source_location::current()) {
  if (!holds) {
    throw InvariantBroken(std::string(at.file_name()) + ":" + std::to_string(at.line()) + ": " + what);
  }
}

}  // namespace runtime
