#include "bridge/call/idle.hpp"

namespace bridge::call {
using runtime::TimePoint;

Idle::Due Idle::tick(const Options& options, Line line, TimePoint now) {
  if (line.caller || (line.bot && !line.prompting)) silent_since_.reset();
  if (line.caller || line.bot) {
    quiet_since_.reset();
    return Due::nothing;  // what is being said is said to its end
  }
  if (!quiet_since_) quiet_since_ = now;
  if (!silent_since_) silent_since_ = now;
  if (options.hang_up_after && now - *silent_since_ >= *options.hang_up_after) return Due::hang_up;
  if (!options.prompt_after || now - *quiet_since_ < *options.prompt_after) return Due::nothing;
  quiet_since_ = now;  // not again before the prompt was asked for, spoken, and waited after
  return Due::prompt;
}

}  // namespace bridge::call
