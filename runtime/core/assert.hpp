#pragma once
#include <stdexcept>
#include <string>

namespace runtime {

/// A broken invariant of ours: a bug. Ends the call in which it happens (its owner catches it), never a
/// neighbour.
struct InvariantBroken : std::logic_error {
  using std::logic_error::logic_error;
};

/// Checks an invariant in every build type. Never for what a peer sent: that is input, and handled.
/// `file` and `line` are the caller's (clang 14 has no std::source_location).
inline void require(bool holds, const char* what, const char* file = __builtin_FILE(),
                    int line = __builtin_LINE()) {
  if (!holds) {
    throw InvariantBroken(std::string(file) + ":" + std::to_string(line) + ": " + what);
  }
}

}  // namespace runtime
