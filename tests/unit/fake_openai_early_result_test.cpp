#include "tests/unit/fake_openai_test.hpp"

#include <algorithm>

// A tool's result that comes before the response that called the tool is over.
namespace simulators::openai {
namespace {

using testing::ElementsAre;

class FakeOpenAiEarlyResult : public FakeSessionTest {};

TEST_F(FakeOpenAiEarlyResult, IsAnnouncedAfterTheResponsesEndAndItsRateLimits) {
  Rule& both = rule(When::Kind::greeting);
  both.reply.outputs = {ToolCall{"get_weather", "{}"}, spoken(10s)};
  open_phone();
  say(R"({"type":"response.create"})");
  pass(600ms);
  const std::string call = first("response.function_call_arguments.done")["call_id"];
  sent_.clear();

  say(R"({"type":"conversation.item.create","item":{"type":"function_call_output","call_id":")" + call +
      R"(","output":"12"}})");
  pass(5s);

  const auto seen = milestones();
  const auto done = std::find(seen.begin(), seen.end(), "response.done");
  ASSERT_NE(done, seen.end());
  EXPECT_EQ(std::find(seen.begin(), done, "conversation.item.added"), done);
  EXPECT_THAT(std::vector<std::string>(done + 1, seen.end()),
              ElementsAre("rate_limits.updated", "conversation.item.added", "conversation.item.done"));
}

TEST_F(FakeOpenAiEarlyResult, IsAnnouncedBeforeLaterItemsAndTheAnswerToThem) {
  rule(When::Kind::greeting).reply.outputs = {ToolCall{"get_weather", "{}"}};
  open_phone();
  say(R"({"type":"response.create"})");
  while (count("response.function_call_arguments.delta") == 0) pass(1ms);
  const std::string call = first("response.output_item.added")["item"]["call_id"];
  say(R"({"type":"conversation.item.create","item":{"type":"function_call_output","call_id":")" + call +
      R"(","output":"12"}})");
  while (count("response.done") == 0) pass(1ms);
  sent_.clear();

  say(R"({"type":"conversation.item.create","item":{"type":"message","role":"user",)"
      R"("content":[{"type":"input_text","text":"And tomorrow?"}]}})");
  say(R"({"type":"response.create"})");
  pass(200ms);

  std::vector<std::string> roles;
  for (const Sent& sent : sent_) {
    if (sent.type == "conversation.item.added")
      roles.push_back(sent.event["item"]["type"].get<std::string>());
    if (sent.type == "response.created") roles.push_back(sent.type);
  }
  EXPECT_THAT(roles, ElementsAre("function_call_output", "message", "response.created"));
}

TEST_F(FakeOpenAiEarlyResult, IsAnnouncedBeforeTheReminderOfALineThatIsIdle) {
  rule(When::Kind::greeting).reply.outputs = {ToolCall{"get_weather", "{}"}};
  open_phone(R"(,"idle_timeout_ms":6000)");
  say(R"({"type":"response.create"})");
  while (count("response.function_call_arguments.delta") == 0) pass(1ms);
  const std::string call = first("response.output_item.added")["item"]["call_id"];
  say(R"({"type":"conversation.item.create","item":{"type":"function_call_output","call_id":")" + call +
      R"(","output":"12"}})");
  while (count("response.done") == 0) pass(1ms);
  sent_.clear();

  append(silence(7s));

  std::vector<std::string> added;
  for (const Sent& sent : sent_) {
    if (sent.type != "conversation.item.added") continue;
    added.push_back(sent.event["item"].value("role", sent.event["item"]["type"].get<std::string>()));
  }
  EXPECT_THAT(added, ElementsAre("function_call_output", "system", "user"));
}

}  // namespace
}  // namespace simulators::openai
