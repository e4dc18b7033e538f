// What a visitor sends, to the byte, and what it makes of what comes back.
#include "scenarios/engine/visitors.hpp"

#include "runtime/core/wire_log.hpp"
#include "runtime/net/stream_protocol.hpp"
#include "tests/sim/fabric_test.hpp"

#include <gmock/gmock.h>

namespace scenarios::engine {
namespace {

using namespace std::chrono_literals;
using runtime::net::Refusal;
using Stops = VisitorPlan::Stops;

class VisitorsTest : public runtime::sim::FabricTest {
 protected:
  VisitorsTest() : FabricTest(runtime::sim::Level::byte) {
    limits_.idle = 4s;
    limits_.header_bytes = 8U << 10U;
    limits_.body_bytes = 64U << 10U;
    plan_.name = "guest";
    plan_.method = "POST";
    plan_.target = "/a";
    plan_.body_bytes = 100;
  }
  const Visit& visit() {
    runtime::net::ServerWatch watch;
    watch.request = 2s;
    watch.on_refusal = [this](Refusal why) { refusals_.push_back(why); };
    fabric().set_watch("server", std::move(watch));
    listen(limits_);
    visitors_.emplace(loop_.context().get_executor(), clock(), fabric().byte_network("visitor"),
                      runtime::silent_wire_log(),
                      [](std::exception_ptr error) { std::rethrow_exception(error); });
    visitors_->let_in(plan_, *runtime::net::parse_url("http://server/"));
    loop_.run_until([this] { return visitors_->all_gone(); }, 1min);
    return visitors_->visits().at("guest").front();
  }
  boost::asio::awaitable<void> end_visitors() { co_await visitors_->end(); }
  void TearDown() override {
    FabricTest::TearDown();
    visitors_.reset();
  }

  VisitorPlan plan_;
  runtime::net::ConnectionLimits limits_;
  std::vector<Refusal> refusals_;
  std::optional<Visitors> visitors_;
};

TEST_F(VisitorsTest, AWholeRequestHasAllThatWasPlannedAndItsAnswerIsRead) {
  plan_.headers = {{"X-A", "b"}};
  plan_.user = "u";
  plan_.password = "p";
  plan_.header_bytes = 1000;
  const Visit& came = visit();

  ASSERT_EQ(service_.requests.size(), 1U);
  const auto& request = service_.requests.front();
  EXPECT_EQ(request.method + request.target, "POST/a");
  EXPECT_EQ(request.body.size(), 100U);
  EXPECT_EQ(request.headers.get("Host"), "server");
  EXPECT_EQ(request.headers.get("X-A"), "b");
  EXPECT_EQ(request.headers.get("Authorization"), "Basic dTpw");
  EXPECT_EQ(request.headers.get("X-Visitor").size(), 1000U);
  EXPECT_EQ(came.status, 200);
  EXPECT_EQ(came.body, "ok");
  EXPECT_FALSE(came.closed) << "it left by itself";
  EXPECT_EQ(since_start(), 0s);
}

TEST_F(VisitorsTest, WhoStopsIsClosedByTheLimitThatIsMeantForThat) {
  struct Case {
    Stops stops;
    runtime::Duration after;
    Refusal why;
    std::size_t requests;
  };
  for (const auto& [stops, after, why, requests] : {Case{Stops::before_anything, 4s, Refusal::idle, 0},
                                                    Case{Stops::in_head, 2s, Refusal::slow_request, 0},
                                                    Case{Stops::in_body, 2s, Refusal::slow_request, 0},
                                                    Case{Stops::after_answer, 4s, Refusal::idle, 1}}) {
    plan_.stops = stops;
    service_.requests.clear();
    refusals_.clear();
    const Visit& came = visit();
    ASSERT_TRUE(came.closed) << static_cast<int>(stops);
    EXPECT_EQ(*came.closed - came.came, after);
    EXPECT_THAT(refusals_, testing::ElementsAre(why));
    EXPECT_EQ(service_.requests.size(), requests);
    EXPECT_EQ(came.status.has_value(), stops == Stops::after_answer);
    TearDown();
    listener_.reset();
  }
}

TEST_F(VisitorsTest, WhatIsTooBigIsAnsweredBeforeAllOfItHasCome) {
  plan_.body_bytes = 2U << 20U;
  EXPECT_EQ(visit().status, 413);
  TearDown();
  listener_.reset();
  plan_.body_bytes = 0;
  plan_.header_bytes = 100'000;
  EXPECT_EQ(visit().status, 431);
  EXPECT_THAT(refusals_, testing::ElementsAre(Refusal::body_size, Refusal::header_size));
}

TEST_F(VisitorsTest, WhoIsTurnedAwayIsClosedAtOnceAndWhoIsNotStaysAsLongAsPlanned) {
  limits_.connections = 2;
  limits_.idle = 1h;
  plan_.stops = Stops::before_anything;
  plan_.connections = 3;
  plan_.stays = 7s;
  visit();

  const auto& visits = visitors_->visits().at("guest");
  ASSERT_EQ(visits.size(), 3U);
  EXPECT_FALSE(visits[0].closed);
  EXPECT_FALSE(visits[1].closed);
  ASSERT_TRUE(visits[2].closed);
  EXPECT_EQ(*visits[2].closed, visits[2].came);
  EXPECT_THAT(refusals_, testing::ElementsAre(Refusal::connections));
  EXPECT_EQ(since_start(), 7s);
}

TEST_F(VisitorsTest, WhoFindsNobodySaysSo) {
  fabric().set_reachability("server", runtime::sim::Reachability::refused);
  EXPECT_THAT(visit().unreachable, testing::HasSubstr("server:80 refuses"));
}

TEST_F(VisitorsTest, WhoIsAnsweredLeavesAndWhoStopsIsThereUntilTheEnd) {
  const Visit& answered = visit();
  EXPECT_TRUE(answered.left);
  EXPECT_TRUE(answered.over);
  TearDown();
  listener_.reset();

  limits_.idle = 1h;
  plan_.stops = Stops::after_answer;
  plan_.stays = 1h;
  listen(limits_);
  visitors_.emplace(loop_.context().get_executor(), clock(), fabric().byte_network("visitor"),
                    runtime::silent_wire_log(),
                    [](std::exception_ptr error) { std::rethrow_exception(error); });
  visitors_->let_in(plan_, *runtime::net::parse_url("http://server/"));
  loop_.run_for(1s);
  spawn(end_visitors());
  loop_.run_for(1s);
  const Visit& visit = visitors_->visits().at("guest").front();
  EXPECT_EQ(visit.status, 200);
  EXPECT_FALSE(visit.left);
  EXPECT_FALSE(visit.over);
}

TEST_F(VisitorsTest, WhoGetsNoConnectionLeavesAsPlanned) {
  fabric().set_reachability("server", runtime::sim::Reachability::unroutable);
  plan_.stays = 3s;
  EXPECT_FALSE(visit().unreachable.empty());
  EXPECT_EQ(since_start(), 3s);
}

}  // namespace
}  // namespace scenarios::engine
