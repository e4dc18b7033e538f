// Lookups that hang, fail and come late: what only threads can show.
#include "runtime/net/resolver.hpp"

#include "runtime/async/system_clock.hpp"
#include "runtime/net/message_socket.hpp"

#include <gmock/gmock.h>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>

#include <atomic>
#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace runtime::net {
namespace {
using namespace std::chrono_literals;
using testing::HasSubstr;
namespace asio = boost::asio;

HostAddresses found(const std::string& address) {
  return {{asio::ip::tcp::endpoint(asio::ip::make_address(address), 0)}, "", true};
}

/// Name servers of which some do not answer until they are told to. Lives as long as the last lookup.
class NameServers {
 public:
  HostAddresses ask(const std::string& host) {
    ++asked;
    std::shared_future<void> turn;
    {
      const std::lock_guard lock(mutex_);
      if (const auto held = held_.find(host); held != held_.end()) turn = held->second;
    }
    if (turn.valid()) turn.wait();
    const std::lock_guard lock(mutex_);
    return answers_.contains(host) ? answers_[host] : found("127.0.0.1");
  }
  void hold(const std::string& host) {
    const std::lock_guard lock(mutex_);
    held_[host] = release_.get_future().share();
  }
  void release() { release_.set_value(); }
  void answer(const std::string& host, HostAddresses with) {
    const std::lock_guard lock(mutex_);
    answers_[host] = std::move(with);
  }
  std::atomic<int> asked = 0;

 private:
  std::mutex mutex_;
  std::promise<void> release_;
  std::map<std::string, std::shared_future<void>> held_;
  std::map<std::string, HostAddresses> answers_;
};

class ResolverTest : public testing::Test {
 protected:
  ResolverTest() {
    options_.look_up = [servers = servers_](const std::string& host) { return servers->ask(host); };
    options_.patience = 10ms;
  }
  void make() { resolver_ = std::make_unique<Resolver>(context_.get_executor(), clock_, options_); }
  Resolved resolve(const std::string& host, Duration within = 20s) {
    Resolved resolved;
    begin(host, within, resolved);
    run();
    return resolved;
  }
  void begin(const std::string& host, Duration within, Resolved& into) {
    ++running_;
    asio::co_spawn(context_, resolver_->resolve(host, 443, clock_.now() + within),
                   [this, &into](std::exception_ptr error, Resolved resolved) {
                     EXPECT_FALSE(error);
                     into = std::move(resolved);
                     --running_;
                   });
  }
  void run() {
    context_.restart();
    while (running_ > 0 && context_.run_one_for(30s) != 0) {
    }
    ASSERT_EQ(running_, 0);
  }
  static std::string first(const Resolved& resolved) {
    return resolved.endpoints.empty() ? resolved.detail : resolved.endpoints.front().address().to_string();
  }

  void run_until_one_waits() {
    while (running_ > 1 && context_.run_one_for(10s) != 0) {
    }
  }

