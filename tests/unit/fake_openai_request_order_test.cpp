#include "tests/unit/fake_openai_test.hpp"

// In which order requests are answered, the session's own first event among the answers.
namespace simulators::openai {
namespace {

using testing::ElementsAre;

class FakeOpenAiRequests : public FakeSessionTest {};

constexpr auto kSaysHello = R"({"type":"conversation.item.create","item":{"type":"message","role":"user",)"
                            R"("content":[{"type":"input_text","text":"Hello"}]}})";

TEST_F(FakeOpenAiRequests, NothingIsAnsweredBeforeTheSessionWasCreated) {
  open();
  say(kSaysHello);
  EXPECT_THAT(types(), ElementsAre());

  pass(10ms);
  EXPECT_THAT(types(), ElementsAre("session.created", "conversation.item.added", "conversation.item.done"));
}

TEST_F(FakeOpenAiRequests, RequestsAreAnsweredInTheirOrder) {
  open();
  say(R"({"type":"session.update","session":{"type":"realtime","instructions":"Be brief."}})");
  say(kSaysHello);
  say(R"({"type":"session.update","session":{"type":"realtime","instructions":"Be long."}})");
  append_in_time(speech(20ms));

  pass(20ms);
  EXPECT_THAT(types(), ElementsAre("session.created", "session.updated", "conversation.item.added",
                                   "conversation.item.done", "session.updated"));
  EXPECT_EQ(facts_.appends.size(), 1U);
}

TEST_F(FakeOpenAiRequests, AClientThatTalksOnBeforeTheSessionIsCreatedIsCutOff) {
  Behaviour late;
  late.created_after = 1h;
  late.open_points.largest_message_bytes = 1000;
  open(late);
  for (int i = 0; i < 10; ++i) session_->receive(kSaysHello, false, now_);
  ASSERT_TRUE(facts_.close_sent);
  EXPECT_EQ(facts_.close_sent->code, 1009);
}

}  // namespace
}  // namespace simulators::openai
