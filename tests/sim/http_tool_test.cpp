#include "bridge/call/dial_gate.hpp"
#include "bridge/call/instruments.hpp"
#include "bridge/call/tool_runner.hpp"
#include "runtime/sim/network.hpp"

#include <gmock/gmock.h>
#include <spdlog/logger.h>
#include <spdlog/sinks/null_sink.h>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>

#include <optional>

namespace bridge::call {
namespace {

using runtime::net::HttpRequest;
using runtime::net::HttpResponse;
using testing::ElementsAre;
using testing::HasSubstr;

/// A service of the operator's: /redirect leads out of the house, /slow takes ten seconds.
class Orders final : public runtime::net::Service {
 public:
  explicit Orders(runtime::Clock& clock) : clock_(clock) {}
  boost::asio::awaitable<HttpResponse> respond(const HttpRequest& request) override {
    asked.push_back(request.method + " " + request.target + " " + request.body);
    if (request.target == "/slow") (void)co_await clock_.sleep_until(clock_.now() + 10s);
    auto response = runtime::net::make_response(200, "application/json", R"({"state":"shipped"})");
    if (request.target == "/redirect") {
      response = runtime::net::make_response(307, "text/plain", "");
      response.headers.add("Location", "http://" + std::string(leads_to));
    }
    co_return response;
  }
  boost::asio::awaitable<void> serve(HttpRequest, std::unique_ptr<runtime::net::MessageSocket>) override {
    co_return;
  }
  std::vector<std::string> asked;
  std::string leads_to = "elsewhere/orders";

 private:
  runtime::Clock& clock_;
};

class HttpToolTest : public testing::Test {
 protected:
  HttpToolTest() {
    listener_ = std::move(*fabric_.network("orders").listen({"orders", 80, std::nullopt, {}}, orders_));
    settings_.hosts = {"orders"};
    tool_.name = "look_up";
    tool_.timeout = 3s;
  }
  ~HttpToolTest() override {
    loop_.run_for(1min);  // whoever is slow is done
    boost::asio::co_spawn(loop_.context(), listener_->shut_down(), [](std::exception_ptr) {});
    loop_.run();
  }

  /// The result, and when it came.
  void start(const std::string& path) {
    tool_.url = *runtime::net::parse_url("http://orders" + path);
    ToolTask task{1, &tool_, R"({"number":17})", "", loop_.now() + tool_.timeout};
    boost::asio::co_spawn(loop_.context(), run_http(around_, settings_, std::move(task)),
                          boost::asio::bind_cancellation_slot(
                              cancel_.slot(), [this](std::exception_ptr error, ToolResult result) {
                                EXPECT_FALSE(error);
                                result_ = std::move(result);
                                ended_ = loop_.now();
                              }));
  }
  ToolResult end_of(const std::string& path) {
    start(path);
    EXPECT_TRUE(loop_.run_until([&] { return result_.has_value(); }, 1min));
    return result_.value_or(ToolResult{});
  }

  runtime::sim::Loop loop_;
  runtime::SeededRandom random_{1};
  runtime::sim::Fabric fabric_{loop_, random_, {}};
  runtime::Ticker ticker_{loop_.context().get_executor(), loop_.clock(), 20ms};
  metrics::Book book_;
  Instruments instruments_{book_.add_sheet({"voicebridge_"})};
  spdlog::logger log_{"", std::make_shared<spdlog::sinks::null_sink_st>()};
  DialGate dials_{0};
  Surroundings around_{loop_.context().get_executor(),
                       loop_.clock(),
                       ticker_,
                       fabric_.network("bridge"),
                       random_,
                       instruments_,
                       dials_,
                       log_};
  Orders orders_{loop_.clock()};
  std::unique_ptr<runtime::net::Listener> listener_;
  ToolSettings settings_;
  HttpTool tool_;
  boost::asio::cancellation_signal cancel_;
  std::optional<ToolResult> result_;
  std::optional<runtime::TimePoint> ended_;
};

TEST_F(HttpToolTest, AsksTheServiceAndGivesItsAnswer) {
  const auto result = end_of("/orders");

  EXPECT_EQ(result.outcome, ToolOutcome::ok);
  EXPECT_EQ(result.output, R"({"ok":true,"status":200,"body":{"state":"shipped"}})");
  EXPECT_THAT(orders_.asked, ElementsAre(R"(POST /orders {"number":17})"));
}

TEST_F(HttpToolTest, GivesUpAtItsDeadline) {
  const auto begun = loop_.now();
  const auto result = end_of("/slow");

  EXPECT_EQ(result.outcome, ToolOutcome::timed_out);
  EXPECT_EQ(*ended_ - begun, 3s);
}

TEST_F(HttpToolTest, GivesUpAtItsDeadlineAlsoWhenNobodyAnswersTheDial) {
  fabric_.set_reachability("orders:80", runtime::sim::Reachability::unroutable);
  const auto begun = loop_.now();
  const auto result = end_of("/orders");

  EXPECT_NE(result.outcome, ToolOutcome::ok);
  EXPECT_EQ(*ended_ - begun, 3s);
}

TEST_F(HttpToolTest, ARedirectOutOfTheAllowedHostsIsNotFollowed) {
  const auto result = end_of("/redirect");

  EXPECT_EQ(result.outcome, ToolOutcome::not_allowed);
  EXPECT_THAT(result.detail, HasSubstr("http://elsewhere, which is not in tools.hosts"));
}

TEST_F(HttpToolTest, ARedirectInsideOfThemIs) {
  orders_.leads_to = "orders/orders";
  const auto result = end_of("/redirect");

  EXPECT_EQ(result.outcome, ToolOutcome::ok);
  EXPECT_EQ(orders_.asked.size(), 2U);
}

TEST_F(HttpToolTest, ACallThatEndsTakesItsRequestsAlong) {
  start("/slow");
  loop_.run_for(1s);
  cancel_.emit(boost::asio::cancellation_type::terminal);
  loop_.run_for(1ms);

  ASSERT_TRUE(result_);
  EXPECT_NE(result_->outcome, ToolOutcome::ok);
}

}  // namespace
}  // namespace bridge::call
