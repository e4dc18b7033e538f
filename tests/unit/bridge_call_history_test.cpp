// What the next session is told of a call.
#include "bridge/call/history.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace bridge::call {
namespace {
using Json = nlohmann::json;
using openai::ItemId;
using openai::ResponseId;

struct CallHistory : testing::Test {
  void caller(const std::string& id, const std::string& words) {
    history.note(openai::Committed{ItemId(id)});
    history.note(openai::InputTranscript{ItemId(id), words});
  }
  void bot(const std::string& id, const std::string& words, std::size_t spoken_bytes = 8000) {
    history.note(openai::OutputItemAdded{ResponseId("r"), ItemId(id), openai::ItemKind::message, ""});
    history.note(openai::TranscriptDelta{ResponseId("r"), ItemId(id), words});
    const std::string audio(spoken_bytes, '\x10');
    history.note(openai::AudioDelta{ResponseId("r"), ItemId(id), 0, audio});
  }
  std::vector<std::string> said() const {
    std::vector<std::string> lines;
    for (const auto& seed : history.seeds()) {
      const auto item = Json::parse(seed)["item"];
      const std::string type = item["type"];
      lines.push_back(type == "message"
                          ? std::string(item["role"]) + ": " + std::string(item["content"][0]["text"])
                          : type + " " + std::string(item["call_id"]));
    }
    return lines;
  }
  History history;
};

TEST_F(CallHistory, KeepsTheOrderInWhichThingsWereSaidWhenWordsComeLate) {
  history.note(openai::Committed{ItemId("u1")});
  bot("a1", "Hello.");
  history.note(openai::InputTranscript{ItemId("u1"), "Hi"});

  EXPECT_EQ(said(), (std::vector<std::string>{"user: Hi", "assistant: Hello."}));
}

TEST_F(CallHistory, EndsTheBotsWordsWhereTheCallerStoppedHearingThem) {
  bot("a1", "One two three four five six seven eight.", 16000);
  history.note(openai::Truncated{ItemId("a1"), 1000});

  EXPECT_EQ(said(), (std::vector<std::string>{"assistant: One two three four"}));
}

TEST_F(CallHistory, CorrectsASessionThatWasToldMoreThanWasHeard) {
  bot("a1", "One two three four five six seven eight.", 16000);
  const auto corrections = history.cut(ItemId("a1"), 1000, openai::Dialect::ga);
  ASSERT_EQ(corrections.size(), 2U);
  EXPECT_EQ(Json::parse(corrections[0])["previous_item_id"], "a1") << "in its place";
  const auto item = Json::parse(corrections[0])["item"];
  EXPECT_EQ(item["content"][0]["text"], "One two three four");
  EXPECT_FALSE(item.contains("id")) << "the other is still there";
  EXPECT_EQ(Json::parse(corrections[1])["type"], "conversation.item.delete");
  EXPECT_EQ(Json::parse(corrections[1])["item_id"], "a1");
  EXPECT_EQ(said(), (std::vector<std::string>{"assistant: One two three four"}));
}

TEST_F(CallHistory, CorrectsNothingThatNoSessionWasTold) {
  EXPECT_TRUE(history.cut(ItemId("nobody's"), 1000, openai::Dialect::ga).empty());
  bot("a1", "");
  EXPECT_TRUE(history.cut(ItemId("a1"), 10, openai::Dialect::ga).empty());
  bot("a2", "Unheard.");
  EXPECT_EQ(history.cut(ItemId("a2"), 0, openai::Dialect::ga).size(), 1U)
      << "deleted, and nothing in its place";
  bot("a3", "Heard.");
  EXPECT_TRUE(history.cut(ItemId("a3"), 1000, openai::Dialect::ga).empty());
}

TEST_F(CallHistory, SaysNothingOfWhatNobodyHeard) {
  bot("a1", "Unheard.");
  history.note(openai::Truncated{ItemId("a1"), 0});

  EXPECT_TRUE(said().empty());
}

TEST_F(CallHistory, SaysNothingOfAnAnswerThatNeverSounded) {
  history.note(openai::OutputItemAdded{ResponseId("r"), ItemId("a1"), openai::ItemKind::message, ""});
  history.note(openai::TranscriptDelta{ResponseId("r"), ItemId("a1"), "Unheard."});
  const std::string silence(800, '\xff');
  history.note(openai::AudioDelta{ResponseId("r"), ItemId("a1"), 0, silence});

  EXPECT_TRUE(said().empty());
}

TEST_F(CallHistory, TellsATurnAsSoundInItsPlaceAndMissesNoWordsOfIt) {
  caller("u0", "Hi");
  history.note(openai::Committed{ItemId("u1")});
  bot("a1", "Hello.");

  const auto seeds = history.seeds(openai::Dialect::ga, {{ItemId("u1"), "sound"}, {ItemId("u9"), "more"}});
  ASSERT_EQ(seeds.size(), 4U);
  EXPECT_EQ(seeds[1], "sound");
  EXPECT_EQ(seeds[3], "more") << "what is not known here comes last";
}

TEST_F(CallHistory, ForgetsWhatWasTakenOutOfTheConversationAlsoWhenItsWordsComeLate) {
  history.note(openai::Committed{ItemId("u1")});
  history.forget(ItemId("u1"));
  EXPECT_TRUE(said().empty());
  history.note(openai::InputTranscript{ItemId("u1"), "Hm"});
  EXPECT_TRUE(said().empty());
}

TEST_F(CallHistory, SaysThatWordsOfTheCallerAreMissingAndOnlyThen) {
  history.note(openai::IdleTimeout{ItemId("s1")});
  history.note(openai::Committed{ItemId("s1")});
  caller("u0", "");
  bot("a1", "Hello.");
  EXPECT_EQ(said(), std::vector<std::string>{"assistant: Hello."}) << "silence has no words";

  history.note(openai::Committed{ItemId("u1")});
  const auto lines = said();
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_TRUE(lines[0].starts_with("system: ")) << lines[0];
  EXPECT_NE(lines[0].find("incomplete"), std::string::npos) << lines[0];
  EXPECT_EQ(lines[1], "assistant: Hello.");
}

TEST_F(CallHistory, KeepsACallOfAFunctionWithItsOutputAndNoOutputWithoutItsCall) {
  using Added = openai::ItemAdded;
  history.note(openai::FunctionCall{ResponseId("r"), ItemId("f1"), "call_1", "look_up", "{}"});
  history.note(Added{ItemId("o1"), Added::Kind::function_output, "{\"ok\":true}", "call_1"});
  history.note(Added{ItemId("o2"), Added::Kind::function_output, "{}", "call_2"});
  history.note(Added{ItemId("t1"), Added::Kind::user_text, "pressed 5", ""});

  EXPECT_EQ(said(), (std::vector<std::string>{"function_call call_1", "function_call_output call_1",
                                              "user: pressed 5"}));
}

TEST_F(CallHistory, KeepsTheNewestThatFit) {
  for (int i = 0; i < 300; ++i) caller("u" + std::to_string(i), std::string(1000, 'a'));

  const auto lines = said();
  EXPECT_LE(lines.size() * 1000, History::kMostBytes);
  EXPECT_GE(lines.size(), 20U);
  EXPECT_EQ(Json::parse(history.seeds().back())["item"]["id"], "u299");
}

TEST_F(CallHistory, IsNotDoubledByItsOwnEcho) {
  caller("u1", "Hi");
  history.note(openai::ItemAdded{ItemId("u1"), openai::ItemAdded::Kind::user_text, "Hi", ""});

  EXPECT_EQ(said().size(), 1U);
}

}  // namespace
}  // namespace bridge::call
