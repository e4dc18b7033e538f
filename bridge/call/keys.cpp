#include "bridge/call/keys.hpp"

#include <utility>

namespace bridge::call {
using runtime::TimePoint;

std::optional<std::string> Keys::press(const Options& options, char key, TimePoint now) {
  last_ = now;
  text_ += key;
  const bool complete =
      (options.terminator != 0 && key == options.terminator) || text_.size() >= options.most;
  return complete ? std::optional(std::exchange(text_, {})) : std::nullopt;
}

std::optional<std::string> Keys::tick(const Options& options, TimePoint now) {
  if (text_.empty() || now - last_ < options.gap) return std::nullopt;
  return std::exchange(text_, {});
}

}  // namespace bridge::call
