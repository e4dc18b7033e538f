// All processes of the bridge in one run: what is seen of them.
#include "scenarios/engine/fleet.hpp"

#include "runtime/async/system_clock.hpp"
#include "runtime/sim/loop.hpp"

#include <gmock/gmock.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace scenarios::engine {
namespace {
namespace asio = boost::asio;
using namespace std::chrono_literals;

/// Says `text` at each scrape until it is killed.
class Talker final : public BridgeUnderTest {
 public:
  explicit Talker(std::string text) : text_(std::move(text)) {}
  std::string name() const override { return "talker"; }
  asio::awaitable<std::optional<std::string>> start(std::string) override {
    runs_ = true;
    co_return std::nullopt;
  }
  asio::awaitable<std::string> scrape() override { co_return runs_ ? text_ : std::string(); }
  std::optional<std::string> reload(std::string) override { return std::nullopt; }
  void terminate() override { runs_ = false; }
  void kill() override { runs_ = false; }
  void hold() override { held_ = true; }
  void let_go() override { held_ = false; }
  bool held() const { return held_; }
  bool running() const override { return runs_; }
  asio::awaitable<void> stop() override {
    runs_ = false;
    co_return;
  }
  const std::deque<LogLine>& log() const override { return log_; }
  std::optional<ProcessEnd> end() const override { return std::nullopt; }

 private:
  std::string text_;
  bool runs_ = false;
  bool held_ = false;
  std::deque<LogLine> log_;
};

TEST(FleetScrapes, AreShownWholeAndOfEachProcessAlsoOfOneThatEnds) {
  asio::io_context context{1};
  runtime::SystemClock clock;
  BridgePlan plan;
  plan.replicas = 2;
  std::vector<std::string> seen;
  Fleet fleet(
      context.get_executor(), clock, plan,
      [](std::size_t number) {
        return std::make_unique<Talker>("a_gauge{of=\"" + std::to_string(number) + "\"} 1\n");
      },
      [&seen](std::string_view text) { seen.emplace_back(text); });
  const promql::Names only{"another"};
  auto body = [&]() -> asio::awaitable<void> {
    for (const std::size_t number : {1, 2}) {
      ReplicaAddress nowhere;
      (void)co_await fleet.start(number, "", std::move(nowhere));
    }
    (void)co_await fleet.scrape(&only);
    fleet.kill(1);
    (void)co_await fleet.scrape();
    co_await fleet.stop();
  };
  asio::co_spawn(context, body(), [](std::exception_ptr error) { EXPECT_FALSE(error); });
  context.run();

  EXPECT_THAT(seen, testing::Contains("a_gauge{of=\"1\"} 1\n").Times(1));
  EXPECT_THAT(seen, testing::Contains("a_gauge{of=\"2\"} 1\n").Times(2));
}

struct FleetHolds : testing::Test {
  /// Runs `body` in virtual time with one process.
  void with_process(const std::function<asio::awaitable<void>(Fleet&, const Talker&)>& body) {
    BridgePlan plan;
    const Talker* talker = nullptr;
    Fleet fleet(loop.context().get_executor(), loop.clock(), plan, [&](std::size_t) {
      auto made = std::make_unique<Talker>("");
      talker = made.get();
      return made;
    });
    auto all = [&]() -> asio::awaitable<void> {
      ReplicaAddress nowhere;
      (void)co_await fleet.start(1, "", std::move(nowhere));
      co_await body(fleet, *talker);
      co_await fleet.stop();
    };
    asio::co_spawn(loop.context(), all(), [](std::exception_ptr error) { EXPECT_FALSE(error); });
    loop.run();
  }
  runtime::sim::Loop loop;
};

TEST_F(FleetHolds, EndWithTheLastOfThoseThatOverlap) {
  with_process([this](Fleet& fleet, const Talker& process) -> asio::awaitable<void> {
    const auto begun = loop.now();
    EXPECT_TRUE(fleet.hold(1, begun + 2s));
    (void)co_await loop.clock().sleep_until(begun + 1s);
    EXPECT_TRUE(fleet.hold(1, begun + 4s));
    (void)co_await loop.clock().sleep_until(begun + 2s);
    fleet.let_go(1);
    EXPECT_TRUE(process.held());
    (void)co_await loop.clock().sleep_until(begun + 4s);
    fleet.let_go(1);
    EXPECT_FALSE(process.held());
    EXPECT_EQ(fleet.holds().seen(begun + 500ms), begun + 4s);
    EXPECT_EQ(fleet.holds().seen(begun + 5s), begun + 5s);
  });
}

TEST_F(FleetHolds, AreOfProcessesThatRunAndEndWithTheScenario) {
  with_process([this](Fleet& fleet, const Talker& process) -> asio::awaitable<void> {
    EXPECT_FALSE(fleet.hold(2, loop.now() + 1s));
    EXPECT_TRUE(fleet.hold(1, loop.now() + 1h));
    co_await fleet.stop();
    EXPECT_FALSE(process.held());
  });
}

TEST_F(FleetHolds, EndWithTheProcessThatIsKilled) {
  with_process([this](Fleet& fleet, const Talker&) -> asio::awaitable<void> {
    const auto begun = loop.now();
    EXPECT_TRUE(fleet.hold(1, begun + 4s));
    EXPECT_EQ(fleet.held_until(), begun + 4s);
    (void)co_await loop.clock().sleep_until(begun + 1s);
    EXPECT_TRUE(fleet.kill(1));
    EXPECT_EQ(fleet.holds().seen(begun + 500ms), begun + 1s);
    EXPECT_LT(fleet.held_until(), begun);
  });
}

TEST_F(FleetHolds, EndWhenAllAreLetGo) {
  with_process([this](Fleet& fleet, const Talker& process) -> asio::awaitable<void> {
    const auto begun = loop.now();
    EXPECT_TRUE(fleet.hold(1, begun + 4s));
    (void)co_await loop.clock().sleep_until(begun + 1s);
    fleet.let_all_go();
    EXPECT_FALSE(process.held());
    EXPECT_EQ(fleet.held_until(), begun + 1s);
    EXPECT_EQ(fleet.holds().seen(begun + 500ms), begun + 1s);
  });
}

}  // namespace
}  // namespace scenarios::engine
