#pragma once
#include "runtime/core/time.hpp"
#include "runtime/sim/network.hpp"
#include "scenarios/engine/conductor.hpp"
#include "scenarios/engine/other_bridge.hpp"
#include "scenarios/engine/scenario.hpp"
#include "scenarios/engine/truth.hpp"

#include <cstdint>
#include <deque>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace scenarios::engine {

enum class TimeMode { virtual_time, real_time };

/// A run that is over, with everything it left: the stage is kept so that facts stay readable.
class Performance {
 public:
  virtual ~Performance() = default;
  virtual const Conductor& conductor() const = 0;
  /// The bridge under test, if it is somebody else's.
  virtual const OtherBridge* other() const { return nullptr; }
  /// What the bridge's processes were given to write to, until this ends; empty: nothing that anybody asks
  /// for.
  virtual std::filesystem::path folder() const { return {}; }
  /// How late the harness's own ticks were, at worst, between two moments.
  virtual runtime::Duration worst_lag(runtime::TimePoint, runtime::TimePoint) const {
    return runtime::Duration(0);
  }
};

/// Runs `scenario` to its end in virtual time: everything in this process and thread, a pure function of
/// scenario and seed.
struct VirtualOptions {
  runtime::sim::Level level = runtime::sim::Level::message;  // byte: Beast itself over simulated bytes
  bool keep_scrapes = false;                                 // see Conductor::scrapes()
};
std::unique_ptr<Performance> perform_virtual(const Scenario& scenario, std::uint64_t seed,
                                             const VirtualOptions& options);
struct RealOptions {
  std::filesystem::path bridge_executable;  // ours: with TLS on the OpenAI leg
  std::optional<OtherBridge> other;         // instead of it
  std::function<bool()> interrupted;        // asked all the time: then the callers hang up; may be empty
};
/// Runs it in real time over real sockets.
std::unique_ptr<Performance> perform_real(const Scenario& scenario, std::uint64_t seed,
                                          const RealOptions& options);

}  // namespace scenarios::engine
