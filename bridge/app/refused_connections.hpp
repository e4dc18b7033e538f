#pragma once
#include "metrics/sheet.hpp"
#include "runtime/async/clock.hpp"
#include "runtime/net/stream_protocol.hpp"

#include <cstdint>
#include <optional>

namespace spdlog {
class logger;
}

namespace bridge::app {

/// What a worker's listeners turned away before a request could be answered: counts each, and writes into the
/// log where a caller may have been among it, once a minute at most.
class RefusedConnections {
 public:
  static constexpr runtime::Duration kBetweenLines = std::chrono::minutes(1);

  /// `allowed`: limits.connections. What is handed in outlives it.
  RefusedConnections(runtime::Clock& clock, metrics::Sheet& sheet, spdlog::logger& log, std::size_t allowed)
      : clock_(clock), sheet_(sheet), log_(log), allowed_(allowed) {}

  void add(runtime::net::Refusal why);
  /// Tells what came since the last line, once its minute is over. To be called now and then.
  void look();
  /// Tells it now: nothing comes any more.
  void finish();

 private:
  runtime::Clock& clock_;
  metrics::Sheet& sheet_;
  spdlog::logger& log_;
  std::size_t allowed_;
  std::uint64_t untold_ = 0;
  std::optional<runtime::TimePoint> told_;
};

}  // namespace bridge::app
