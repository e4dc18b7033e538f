#pragma once
#include "bridge/app/config.hpp"
#include "runtime/async/clock.hpp"

#include <spdlog/logger.h>
#include <spdlog/sinks/sink.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace bridge::app {

/// A logger whose lines bear the time of a Clock, taken where the line is written, so that simulated runs log
/// simulated time. `clock` outlives it.
class ClockLogger final : public spdlog::logger {
 public:
  ClockLogger(std::string name, runtime::Clock& clock, spdlog::sink_ptr sink);
  std::shared_ptr<spdlog::logger> clone(std::string name) override;

 private:
  void sink_it_(const spdlog::details::log_msg& line) override;

  runtime::Clock& clock_;
};

/// The program's log. Each thread that logs has a bounded queue of its own, and one thread of the log's
/// writes them out: whoever logs takes no lock, waits for nobody and notices nothing of a disk, pipe or
/// terminal that has stopped. A line that finds its queue full is dropped and counted; the log says how many
/// were.
class AsyncLog {
 public:
  /// `queues`: how many threads log.
  AsyncLog(const Config::Log& config, runtime::Clock& clock, spdlog::sink_ptr sink, std::size_t queues = 1);
  ~AsyncLog();  // writes out what waits, however long that takes: see finish()

  /// For the thread `queue`, and nobody else at the same time.
  spdlog::logger& logger(std::size_t queue = 0);
  /// Lines dropped since the start.
  std::uint64_t dropped() const;
  /// Nobody logs any more: writes out what waits. False: not within `limit`, since the destination takes
  /// nothing; then the process can only be left by _Exit.
  bool finish(runtime::Duration limit);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

/// A logger that writes each line at once, in virtual time or where nobody is kept waiting.
std::unique_ptr<spdlog::logger> make_direct_log(const Config::Log& config, runtime::Clock& clock,
                                                spdlog::sink_ptr sink);

/// The parts of the bridge that have a level of their own (log.levels). What belongs to none is `bridge`.
inline constexpr std::string_view kComponents[] = {"bridge", "call"};

/// The same log under the name and with the level of a component.
std::shared_ptr<spdlog::logger> component_log(spdlog::logger& log, std::string_view component,
                                              const Config::Log& config);

}  // namespace bridge::app
