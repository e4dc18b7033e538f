#include "scenarios/engine/fleet.hpp"

#include "runtime/async/system_clock.hpp"
#include "runtime/async/task_group.hpp"

#include <gtest/gtest.h>
#include <boost/asio/io_context.hpp>

#include <chrono>
#include <deque>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace scenarios::engine {
namespace {
using namespace std::chrono_literals;
namespace asio = boost::asio;

/// A process of which only what it wrote is of interest.
class Writes final : public BridgeUnderTest {
 public:
  explicit Writes(std::deque<LogLine> log) : log_(std::move(log)) {}
  std::string name() const override { return "writes"; }
  asio::awaitable<std::optional<std::string>> start(std::string) override { co_return std::nullopt; }
  asio::awaitable<std::string> scrape() override { co_return std::string(); }
  std::optional<std::string> reload(std::string) override { return std::nullopt; }
  void terminate() override {}
  void kill() override {}
  bool running() const override { return false; }
  asio::awaitable<void> stop() override { co_return; }
  const std::deque<LogLine>& log() const override { return log_; }
  std::optional<int> exit_code() const override { return 0; }

 private:
  std::deque<LogLine> log_;
};

std::vector<std::pair<int, std::string>> read_by(runtime::Duration finished,
                                                 const std::vector<std::deque<LogLine>>& logs) {
  asio::io_context context;
  runtime::SystemClock clock;
  const BridgePlan plan;
  Fleet fleet(context.get_executor(), clock, plan,
              [&](std::size_t number) { return std::make_unique<Writes>(logs.at(number - 1)); });
  runtime::TaskGroup tasks(context.get_executor(), [](const std::exception_ptr&) { FAIL(); });
  tasks.spawn([](Fleet& started, std::size_t many) -> asio::awaitable<void> {
    for (std::size_t number = 1; number <= many; ++number) {
      const ReplicaAddress nowhere;
      const std::string config = "{}";
      (void)co_await started.start(number, config, nowhere);
    }
  }(fleet, logs.size()));
  context.run();
  std::vector<std::pair<int, std::string>> lines;
  for (const auto& line : fleet.log(runtime::TimePoint(finished)))
    lines.emplace_back(static_cast<int>(line.at.time_since_epoch() / 1ms), line.text);
  return lines;
}

LogLine line(runtime::Duration at, std::string text) {
  return {runtime::TimePoint(at), std::move(text)};
}

using Lines = std::vector<std::pair<int, std::string>>;

/// A pipe is read when its reader's turn comes: the run may have ended meanwhile.
TEST(FleetLog, WhatIsReadLateWasWrittenWhileTheRunWentOn) {
  EXPECT_EQ(read_by(20ms, {{line(5ms, "ready"), line(21ms, "refused"), line(22ms, "draining calls=0"),
                            line(23ms, "drained")}}),
            (Lines{{5, "ready"}, {20, "refused"}, {22, "draining calls=0"}, {23, "drained"}}));
}

TEST(FleetLog, WhatAProcessSaysOfItsEndStaysWhereItIs) {
  EXPECT_EQ(read_by(20ms, {{line(10ms, "draining calls=1"), line(25ms, "drained")}}),
            (Lines{{10, "draining calls=1"}, {25, "drained"}}));
}

TEST(FleetLog, EachProcessTellsItsOwnEnd) {
  EXPECT_EQ(read_by(20ms, {{line(22ms, "draining calls=0"), line(24ms, "drained")}, {line(23ms, "refused")}}),
            (Lines{{20, "refused"}, {22, "draining calls=0"}, {24, "drained"}}));
}

}  // namespace
}  // namespace scenarios::engine
