#include "bridge/app/supervisor.hpp"

#include <systemd/sd-daemon.h>

#include <chrono>
#include <cstdint>
#include <string>

namespace bridge::app {
namespace {

void tell(const std::string& state) {
  // An error means that there is nobody to tell.
  (void)::sd_notify(0, state.c_str());
}

std::int64_t microseconds(runtime::Duration d) {
  return std::chrono::duration_cast<std::chrono::microseconds>(d).count();
}

}  // namespace

void Supervisor::ready() {
  tell("READY=1\nSTATUS=carrying calls");
}

void Supervisor::reloading(runtime::TimePoint now) {
  // The Clock's epoch is that of CLOCK_MONOTONIC, which systemd means.
  tell("RELOADING=1\nMONOTONIC_USEC=" + std::to_string(microseconds(now.time_since_epoch())));
}

void Supervisor::draining(runtime::Duration at_most) {
  tell("STOPPING=1\nSTATUS=draining: calls run to their end\nEXTEND_TIMEOUT_USEC=" +
       std::to_string(microseconds(at_most)));
}

void Supervisor::alive() {
  tell("WATCHDOG=1");
}

std::optional<runtime::Duration> Supervisor::beat() const {
  std::uint64_t limit = 0;
  if (::sd_watchdog_enabled(0, &limit) <= 0) return std::nullopt;
  return std::chrono::microseconds(limit / 2);
}

}  // namespace bridge::app