  asio::io_context context_{1};
  SystemClock clock_;
  std::shared_ptr<NameServers> servers_ = std::make_shared<NameServers>();
  Resolver::Options options_;
  std::unique_ptr<Resolver> resolver_;
  int running_ = 0;
};

TEST_F(ResolverTest, AHostThatIsNotAnsweredHoldsUpNoOther) {
  servers_->hold("hangs.test");
  make();
  Resolved hangs;
  begin("hangs.test", 20s, hangs);

  while (servers_->asked == 0) context_.run_one_for(10ms);
  Resolved other;
  begin("other.test", 20s, other);
  run_until_one_waits();
  EXPECT_EQ(first(other), "127.0.0.1");
  EXPECT_EQ(other.endpoints.front().port(), 443);
  EXPECT_EQ(running_, 1);
  servers_->release();
  run();
  EXPECT_EQ(first(hangs), "127.0.0.1");
}

TEST_F(ResolverTest, AllWhoAskForAHostWaitForOneLookup) {
  servers_->hold("api.test");
  make();
  std::vector<Resolved> answers(20);
  for (auto& answer : answers) begin("api.test", 20s, answer);
  while (servers_->asked == 0) context_.run_one_for(10ms);
  servers_->release();
  run();

  for (const auto& answer : answers) EXPECT_EQ(first(answer), "127.0.0.1");
  EXPECT_EQ(servers_->asked, 1);
}

TEST_F(ResolverTest, NoAnswerInTimeIsSaidToBeTheNameServers) {
  servers_->hold("hangs.test");
  make();

  const auto resolved = resolve("hangs.test", 10ms);
  EXPECT_EQ(resolved.error, NetError::unresolved);
  EXPECT_EQ(resolved.detail, "hangs.test: the name servers did not answer in time");
  servers_->release();
}

TEST_F(ResolverTest, MoreLookupsThanThereMayBeAreRefusedAtOnce) {
  options_.lookups = 1;
  servers_->hold("hangs.test");
  make();
  Resolved hangs;
  begin("hangs.test", 20s, hangs);
  while (servers_->asked == 0) context_.run_one_for(10ms);
  Resolved refused;
  begin("other.test", 20s, refused);
  run_until_one_waits();

  EXPECT_THAT(refused.detail, HasSubstr("other.test: not looked up, because 1 other"));
  servers_->release();
  run();
}

TEST_F(ResolverTest, TheLastAddressesStandInForALookupThatFailsOrHangs) {
  make();
  servers_->answer("api.test", found("127.0.0.7"));
  EXPECT_EQ(first(resolve("api.test")), "127.0.0.7");
  servers_->answer("api.test", {{}, "try again", true});
  EXPECT_EQ(first(resolve("api.test")), "127.0.0.7");
  servers_->hold("api.test");
  EXPECT_EQ(first(resolve("api.test", 1h)), "127.0.0.7");
  servers_->answer("api.test", found("127.0.0.8"));
  servers_->release();
  std::string then;
  for (int tries = 0; tries < 1000 && then != "127.0.0.8"; ++tries) then = first(resolve("api.test"));
  EXPECT_EQ(then, "127.0.0.8");
}

TEST_F(ResolverTest, AHostThatIsSaidNotToExistHasNoLastAddresses) {
  make();
  EXPECT_EQ(first(resolve("api.test")), "127.0.0.1");
  servers_->answer("api.test", {{}, "no such host", false});
  EXPECT_EQ(first(resolve("api.test")), "api.test: no such host");
  servers_->answer("api.test", {{}, "try again", true});
  EXPECT_EQ(first(resolve("api.test")), "api.test: try again");
}

TEST_F(ResolverTest, WhatIsKeptHasABoundInNumberAndTime) {
  options_.kept_hosts = 1;
  make();
  for (const char* host : {"a.test", "b.test"}) {
    (void)resolve(host);
    servers_->answer(host, {{}, "try again", true});
  }
  EXPECT_EQ(first(resolve("a.test")), "a.test: try again");
  EXPECT_EQ(first(resolve("b.test")), "127.0.0.1");

  options_.kept_for = -1ns;
  make();
  (void)resolve("c.test");
  servers_->answer("c.test", {{}, "try again", true});
  EXPECT_EQ(first(resolve("c.test")), "c.test: try again");
}

TEST_F(ResolverTest, ItsEndWaitsForNoLookupAndIsNotTouchedByOneThatEndsLater) {
  servers_->hold("hangs.test");
  make();
  EXPECT_FALSE(resolve("hangs.test", 10ms).detail.empty());
  resolver_.reset();
  servers_->release();
  context_.restart();
  EXPECT_EQ(context_.run_for(20ms), 0U) << "the thread had somebody to tell";
}

TEST_F(ResolverTest, WhoIsCancelledWaitsNoLonger) {
  servers_->hold("hangs.test");
  make();
  asio::cancellation_signal cancel;
  Resolved resolved;
  bool ended = false;
  asio::co_spawn(context_, resolver_->resolve("hangs.test", 443, clock_.now() + 20s),
                 asio::bind_cancellation_slot(cancel.slot(), [&](std::exception_ptr, Resolved answer) {
                   resolved = std::move(answer);
                   ended = true;
                 }));
  while (servers_->asked == 0) context_.run_one_for(10ms);
  cancel.emit(asio::cancellation_type::terminal);
  while (!ended && context_.run_one_for(10s) != 0) {
  }
  EXPECT_EQ(resolved.error, asio::error::operation_aborted);
  servers_->release();
}

TEST(LookUp, AsksTheSystem) {
  const auto here = look_up("localhost");
  ASSERT_FALSE(here.endpoints.empty()) << here.error;
  EXPECT_TRUE(here.endpoints.front().address().is_loopback());
  const auto nowhere = look_up("a..b");
  EXPECT_TRUE(nowhere.endpoints.empty());
  EXPECT_NE(nowhere.error, "");
}

}  // namespace
}  // namespace runtime::net
