#pragma once
#include "runtime/core/time.hpp"

#include <cstddef>
#include <optional>
#include <string>

namespace bridge::call {

/// The keys that a caller presses, put together to one text: a number is pressed digit by digit, and is one
/// thing to say. Sans-IO.
class Keys {
 public:
  struct Options {
    runtime::Duration gap;  // this long after the last key the text is complete
    char terminator = '#';  // completes it at once, and belongs to it; 0: none does
    std::size_t most = 32;  // keys in one text; the next one begins another
  };

  /// The text that `key` completed, if it did.
  std::optional<std::string> press(const Options& options, char key, runtime::TimePoint now);
  /// The text that waiting completed, if it did.
  std::optional<std::string> tick(const Options& options, runtime::TimePoint now);
  bool waiting() const { return !text_.empty(); }

 private:
  std::string text_;
  runtime::TimePoint last_{};
};

}  // namespace bridge::call
