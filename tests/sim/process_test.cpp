// A process of the simulated world that is held: its time stands still, and the world's goes on.
#include "runtime/sim/process.hpp"

#include "tests/sim/fabric_test.hpp"

#include <gmock/gmock.h>
#include <boost/asio/post.hpp>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace runtime::sim {
namespace {
using namespace std::chrono_literals;
namespace asio = boost::asio;
using testing::ElementsAre;

/// The server is a process of its own; what it does is noted with its time.
class HeldProcess : public FabricTest, public testing::WithParamInterface<Level> {
 protected:
  HeldProcess() : FabricTest(GetParam()) {}
  void raise(net::ConnectionLimits limits = {}) {
    net::Endpoint endpoint;
    endpoint.limits = limits;
    endpoint.host = "server";
    endpoint.port = 80;
    auto listener = fabric().network("server", process_.executor()).listen(std::move(endpoint), service_);
    ASSERT_TRUE(listener) << listener.error().message();
    listener_ = std::move(*listener);
  }
  void in_process(asio::awaitable<void> task) {
    asio::co_spawn(process_.executor(), std::move(task),
                   [](std::exception_ptr error) { EXPECT_FALSE(error); });
  }
  void note(const std::string& what) {
    const auto at = std::chrono::duration_cast<std::chrono::milliseconds>(since_start());
    noted_.push_back(what + " " + std::to_string(at.count()));
  }
  asio::awaitable<void> sleeps(Duration span, std::string name) {
    (void)co_await clock().sleep_until(start_ + span);
    note(name);
  }
  asio::awaitable<void> sends(std::string text, Duration at) {
    (void)co_await clock().sleep_until(start_ + at);
    const std::string_view message = text;
    if (!client_->start_write({&message, 1})) (void)co_await client_->finish_write();
  }
  asio::awaitable<void> dials() {
    auto dialled = co_await dial();
    client_ = std::move(dialled.socket);
    note("dialled");
  }
  asio::awaitable<void> reads(net::MessageSocket& socket) {
    for (;;) {
      const auto message = co_await socket.read();
      if (!message) co_return;
      note(std::string(message->payload));
    }
  }

  Process process_{loop_};
  std::vector<std::string> noted_;
};

INSTANTIATE_TEST_SUITE_P(AtBothLevels, HeldProcess, testing::Values(Level::message, Level::byte));

TEST_P(HeldProcess, RunsWhatCameMeanwhileInItsOrder) {
  raise();
  service_.talk = [this](net::MessageSocket& socket) { return reads(socket); };
  spawn(dials());
  loop_.run_for(1ms);
  noted_.clear();

  in_process(sleeps(150ms, "a timer"));
  in_process(sleeps(350ms, "another timer"));
  spawn(sends("early", 50ms));
  spawn(sends("in between", 200ms));
  spawn(sends("late", 300ms));
  spawn(sleeps(220ms, "the world"));
  loop_.run_for(100ms);
  process_.hold();
  loop_.run_for(230ms);
  EXPECT_THAT(noted_, ElementsAre("early 50", "the world 220"));
  process_.let_go();
  loop_.run_for(1s);

  EXPECT_THAT(noted_, ElementsAre("early 50", "the world 220", "a timer 331", "in between 331", "late 331",
                                  "another timer 350"));
}

TEST_P(HeldProcess, AnswersACallThatCameMeanwhile) {
  raise();
  process_.hold();
  spawn(dials());
  loop_.run_for(100ms);
  EXPECT_TRUE(noted_.empty());
  process_.let_go();
  loop_.run_for(1ms);

  EXPECT_THAT(noted_, ElementsAre("dialled 100"));
}

TEST_P(HeldProcess, TurnsNobodyAwayBeforeItIsLetGo) {
  net::ConnectionLimits limits;
  limits.connections = 0;
  raise(limits);
  process_.hold();
  spawn(dials());
  loop_.run_for(100ms);
  EXPECT_TRUE(noted_.empty());
  process_.let_go();
  loop_.run_for(1ms);

  EXPECT_THAT(noted_, ElementsAre("dialled 100"));
  EXPECT_FALSE(client_);
}

TEST_P(HeldProcess, TakesNobodyInWhenItNoLongerListens) {
  raise();
  process_.hold();
  spawn(dials());
  loop_.run_for(100ms);
  listener_.reset();
  process_.let_go();
  loop_.run_for(1ms);

  EXPECT_THAT(noted_, ElementsAre("dialled 100"));
  EXPECT_FALSE(client_);
}

TEST(Process, DropsWithItselfWhatItStillKeeps) {
  Loop loop;
  const auto kept = std::make_shared<int>(1);
  {
    Process process(loop);
    process.hold();
    asio::post(process.executor(), [kept] { FAIL() << "it ran"; });
    EXPECT_EQ(kept.use_count(), 2);
  }
  loop.run();
  EXPECT_EQ(kept.use_count(), 1);
}

}  // namespace
}  // namespace runtime::sim
