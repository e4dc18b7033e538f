// All processes of the bridge in one run: what is seen of them.
#include "scenarios/engine/fleet.hpp"

#include "runtime/async/system_clock.hpp"

#include <gmock/gmock.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace scenarios::engine {
namespace {
namespace asio = boost::asio;

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

}  // namespace
}  // namespace scenarios::engine
