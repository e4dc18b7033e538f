#include "scenarios/engine/process_ends.hpp"

#include "scenarios/engine/conductor.hpp"
#include "scenarios/engine/process_child.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstring>

namespace scenarios::engine {
namespace {

constexpr int kOfSignals = 128;  // an exit status above it is a signal's
constexpr int kCallsCut = 1;     // linecheck-bridge's, when it had to cut calls

/// Sent by nobody who means to end a program.
bool is_crash(int code) {
  constexpr std::array kCrashes{SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE, SIGKILL, SIGSEGV, SIGSYS};
  return std::ranges::find(kCrashes, code - kOfSignals) != kCrashes.end();
}

std::string by(int code) {
  const char* const signal = code > kOfSignals ? ::sigabbrev_np(code - kOfSignals) : nullptr;
  return signal != nullptr ? fmt::format("by SIG{}", signal) : fmt::format("with exit status {}", code);
}

bool is_polite(int code, const EndRules& rules) {
  if (code == 0) return true;
  return rules.ours ? code == kCallsCut && rules.calls_may_be_cut : code == kOfSignals + SIGTERM;
}

}  // namespace

EndFinding look_at_end(const ProcessEnd& end, const EndRules& rules) {
  using Asked = ProcessEnd::Asked;
  const double at = runtime::seconds(end.at - rules.started_at);
  const std::string ended = fmt::format("ended {} at {:.1f} s", by(end.code), at);
  switch (end.asked) {
    case Asked::no:
      return {is_crash(end.code) ? ended : ended + ", before SIGTERM", ""};
    case Asked::sigkill:
      break;
    case Asked::too_late: {
      std::string late = fmt::format("had not ended long after SIGTERM, and was killed at {:.1f} s", at);
      return rules.ours ? EndFinding{std::move(late), ""} : EndFinding{"", std::move(late)};
    }
    case Asked::sigterm:
      if (is_polite(end.code, rules)) break;
      if (rules.ours || is_crash(end.code)) return {ended + ", after SIGTERM", ""};
      return {"", ended + ", after SIGTERM"};
  }
  return {};
}

std::optional<ProcessEnd> end_after_stop(const BridgeUnderTest& process, runtime::TimePoint at) {
  if (process.outlives_scenario()) return std::nullopt;
  // Who waits for a disk does not go, nor does one whose output a child of its own holds.
  if (process.running()) return ProcessEnd{kOfSignals + SIGKILL, at, ProcessEnd::Asked::too_late};
  return process.end();
}

ProcessEnds process_ends(const Scenario& scenario, const Conductor& conductor) {
  const auto& plan = scenario.bridge;
  const EndRules rules{!conductor.of_another_bridge(), plan.several() || !plan.only_holds(),
                       conductor.started_at()};
  ProcessEnds found;
  for (const auto& [number, replica] : conductor.fleet().replicas()) {
    const std::string which = plan.several() ? fmt::format("the process of replica {} ", number)
                                             : std::string("the bridge's process ");
    for (const auto& process : replica.processes) {
      const auto end = end_after_stop(*process, conductor.finished_at());
      if (!end) continue;
      const auto [wrong, note] = look_at_end(*end, rules);
      if (!wrong.empty())
        found.wrong.push_back(which + wrong + "\n    the end of its log:" + last_words(process->log()));
      if (!note.empty()) found.notes.push_back(which + note);
    }
  }
  return found;
}

}  // namespace scenarios::engine
