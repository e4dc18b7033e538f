#include "tests/unit/fake_openai_test.hpp"

// Tools on MCP servers: what a client hears of them, and when.
namespace simulators::openai {
namespace {

using testing::ElementsAre;
using testing::IsSupersetOf;

class FakeOpenAiMcp : public FakeSessionTest {
 protected:
  static McpCall read() { return {"files", "read", R"({"path":"/menu"})", "soup", std::nullopt, 300ms}; }
  void name_server(const std::string& more = "") {
    say(R"({"type":"session.update","session":{"type":"realtime","tools":[{"type":"mcp",)"
        R"("server_label":"files","server_url":"https://example.com")" +
        more + "}]}}");
  }
  void ask(std::vector<Output> outputs, Behaviour behaviour = {}) {
    rule(When::Kind::greeting).reply.outputs = std::move(outputs);
    open(std::move(behaviour));
    pass(10ms);
    sent_.clear();
    say(R"({"type":"response.create"})");
  }
  void answers(std::size_t item, bool approve) {
    say(R"({"type":"conversation.item.create","item":{"type":"mcp_approval_response","approve":)" +
        std::string(approve ? "true" : "false") + R"(,"approval_request_id":")" +
        facts_.responses.at(0).items.at(item).id + R"("}})");
    pass(10ms);
  }
  /// Where an event first stands among those that were sent.
  std::size_t place(std::string_view type) const {
    const auto found =
        std::find_if(sent_.begin(), sent_.end(), [&](const Sent& s) { return s.type == type; });
    EXPECT_NE(found, sent_.end()) << type;
    return static_cast<std::size_t>(found - sent_.begin());
  }
  std::vector<std::string> listed() const {
    std::vector<std::string> names;
    for (const Sent& sent : sent_) {
      if (sent.type != "conversation.item.done") continue;
      for (const Json& tool : sent.event["item"]["tools"]) names.push_back(tool["name"]);
    }
    return names;
  }
};

TEST_F(FakeOpenAiMcp, ACallIsNoMessageAndKnowsItsServer) {
  ask({read(), McpApproval{"disk", "write"}, spoken(500ms)});
  pass(3s);

  const auto& items = facts_.responses.at(0).items;
  ASSERT_EQ(items.size(), 3U);
  EXPECT_FALSE(items[0].message || items[1].message);
  EXPECT_TRUE(items[2].message);
  EXPECT_EQ(items[0].server + items[1].server + items[2].server, "filesdisk");
}

TEST_F(FakeOpenAiMcp, WhatACallCameToIsKnownBeforeItIsSpokenOf) {
  model_ = "gpt-realtime-2.1";  // it interleaves
  ask({read(), spoken(500ms)});
  pass(3s);

  EXPECT_LT(place("response.mcp_call_arguments.done"), place("response.mcp_call.in_progress"));
  EXPECT_LT(place("response.mcp_call.in_progress"), place("response.mcp_call.completed"));
  EXPECT_LT(place("response.mcp_call.completed"), place("response.output_item.done"));
  EXPECT_LT(place("response.output_item.done"), place("response.output_audio.delta"));
}

TEST_F(FakeOpenAiMcp, ACallWithoutDeltasHasItsArgumentsAndItsOutcome) {
  rule(When::Kind::greeting).reply.faults.no_deltas.emplace();
  script_.rules.back().reply.outputs = {read()};
  open();
  say(R"({"type":"response.create"})");
  pass(3s);

  EXPECT_EQ(count("response.mcp_call_arguments.delta"), 0U);
  EXPECT_EQ(first("response.mcp_call_arguments.done")["arguments"], R"({"path":"/menu"})");
  const Json& call = first("response.done")["response"]["output"][0];
  EXPECT_EQ(call["output"], "soup");
  EXPECT_EQ(call["arguments"], R"({"path":"/menu"})");
}

TEST_F(FakeOpenAiMcp, ACallThatIsCancelledWhileItTakesHasNoOutcome) {
  ask({read()});
  for (int i = 0; i < 200 && count("response.mcp_call.in_progress") == 0; ++i) pass(10ms);
  say(R"({"type":"response.cancel"})");
  pass(3s);

  EXPECT_EQ(count("response.mcp_call.completed") + count("response.mcp_call.failed"), 0U);
  EXPECT_EQ(first("response.done")["response"]["status"], "cancelled");
  EXPECT_TRUE(first("response.done")["response"]["output"][0]["output"].is_null());
}

TEST_F(FakeOpenAiMcp, AnApprovalIsAnsweredAndADenialIsNot) {
  for (const bool approve : {true, false}) {
    script_.rules.clear();
    session_.reset();
    facts_ = {};
    rule(When::Kind::tool_result, "written").when.tool = "write";
    ask({McpApproval{"files", "write"}});
    pass(3s);
    answers(0, approve);
    say(R"({"type":"response.create"})");
    pass(3s);

    EXPECT_EQ(facts_.responses.at(1).as, approve ? "written" : "");
    EXPECT_EQ(facts_.responses.at(1).input_text, approve ? "write" : "");
  }
}

TEST_F(FakeOpenAiMcp, TheToolsThatTheSessionAllowsAreListedAfterTheirTime) {
  Behaviour behaviour;
  behaviour.mcp_servers["files"].tools = {"read", "write", "erase"};
  behaviour.mcp_servers["files"].lists_after = 700ms;
  open(behaviour);
  name_server(R"(,"allowed_tools":["write","read","fly"])");
  pass(700ms);
  EXPECT_THAT(types(), IsSupersetOf({"session.updated", "mcp_list_tools.in_progress"}));
  EXPECT_EQ(count("mcp_list_tools.completed"), 0U);

  pass(20ms);
  EXPECT_EQ(count("mcp_list_tools.completed"), 1U);
  EXPECT_THAT(listed(), ElementsAre("read", "write"));
  EXPECT_THAT(facts_.servers, ElementsAre("files"));
}

TEST_F(FakeOpenAiMcp, OfAServerThatCannotBeReachedNoItemIsDone) {
  Behaviour behaviour;
  behaviour.mcp_servers["files"].unreachable = true;
  open(behaviour);
  name_server();
  pass(1s);

  EXPECT_EQ(count("mcp_list_tools.failed"), 1U);
  EXPECT_EQ(count("conversation.item.added"), 1U);
  EXPECT_EQ(count("conversation.item.done"), 0U);
}

TEST_F(FakeOpenAiMcp, AnUpdateThatIsNotConfirmedIsAcceptedAndItsServersAreAsked) {
  Behaviour behaviour;
  behaviour.formats = Formats::unconfirmed;
  open(behaviour);
  name_server();
  pass(1s);

  EXPECT_EQ(count("session.updated"), 0U);
  EXPECT_EQ(count("mcp_list_tools.completed"), 1U);
}

TEST_F(FakeOpenAiMcp, BetaKnowsNeitherItsEventsNorItsItems) {
  dialect_ = Dialect::beta;
  ask({read(), spoken(500ms)});
  pass(3s);

  ASSERT_EQ(count("response.done"), 1U);
  for (const Sent& sent : sent_) EXPECT_EQ(sent.event.dump().find("mcp_"), std::string::npos) << sent.event;
  EXPECT_EQ(first("response.done")["response"]["output"].size(), 1U);
}

}  // namespace
}  // namespace simulators::openai
