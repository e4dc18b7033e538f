#pragma once
#include "bridge/app/config.hpp"
#include "runtime/async/clock.hpp"

#include <spdlog/async.h>
#include <spdlog/logger.h>
#include <spdlog/sinks/sink.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace bridge::app {

/// A logger whose lines bear the time of a Clock, taken where the line is written, so that simulated runs log
/// simulated time. Hands everything on to `back`. `clock` outlives it.
class ClockLogger final : public spdlog::logger {
 public:
  ClockLogger(std::string name, runtime::Clock& clock, std::shared_ptr<spdlog::logger> back);

 private:
  void sink_it_(const spdlog::details::log_msg& line) override;
  void flush_() override;

  runtime::Clock& clock_;
  std::shared_ptr<spdlog::logger> back_;
};

/// The program's log: a bounded queue and one writing thread, so that no call ever waits for a disk or
/// terminal. When the queue is full the oldest line is dropped.
class AsyncLog {
 public:
  AsyncLog(const Config::Log& config, runtime::Clock& clock, spdlog::sink_ptr sink);
  ~AsyncLog();  // writes out what waits

  spdlog::logger& logger() { return *front_; }
  /// Lines dropped since the start.
  std::uint64_t dropped() const;

 private:
  std::shared_ptr<spdlog::details::thread_pool> pool_;
  std::shared_ptr<spdlog::async_logger> back_;
  std::unique_ptr<ClockLogger> front_;
};

/// A logger that writes each line at once, in virtual time or where nobody is kept waiting.
std::unique_ptr<spdlog::logger> make_direct_log(const Config::Log& config, runtime::Clock& clock,
                                                spdlog::sink_ptr sink);

/// "+14155551212" as "+1415*****12"; text that is no number is left alone.
std::string masked(std::string_view number);

}  // namespace bridge::app
