#pragma once
#include "runtime/core/time.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace bridge::app {

/// What systemd is told of this process (sd_notify(3)), and what it asks. Without systemd, nothing.
class Supervisor {
 public:
  void ready();
  /// A reload is under way, until ready().
  void reloading(runtime::TimePoint now);
  void draining(runtime::Duration at_most);
  /// The sign of life that the unit's WatchdogSec asks for.
  void alive();
  /// How often a sign of life is due: half of what systemd waits for. None: it waits for none.
  std::optional<runtime::Duration> beat() const;
};

}  // namespace bridge::app
