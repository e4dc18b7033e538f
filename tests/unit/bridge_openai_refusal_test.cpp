// Why OpenAI refuses, and whether asking again can help.
#include "bridge/openai/refusal.hpp"

#include <gtest/gtest.h>

#include <chrono>

namespace bridge::openai {
namespace {
using namespace std::chrono_literals;

TEST(OpenAiRefusal, IsToldByTheCodeThenByTheClose) {
  struct Case {
    const char* code;
    int close_code;
    int http_status;
    Unreachable reason;
  };
  for (const Case& c : {Case{"invalid_api_key", 3000, 0, Unreachable::auth},
                        {"", 3000, 0, Unreachable::auth},
                        {"insufficient_permissions", 3000, 0, Unreachable::auth},
                        {"invalid_model", 4000, 0, Unreachable::model},
                        {"missing_model", 4000, 0, Unreachable::model},
                        {"model_not_found", 4004, 0, Unreachable::model},
                        {"", 4004, 0, Unreachable::model},
                        {"insufficient_quota", 4000, 0, Unreachable::quota},
                        {"insufficient_quota", 3000, 0, Unreachable::quota},
                        {"rate_limit_exceeded", 0, 0, Unreachable::quota},
                        {"", 0, 401, Unreachable::auth},
                        {"", 0, 403, Unreachable::auth},
                        {"", 0, 429, Unreachable::quota},
                        {"", 0, 402, Unreachable::quota},
                        {"billing_hard_limit_reached", 0, 402, Unreachable::quota},
                        {"model_not_found", 0, 404, Unreachable::model},
                        {"404", 0, 404, Unreachable::network},
                        {"invalid_api_key", 0, 403, Unreachable::auth},
                        {"", 0, 503, Unreachable::network},
                        {"", 1006, 0, Unreachable::network},
                        {"beta_api_shape_disabled", 4000, 0, Unreachable::network},
                        {"server_error", 1011, 0, Unreachable::network},
                        {"", 0, 0, Unreachable::network}}) {
    EXPECT_EQ(classify_refusal(c.code, c.close_code, c.http_status), c.reason)
        << c.code << " " << c.close_code << " " << c.http_status;
  }
}

TEST(OpenAiRefusal, OfCredentialsQuotaOrModelIsNotWorthAnotherTry) {
  for (const char* code :
       {"invalid_api_key", "insufficient_permissions", "invalid_model", "missing_model", "model_not_found",
        "insufficient_quota", "billing_hard_limit_reached", "account_deactivated", "beta_api_shape_disabled"})
    EXPECT_FALSE(worth_another_try({code, 1011})) << code;
  for (const int close : {3000, 4000, 4004}) EXPECT_FALSE(worth_another_try({"", close})) << close;
  for (const int status : {400, 401, 403, 404}) EXPECT_FALSE(worth_another_try({"", 0, status})) << status;
  EXPECT_FALSE(worth_another_try({"", 0, 429, R"({"error":{"code":"insufficient_quota"}})"}));
}

TEST(OpenAiRefusal, OfTheMomentIsWorthAnotherTry) {
  for (const char* code : {"rate_limit_exceeded", "inference_rate_limit_exceeded", "server_error"})
    EXPECT_TRUE(worth_another_try({code, 4000})) << code;
  for (const int close : {0, 1000, 1001, 1006, 1011}) EXPECT_TRUE(worth_another_try({"", close})) << close;
  for (const int status : {0, 408, 425, 429, 500, 503})
    EXPECT_TRUE(worth_another_try({"", 0, status})) << status;
}

TEST(OpenAiRefusal, OfARateLimitIsNotOneOfTheQuota) {
  EXPECT_TRUE(is_rate_limit(Refusal{"rate_limit_exceeded", 0, 429}));
  EXPECT_TRUE(is_rate_limit(Refusal{"", 0, 429, "slow down"}));
  EXPECT_FALSE(is_rate_limit(Refusal{"insufficient_quota", 0, 429}));
  EXPECT_FALSE(is_rate_limit(Refusal{"", 0, 429, R"({"error":{"code":"insufficient_quota"}})"}));
  EXPECT_FALSE(is_rate_limit(Refusal{"", 0, 503}));
}

TEST(OpenAiRefusal, SaysHowLongToWait) {
  EXPECT_EQ(told_wait("Limit 1000, Used 1000. Please try again in 1m26.4s. Visit ..."), 86400ms);
  EXPECT_EQ(told_wait("Please try again in 350ms."), 350ms);
  EXPECT_EQ(told_wait("Please try again in 20s"), 20s);
  EXPECT_EQ(told_wait("try again in 1h2m3s"), 1h + 2min + 3s);
  EXPECT_EQ(told_wait("try again in a while"), std::nullopt);
  EXPECT_EQ(told_wait("try again in 99999999999s"), std::nullopt);
  EXPECT_EQ(told_wait("try again in 1000000d"), std::nullopt) << "beyond what fits nanoseconds";
  EXPECT_EQ(told_wait("try again in 9000d9000d9000d"), std::nullopt) << "each of which fits";
  EXPECT_EQ(told_wait("try again in 1e9s"), std::nullopt);
  EXPECT_EQ(told_wait("try again in -5s"), std::nullopt);
  EXPECT_EQ(told_wait(""), std::nullopt);
}

}  // namespace
}  // namespace bridge::openai
