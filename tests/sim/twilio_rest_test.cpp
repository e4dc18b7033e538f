#include "bridge/app/twilio_rest.hpp"

#include "runtime/sim/network.hpp"

#include <gmock/gmock.h>
#include <boost/asio/co_spawn.hpp>

#include <deque>
#include <optional>

namespace bridge::app {
namespace {

using namespace std::chrono_literals;
using runtime::net::HttpRequest;
using runtime::net::HttpResponse;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr auto kTaken = R"({"sid":"CA1","status":"in-progress"})";

/// Twilio's API: gives its answers one after the other, the last one again and again.
class Api final : public runtime::net::Service {
 public:
  explicit Api(runtime::Clock& clock) : clock_(clock) {}
  boost::asio::awaitable<HttpResponse> respond(const HttpRequest& request) override {
    targets.push_back(request.target);
    bodies.push_back(request.body);
    times.push_back(clock_.now());
    const auto [status, body] = answers.front();
    if (answers.size() > 1) answers.pop_front();
    if (status == 0) (void)co_await clock_.sleep_until(clock_.now() + 60s);
    co_return runtime::net::make_response(status == 0 ? 200 : status, "application/json", body);
  }
  boost::asio::awaitable<void> serve(HttpRequest, std::unique_ptr<runtime::net::MessageSocket>) override {
    co_return;
  }

  std::deque<std::pair<int, std::string>> answers{{200, kTaken}};  // status 0: none within a minute
  std::vector<std::string> targets, bodies;
  std::vector<runtime::TimePoint> times;

 private:
  runtime::Clock& clock_;
};

class TwilioRestTest : public testing::Test {
 protected:
  TwilioRestTest() {
    account_.account_sid = "AC1";
    account_.auth_token = "token";
    account_.api_base = *runtime::net::parse_url("http://api:80");
    account_.api_timeout = 5s;
    listener_ = std::move(*fabric_.network("api").listen({"api", 80, std::nullopt, {}}, api_));
  }
  ~TwilioRestTest() override {
    loop_.run_for(2min);  // whoever stays silent is done with it
    boost::asio::co_spawn(loop_.context(), listener_->shut_down(), [](std::exception_ptr) {});
    loop_.run();
  }

  RestAnswer wait_for(boost::asio::awaitable<RestAnswer> asking) {
    std::optional<RestAnswer> answer;
    boost::asio::co_spawn(loop_.context(), std::move(asking), [&](std::exception_ptr error, RestAnswer got) {
      EXPECT_FALSE(error);
      answer = std::move(got);
    });
    EXPECT_TRUE(loop_.run_until([&] { return answer.has_value(); }, 5min));
    return std::move(*answer);
  }
  double counted(std::string_view operation, std::string_view outcome) {
    return sheet_.counter("voicebridge_twilio_rest_requests_total", {operation, outcome}).value();
  }

