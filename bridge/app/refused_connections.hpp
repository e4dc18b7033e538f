#pragma once
#include "metrics/sheet.hpp"
#include "runtime/async/clock.hpp"
#include "runtime/net/stream_protocol.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>

namespace spdlog {
class logger;
}

namespace bridge::app {

/// What a listener turned away before a request could be answered: counts each, and writes into the log where
/// a caller, or Prometheus, may have been among it, once a minute at most.
class RefusedConnections {
 public:
  static constexpr runtime::Duration kBetweenLines = std::chrono::minutes(1);

  enum class Listener : std::uint8_t { of_worker, of_admin };
  struct Door {
    Listener listener;
    std::size_t allowed;  // limits.connections
  };
  /// What is handed in outlives it.
  RefusedConnections(runtime::Clock& clock, metrics::Sheet& sheet, spdlog::logger& log, Door door)
      : clock_(clock), sheet_(sheet), log_(log), door_(door) {}

  void add(runtime::net::Refusal why);
  /// Tells what came since the last line, once its minute is over. To be called now and then.
  void look();
  /// Tells it now: nothing comes any more.
  void finish();

 private:
  runtime::Clock& clock_;
  metrics::Sheet& sheet_;
  spdlog::logger& log_;
  Door door_;
  std::uint64_t untold_ = 0;
  std::optional<runtime::TimePoint> told_;
};

}  // namespace bridge::app
