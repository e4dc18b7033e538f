#pragma once
#include "bridge/app/work.hpp"

#include <spdlog/details/log_msg_buffer.h>
#include <spdlog/sinks/sink.h>
#include <boost/lockfree/policies.hpp>
#include <boost/lockfree/spsc_queue.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>

namespace bridge::app {

/// One thread's lines on their way to the thread that writes: bounded, without a lock; short lines (250
/// characters) without an allocation. When full the line is dropped and counted.
class LogQueue final : public spdlog::sinks::sink {
 public:
  LogQueue(std::size_t lines, Work& work) : lines_(lines), work_(work) {}

  /// By the one thread that logs.
  void log(const spdlog::details::log_msg& line) override {
    if (!lines_.push(spdlog::details::log_msg_buffer(line))) {
      dropped_.store(dropped_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
    }
    work_.announce();
  }
  void flush() override {}
  // The formatter is the destination's.
  void set_pattern(const std::string&) override {}
  void set_formatter(std::unique_ptr<spdlog::formatter>) override {}

  /// By the one thread that writes, as many as is fair to the other queues. True: there was something.
  template <class Put>
  bool take(Put put) {
    // One by one: a place is free again as soon as its line is written.
    std::size_t taken = 0;
    while (taken < kTurn && lines_.consume_one(put)) ++taken;
    return taken != 0;
  }
  std::uint64_t dropped() const { return dropped_.load(std::memory_order_relaxed); }

 private:
  static constexpr std::size_t kTurn = 256;

  boost::lockfree::spsc_queue<spdlog::details::log_msg_buffer> lines_;
  Work& work_;
  std::atomic<std::uint64_t> dropped_{0};
};

}  // namespace bridge::app
