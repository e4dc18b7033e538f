#include "tests/unit/fake_openai_test.hpp"

// What a response costs.
namespace simulators::openai {
namespace {

class FakeOpenAiSpending : public FakeSessionTest,
                           public testing::WithParamInterface<std::pair<std::int64_t, std::string_view>> {};

TEST_P(FakeOpenAiSpending, IsNeverMoreThanTheLimit) {
  const auto [most, model] = GetParam();
  model_ = model;
  rule(When::Kind::any).reply.outputs = {spoken(20s)};
  open_phone();

  say(R"({"type":"response.create","response":{"max_output_tokens":)" + std::to_string(most) + "}}");
  pass(10s);

  const Json& response = first("response.done")["response"];
  EXPECT_EQ(response["status_details"]["reason"], "max_output_tokens");
  const Json& usage = response["usage"];
  EXPECT_EQ(usage["output_tokens"], most);
  const Json& details = usage["output_token_details"];
  EXPECT_EQ(details["text_tokens"].get<std::int64_t>() + details["audio_tokens"].get<std::int64_t>(), most);
  EXPECT_LE(details.value("reasoning_tokens", std::int64_t{0}), details["text_tokens"].get<std::int64_t>());
}

INSTANTIATE_TEST_SUITE_P(Limits, FakeOpenAiSpending,
                         testing::Values(std::pair(1, "gpt-realtime"), std::pair(5, "gpt-realtime"),
                                         std::pair(20, "gpt-realtime"), std::pair(5, "gpt-realtime-2.1")));

}  // namespace
}  // namespace simulators::openai
