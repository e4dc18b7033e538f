#pragma once
#include "runtime/core/time.hpp"

#include <optional>

namespace bridge::call {

/// Watches for a line on which nobody says anything. The caller's silence begins when the bot has finished
/// speaking, or he has; what the bot says because of the silence does not end it. Sans-IO.
class Idle {
 public:
  struct Options {
    std::optional<runtime::Duration> prompt_after;   // of quiet; and again after each prompt's end
    std::optional<runtime::Duration> hang_up_after;  // of the caller's silence, prompts or not
  };
  /// Who is busy: speaking, about to, or being waited for.
  struct Line {
    bool caller = false;     // speaks, or presses keys
    bool bot = false;        // is audible, or owes a response
    bool prompting = false;  // that is a prompt of ours
  };
  enum class Due { nothing, prompt, hang_up };

  Due tick(const Options& options, Line line, runtime::TimePoint now);

 private:
  std::optional<runtime::TimePoint> quiet_since_;   // nobody is busy
  std::optional<runtime::TimePoint> silent_since_;  // nothing but prompts
};

}  // namespace bridge::call
