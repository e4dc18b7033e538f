// What an HTTP answer says that refuses a session.
#include "bridge/openai/http_refusal.hpp"

#include <gtest/gtest.h>

#include <chrono>

namespace bridge::openai {
namespace {
using namespace std::chrono_literals;

TEST(OpenAiHttpRefusal, SaysItsCodeAndItsWords) {
  const auto quota = read_http_refusal(
      R"({"error":{"message":"You exceeded it.","type":"insufficient_quota","param":null,"code":"insufficient_quota"}})",
      "");
  EXPECT_EQ(quota.code, "insufficient_quota");
  EXPECT_EQ(quota.words, "insufficient_quota: You exceeded it.");
  EXPECT_EQ(quota.wait, std::nullopt);
  EXPECT_EQ(read_http_refusal(R"({"error":{"type":"server_error","code":null}})", "").code, "server_error");
  EXPECT_EQ(read_http_refusal(R"({"error":{"message":"No."}})", "").words, "No.");
}

TEST(OpenAiHttpRefusal, OfAzuresDeploymentIsOneOfTheModel) {
  const auto refusal = read_http_refusal(
      R"({"error":{"code":"DeploymentNotFound","message":"The API deployment does not exist."}})", "");
  EXPECT_EQ(refusal.code, "model_not_found");
  EXPECT_EQ(refusal.words, "DeploymentNotFound: The API deployment does not exist.");
}

TEST(OpenAiHttpRefusal, OfAProxyIsItsWords) {
  for (const char* body :
       {"<html>go away</html>", "[]", "{}", R"({"error":"no"})", R"({"error":{"code":401}})", ""}) {
    const auto refusal = read_http_refusal(body, "");
    EXPECT_EQ(refusal.code, "") << body;
    EXPECT_EQ(refusal.wait, std::nullopt) << body;
  }
  EXPECT_EQ(read_http_refusal("<html>go away</html>", "").words, "<html>go away</html>");
}

TEST(OpenAiHttpRefusal, AsksToWaitInItsHeaderOrInItsWords) {
  const auto body = R"({"error":{"message":"Please try again in 3.5s.","code":"rate_limit_exceeded"}})";
  EXPECT_EQ(read_http_refusal(body, "").wait, 3500ms);
  EXPECT_EQ(read_http_refusal(body, "2").wait, 3500ms) << "the longer one";
  EXPECT_EQ(read_http_refusal(body, "5").wait, 5s);
  EXPECT_EQ(read_http_refusal("", "7").wait, 7s);
  for (const char* header : {"", "soon", "-1", "3 s", "99999999999", "Wed, 21 Oct 2026 07:28:00 GMT"})
    EXPECT_EQ(read_http_refusal("", header).wait, std::nullopt) << header;
}

}  // namespace
}  // namespace bridge::openai