  runtime::sim::Loop loop_;
  runtime::SeededRandom random_{1};
  runtime::sim::Fabric fabric_{loop_, random_, {}};
  metrics::Book book_;
  metrics::Sheet& sheet_{book_.add_sheet({"voicebridge_"})};
  Config::Twilio account_;
  Api api_{loop_.clock()};
  std::unique_ptr<runtime::net::Listener> listener_;
  TwilioRest rest_{fabric_.network("bridge"), loop_.clock(), random_, account_, sheet_};
};

TEST_F(TwilioRestTest, AskForWhatTheApiKnows) {
  EXPECT_TRUE(std::holds_alternative<RestCall>(wait_for(rest_.create({{"To", "+1"}}))));
  EXPECT_TRUE(std::holds_alternative<RestCall>(wait_for(rest_.update("CA1", "<Response/>"))));
  EXPECT_TRUE(std::holds_alternative<RestCall>(wait_for(rest_.complete("CA1"))));

  EXPECT_THAT(api_.targets,
              ElementsAre("/2010-04-01/Accounts/AC1/Calls.json", "/2010-04-01/Accounts/AC1/Calls/CA1.json",
                          "/2010-04-01/Accounts/AC1/Calls/CA1.json"));
  EXPECT_THAT(api_.bodies, ElementsAre("To=%2B1", "Twiml=%3CResponse%2F%3E", "Status=completed"));
  EXPECT_EQ(counted("update", "ok"), 1);
}

TEST_F(TwilioRestTest, AnEndIsAskedForAgainWhenTwilioFailedOrStayedSilent) {
  api_.answers = {{503, "<html>"}, {0, ""}, {200, kTaken}};
  const auto answer = wait_for(rest_.complete("CA1"));

  EXPECT_TRUE(std::holds_alternative<RestCall>(answer));
  ASSERT_EQ(api_.times.size(), 3U);
  EXPECT_GE(api_.times[1] - api_.times[0], 200ms);
  EXPECT_GE(api_.times[2] - api_.times[1], 5s + 400ms);
  EXPECT_EQ(counted("complete", "refused"), 1);
  EXPECT_EQ(counted("complete", "unreachable"), 1);
  EXPECT_EQ(counted("complete", "ok"), 1);
}

TEST_F(TwilioRestTest, WhatMayHaveBeenTakenIsNotAskedForTwice) {
  for (const int status : {0, 503}) {
    api_.answers = {{status, "{}"}, {200, kTaken}};
    api_.targets.clear();
    EXPECT_TRUE(std::holds_alternative<RestError>(wait_for(rest_.create({{"To", "+1"}}))));
    api_.answers = {{status, "{}"}, {200, kTaken}};
    EXPECT_TRUE(std::holds_alternative<RestError>(wait_for(rest_.update("CA1", "<Response/>"))));
    EXPECT_EQ(api_.targets.size(), 2U) << status;
  }
}

TEST_F(TwilioRestTest, WhatWasTurnedAwayUntakenIsAskedForAgain) {
  api_.answers = {{429, R"({"code":20429,"message":"Too Many Requests"})"}, {200, kTaken}};
  EXPECT_TRUE(std::holds_alternative<RestCall>(wait_for(rest_.create({{"To", "+1"}}))));
  EXPECT_EQ(api_.targets.size(), 2U);

  fabric_.set_reachability("api:80", runtime::sim::Reachability::refused);
  const auto answer = wait_for(rest_.create({{"To", "+1"}}));
  ASSERT_TRUE(std::holds_alternative<RestError>(answer));
  EXPECT_THAT(std::get<RestError>(answer).text(), HasSubstr("no answer: "));
  EXPECT_EQ(counted("create", "unreachable"), 3);
}

TEST_F(TwilioRestTest, ACallThatTwilioDoesNotKnowIsNotOneThatIsOver) {
  api_.answers = {{404, R"({"code":20404,"message":"The requested resource was not found","status":404})"}};
  const auto answer = wait_for(rest_.complete("CA1"));

  ASSERT_TRUE(std::holds_alternative<RestError>(answer));
  EXPECT_FALSE(std::get<RestError>(answer).already_over());
  EXPECT_EQ(counted("complete", "refused"), 1);
}

TEST_F(TwilioRestTest, ARefusalNamesTwiliosCodeAndWords) {
  api_.answers = {
      {400, R"({"code":21220,"message":"Call is not in-progress. Cannot redirect.","status":400})"}};
  const auto answer = wait_for(rest_.update("CA1", "<Response/>"));

  ASSERT_TRUE(std::holds_alternative<RestError>(answer));
  const auto& error = std::get<RestError>(answer);
  EXPECT_TRUE(error.already_over());
  EXPECT_EQ(error.text(), "HTTP 400 code=21220 Call is not in-progress. Cannot redirect.");
  EXPECT_EQ(api_.targets.size(), 1U);
  EXPECT_EQ(counted("update", "over"), 1);
}

TEST_F(TwilioRestTest, AnAnswerThatIsNoCallIsAnError) {
  api_.answers = {{200, "<html>"}};
  const auto answer = wait_for(rest_.update("CA1", "<Response/>"));

  ASSERT_TRUE(std::holds_alternative<RestError>(answer));
  EXPECT_EQ(std::get<RestError>(answer).text(), "HTTP 200 without a call in it");
}

}  // namespace
}  // namespace bridge::app
