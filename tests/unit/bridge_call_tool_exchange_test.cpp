#include "bridge/call/tool_exchange.hpp"
#include "runtime/net/message_socket.hpp"

#include <gmock/gmock.h>

namespace bridge::call {
namespace {

using runtime::net::Fetched;
using testing::HasSubstr;

constexpr auto kArguments = R"({"number":17,"tags":["a","b c"],"urgent":true})";

class ToolExchangeTest : public testing::Test {
 protected:
  ToolExchangeTest() {
    tool.name = "look_up";
    tool.url = *runtime::net::parse_url("https://api.example.com/orders");
    tool.bearer = "a-secret";
  }
  static Fetched answer(int status, std::string body, std::string location = "") {
    Fetched fetched;
    fetched.response = runtime::net::make_response(status, "application/json", std::move(body));
    if (!location.empty()) fetched.response.headers.add("Location", std::move(location));
    return fetched;
  }
  ToolResult end_of(ToolExchange& exchange, Fetched fetched) {
    auto result = exchange.answered(fetched);
    EXPECT_TRUE(result);
    return result.value_or(ToolResult{});
  }

  HttpTool tool;
  std::vector<std::string> hosts{"api.example.com", "other.example.com"};
};

TEST_F(ToolExchangeTest, ABodyCarriesTheArgumentsAsTheModelWroteThem) {
  const ToolExchange exchange(tool, hosts, kArguments);

  EXPECT_EQ(exchange.request().method, "POST");
  EXPECT_EQ(exchange.request().body, kArguments);
  EXPECT_EQ(exchange.request().headers.get("Content-Type"), "application/json");
  EXPECT_EQ(exchange.request().headers.get("Authorization"), "Bearer a-secret");
}

TEST_F(ToolExchangeTest, AQueryCarriesTheArgumentsAsFields) {
  tool.method = "GET";
  tool.url.target = "/orders?source=phone";
  const ToolExchange exchange(tool, hosts, kArguments);

  EXPECT_EQ(exchange.url().text(),
            "https://api.example.com/orders?source=phone&number=17&tags=a&tags=b+c&urgent=true");
  EXPECT_EQ(exchange.request().body, "");
}

TEST_F(ToolExchangeTest, JsonIsPassedOnAsJsonAndAllElseAsText) {
  ToolExchange exchange(tool, hosts, "{}");
  EXPECT_EQ(end_of(exchange, answer(200, R"({"open":true})")).output,
            R"({"ok":true,"status":200,"body":{"open":true}})");
  EXPECT_EQ(end_of(exchange, answer(200, "it is open")).output,
            R"({"ok":true,"status":200,"body":"it is open"})");
  EXPECT_EQ(end_of(exchange, answer(204, "")).output, R"({"ok":true,"status":204})");
}

TEST_F(ToolExchangeTest, WhatTheServiceRefusesIsAnErrorWithItsWords) {
  ToolExchange exchange(tool, hosts, "{}");
  const auto result = end_of(exchange, answer(404, R"({"why":"no such order"})"));

  EXPECT_EQ(result.outcome, ToolOutcome::failed);
  EXPECT_THAT(result.output, HasSubstr(R"("ok":false,"error":"failed")"));
  EXPECT_THAT(result.output, HasSubstr("no such order"));
}

TEST_F(ToolExchangeTest, NoAnswerAndTooLongAnAnswerAreErrors) {
  ToolExchange exchange(tool, hosts, "{}");
  Fetched refused;
  refused.error = boost::asio::error::connection_refused;
  EXPECT_THAT(end_of(exchange, refused).output, HasSubstr("could not be reached"));
  Fetched long_one;
  long_one.error = runtime::net::NetError::too_big;
  EXPECT_THAT(end_of(exchange, long_one).output, HasSubstr("too long"));
}

TEST_F(ToolExchangeTest, ARedirectIsFollowedToAllowedHostsOnlyAndWithoutTheSecret) {
  ToolExchange exchange(tool, hosts, kArguments);
  EXPECT_FALSE(exchange.answered(answer(307, "", "/v2/orders")));
  EXPECT_EQ(exchange.url().text(), "https://api.example.com/v2/orders");
  EXPECT_EQ(exchange.request().method, "POST");
  EXPECT_TRUE(exchange.request().headers.has("Authorization"));

  EXPECT_FALSE(exchange.answered(answer(302, "", "https://other.example.com/orders")));
  EXPECT_EQ(exchange.request().method, "GET");
  EXPECT_EQ(exchange.request().body, "");
  EXPECT_FALSE(exchange.request().headers.has("Authorization"));

  const auto out = end_of(exchange, answer(302, "", "https://evil.example.net/"));
  EXPECT_EQ(out.outcome, ToolOutcome::not_allowed);
  EXPECT_THAT(out.detail, HasSubstr("https://evil.example.net, which is not in tools.hosts"));
}

TEST_F(ToolExchangeTest, ARedirectDoesNotLeaveTlsNorGoRoundInCircles) {
  ToolExchange plain(tool, hosts, "{}");
  EXPECT_THAT(end_of(plain, answer(308, "", "http://api.example.com/")).detail,
              HasSubstr("is not encrypted"));
  EXPECT_THAT(end_of(plain, answer(302, "", "file:///etc/passwd")).detail, HasSubstr("no web address"));

  ToolExchange circle(tool, hosts, "{}");
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(circle.answered(answer(307, "", "/again")));
  EXPECT_THAT(end_of(circle, answer(307, "", "/again")).detail, HasSubstr("more than 3 redirects"));
}

}  // namespace
}  // namespace bridge::call
