#include "bridge/call/tools.hpp"

#include "bridge/call/tool_schema.hpp"

#include <gmock/gmock.h>
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

#include <sstream>

namespace bridge::call {
namespace {

using namespace std::chrono_literals;
using openai::FunctionCall;
using openai::ItemId;
using openai::ResponseId;
using testing::HasSubstr;
using testing::Not;

class CallTools : public testing::Test {
 protected:
  CallTools() {
    auto& offered = settings.model.tools;
    offered.transfer.emplace().allow = {"+14155550100", "+44*"};
    offered.send_dtmf = true;
    HttpTool look_up;
    look_up.name = "look_up";
    look_up.timeout = 5s;
    look_up.parameters = std::get<std::shared_ptr<const ArgumentSchema>>(ArgumentSchema::parse(
        R"({"type":"object","properties":{"number":{"type":"integer"}},"required":["number"]})"));
    offered.http.push_back(look_up);
    tools.identify("call=CA1 ");
  }

  void call(std::string name, std::string arguments = "{}", ResponseNo response = 1) {
    FunctionCall event{ResponseId("r"), ItemId("i"), "call_" + std::to_string(++calls), std::move(name),
                       std::move(arguments)};
    tools.called(event, response, now);
  }
  /// What the model is told next; empty: nothing.
  std::string told() {
    const auto answer = tools.next_answer(now);
    return answer ? answer->output : "";
  }
  double counted(std::string_view tool, std::string_view outcome) {
    return sheet.counter("voicebridge_tool_calls_total", {tool, outcome}).value();
  }

  metrics::Book book;
  metrics::Sheet& sheet{book.add_sheet({"voicebridge_"})};
  Instruments instruments{sheet};
  std::ostringstream text;
  spdlog::logger log{"", std::make_shared<spdlog::sinks::ostream_sink_mt>(text)};
  Settings settings;
  Tools tools{settings, instruments, log};
  runtime::TimePoint now{1s};
  int calls = 0;
};

TEST_F(CallTools, AreOfferedAsTheSettingsSay) {
  const auto offered = tool_definitions(settings.model.tools);
  ASSERT_EQ(offered.size(), 4U);
  EXPECT_EQ(offered[0].name, "end_call");
  EXPECT_EQ(offered[3].name, "look_up");
  EXPECT_THAT(offered[3].parameters_json, HasSubstr("\"number\""));

  EXPECT_EQ(tool_definitions(ToolSettings{}).size(), 1U);
}

TEST_F(CallTools, OneResponseIsOwedForAllFunctionsOfAResponseOnceItIsOver) {
  call("look_up", R"({"number":1})");
  call("look_up", R"({"number":2})");
  const auto first = tools.take_task();
  const auto second = tools.take_task();
  ASSERT_TRUE(first && second);
  tools.finished(second->no, tool_done(), now);
  EXPECT_EQ(told(), R"({"ok":true})");
  tools.response_over(1);
  EXPECT_FALSE(tools.take_follow_up());
  tools.finished(first->no, tool_done(), now);
  EXPECT_FALSE(tools.take_follow_up());  // the answer comes first
  EXPECT_NE(told(), "");

  EXPECT_TRUE(tools.take_follow_up());
  EXPECT_FALSE(tools.take_follow_up());
  EXPECT_EQ(counted("http", "ok"), 2);
}

TEST_F(CallTools, ArgumentsThatDoNotFitAreAnsweredAndNothingIsDone) {
  for (const auto* arguments : {"no json", "[]", "{}", R"({"number":"one"})"}) {
    call("look_up", arguments);
    EXPECT_THAT(told(), HasSubstr(R"("error":"bad_arguments")")) << arguments;
  }
  call("look_up", "{\"number\":1, \"padding\":\"" + std::string(9000, 'x') + "\"}");
  EXPECT_THAT(told(), HasSubstr("longer than 8 KiB"));
  call("send_dtmf", R"({"digits":"12x"})");
  EXPECT_THAT(told(), HasSubstr(R"("error":"bad_arguments")"));
  call("transfer_call", R"({"to":"the police"})");
  EXPECT_THAT(told(), HasSubstr("E.164"));

  EXPECT_FALSE(tools.take_task());
  EXPECT_FALSE(tools.take_keys());
  EXPECT_EQ(counted("http", "bad_arguments"), 5);
}

TEST_F(CallTools, TheLogOfArgumentsThatDoNotFitQuotesNoneOfThem) {
  for (const auto* arguments : {R"({"number":1, "card": "4111 1111)", R"({"number":1, "card4111":"4111"})",
                                R"({"number":"4111"})", R"({"deep":{"4111-name":1}})", "[4111]"}) {
    call("look_up", arguments);
    EXPECT_THAT(text.str(), Not(HasSubstr("4111"))) << arguments;
  }
  EXPECT_THAT(told(), HasSubstr("4111"));  // the model knows what it wrote
  EXPECT_THAT(text.str(), HasSubstr("the arguments are no JSON\n"));
  EXPECT_THAT(text.str(), HasSubstr("the arguments do not fit the schema at .number\n"));
}

TEST_F(CallTools, WhatTakesTooLongIsAnsweredAtItsDeadlineAndItsResultIsNotUsed) {
  call("look_up", R"({"number":1})");
  const auto task = tools.take_task();
  now += 4999ms;
  tools.tick(now);
  EXPECT_TRUE(tools.busy());
  now += 1ms;
  tools.tick(now);
  EXPECT_THAT(told(), HasSubstr(R"("error":"timed_out")"));
  EXPECT_FALSE(tools.busy());
  tools.finished(task->no, tool_done(), now);

  EXPECT_EQ(told(), "");
  EXPECT_EQ(counted("http", "timed_out"), 1);
  EXPECT_EQ(counted("http", "ok"), 0);
}

TEST_F(CallTools, OnlyAllowedNumbersAreDialled) {
  call("transfer_call", R"({"to":"+5371234567"})");
  EXPECT_THAT(told(), HasSubstr(R"("error":"not_allowed")"));
  EXPECT_FALSE(tools.leaving_since());
  EXPECT_EQ(counted("transfer_call", "not_allowed"), 1);
  EXPECT_THAT(text.str(), HasSubstr("to=+5371****67 is not in transfer_call.allow"));

  call("transfer_call", R"({"to":"+442071234567"})");
  EXPECT_TRUE(tools.leaving_since());
  EXPECT_EQ(told(), "");
}

TEST_F(CallTools, ATransferWaitsForTheLastWordAndItsFailureIsSpokenAbout) {
  call("transfer_call", R"({"to":"+14155550100"})");
  tools.response_over(1);
  EXPECT_FALSE(tools.take_task());
  tools.last_word_played(now);
  const auto task = tools.take_task();
  ASSERT_TRUE(task);
  EXPECT_EQ(task->transfer_to, "+14155550100");
  EXPECT_TRUE(tools.transferring());
  tools.finished(task->no, tool_error(ToolOutcome::failed, "no"), now);

  EXPECT_FALSE(tools.transferring());
  EXPECT_THAT(told(), HasSubstr(R"("error":"failed")"));
  EXPECT_TRUE(tools.take_follow_up());
}

TEST_F(CallTools, WhoSpeaksBeforeTheLastWordWasPlayedKeepsTheCall) {
  call("end_call");
  tools.response_over(1);
  tools.interrupted(now);
  EXPECT_FALSE(tools.leaving_since());
  tools.last_word_played(now);

  EXPECT_FALSE(tools.hangs_up());
  EXPECT_THAT(told(), HasSubstr(R"("error":"interrupted")"));
  EXPECT_FALSE(tools.take_follow_up());  // the caller's turn gets the next response
}

TEST_F(CallTools, NobodySpeaksAfterTheGoodbye) {
  call("end_call");
  call("launch");
  tools.response_over(1);
  EXPECT_THAT(told(), HasSubstr(R"("error":"unknown_tool")"));
  EXPECT_FALSE(tools.take_follow_up());
  tools.last_word_played(now);

  EXPECT_TRUE(tools.hangs_up());
  EXPECT_NE(told(), "");
  EXPECT_FALSE(tools.take_follow_up());
}

TEST_F(CallTools, ATurnOfTheCallersIsAnsweredWithWhatWasToldBeforeIt) {
  call("launch");
  tools.response_over(1);
  (void)told();
  now += 499ms;
  tools.turn_comes(now);  // the answer may not have been there yet
  EXPECT_TRUE(tools.take_follow_up());

  call("launch", "{}", 2);
  tools.response_over(2);
  (void)told();
  now += 500ms;
  tools.turn_comes(now);
  EXPECT_FALSE(tools.take_follow_up());
}

TEST_F(CallTools, NoCallHasMoreThanSixteenAtOnce) {
  for (int i = 0; i < 16; ++i) call("look_up", R"({"number":1})");
  EXPECT_EQ(told(), "");
  call("look_up", R"({"number":1})");

  EXPECT_THAT(told(), HasSubstr(R"("error":"too_many")"));
  EXPECT_EQ(counted("unknown", "too_many"), 1);
}

TEST_F(CallTools, AFunctionOutlivesItsSessionAndTheNextOneOwesTheFollowUp) {
  call("look_up", R"({"number":1})");
  call("send_dtmf", R"({"digits":"1"})");
  const auto task = tools.take_task();
  tools.session_lost();
  const auto keys = tools.take_keys();
  ASSERT_TRUE(task && keys);
  tools.finished(keys->no, tool_done(), now);
  tools.finished(task->no, tool_done(), now);

  EXPECT_EQ(told(), R"({"ok":true})");
  EXPECT_EQ(told(), R"({"ok":true})");
  EXPECT_TRUE(tools.take_follow_up()) << "its response will not be told to be over";
  EXPECT_EQ(counted("http", "ok"), 1);
}

TEST_F(CallTools, WhatWasAnsweredJustBeforeASessionIsLostIsToldToTheNextAsWell) {
  call("launch");
  call("launch");
  EXPECT_NE(told(), "");
  EXPECT_NE(told(), "");
  tools.arrived("call_1");
  tools.session_lost();

  const auto again = tools.next_answer(now);
  ASSERT_TRUE(again);
  EXPECT_EQ(again->call_id, "call_2");
  EXPECT_FALSE(tools.next_answer(now)) << "the first is known to have arrived";
}

TEST_F(CallTools, WhoIsAboutToLeaveLeavesWithoutASession) {
  call("end_call");
  tools.session_lost();
  EXPECT_TRUE(tools.leaving_since());
  tools.last_word_played(now);
  EXPECT_TRUE(tools.hangs_up());
}

TEST_F(CallTools, OfAResponseThatTransfersAndEndsTheCallOnlyTheTransferIsMade) {
  const std::string to = R"({"to":"+14155550100"})";
  ResponseNo response = 0;
  for (const bool transfer_first : {true, false}) {
    ++response;
    call(transfer_first ? "transfer_call" : "end_call", transfer_first ? to : "{}", response);
    call(transfer_first ? "end_call" : "transfer_call", transfer_first ? "{}" : to, response);
    tools.response_over(response);
    EXPECT_THAT(told(), HasSubstr(R"("error":"too_many")"));
    tools.last_word_played(now);
    const auto task = tools.take_task();
    ASSERT_TRUE(task);
    EXPECT_FALSE(tools.leaving_since()) << "it is on its way, and takes its time";
    tools.finished(task->no, tool_error(ToolOutcome::failed, "no"), now);
    EXPECT_FALSE(tools.leaving());
    EXPECT_NE(told(), "");
    EXPECT_TRUE(tools.take_follow_up()) << "the caller waits for a word";
  }
  EXPECT_EQ(counted("end_call", "too_many"), 2);
}

TEST_F(CallTools, WhoCannotBeTransferredIsNotHungUpOnInstead) {
  ResponseNo response = 0;
  for (const bool transfer_first : {true, false}) {
    ++response;
    if (!transfer_first) call("end_call", "{}", response);
    call("transfer_call", R"({"to":"+5371234567"})", response);
    if (transfer_first) call("end_call", "{}", response);
    tools.response_over(response);

    EXPECT_FALSE(tools.leaving());
    EXPECT_NE(told(), "");
    EXPECT_NE(told(), "");
    EXPECT_TRUE(tools.take_follow_up());
  }
}

TEST_F(CallTools, WhoLeavesWaitsForWhatElseWasAskedForAndNoLongerThanThatMayTake) {
  call("look_up", R"({"number":1})");
  call("transfer_call", R"({"to":"+14155550100"})");
  const auto asked = tools.take_task();
  ASSERT_TRUE(asked);
  tools.last_word_played(now);
  EXPECT_FALSE(tools.transferring());
  tools.finished(asked->no, tool_done(), now);
  tools.last_word_played(now);
  const auto transfer = tools.take_task();
  ASSERT_TRUE(transfer);
  tools.finished(transfer->no, tool_error(ToolOutcome::failed, "no"), now);

  call("look_up", R"({"number":1})", 2);
  call("end_call", "{}", 2);
  tools.last_word_played(now);
  EXPECT_FALSE(tools.hangs_up());
  now += 5s;
  tools.tick(now);
  tools.last_word_played(now);
  EXPECT_TRUE(tools.hangs_up());
  EXPECT_EQ(counted("http", "timed_out"), 1);
}

TEST_F(CallTools, WhatIsUnderWayAtTheEndOfTheCallIsCountedAsUnanswered) {
  call("look_up", R"({"number":1})");
  tools.finish(now);
  EXPECT_FALSE(tools.busy());
  EXPECT_EQ(counted("http", "unanswered"), 1);
}

TEST_F(CallTools, TheLogNamesTheToolAndNeverItsArguments) {
  call("look_up", R"({"number":12345})");
  call("no\nsuch tool", R"({"number":12345})");
  tools.finish(now);

  EXPECT_THAT(text.str(), HasSubstr("call=CA1 tool=look_up called"));
  EXPECT_THAT(text.str(), HasSubstr("tool=(unknown) outcome=unknown_tool"));
  EXPECT_THAT(text.str(), Not(HasSubstr("12345")));
}

TEST(ArgumentSchema, SaysWhatIsWrongWithASchema) {
  for (const auto* schema :
       {"", "[]", R"({"type":"string"})", R"({"properties":{}})", R"({"type":"object","required":7})",
        R"({"type":"object","properties":{"a":{"$ref":"http://elsewhere/x"}}})"}) {
    EXPECT_TRUE(std::holds_alternative<std::string>(ArgumentSchema::parse(schema))) << schema;
  }
}

TEST(Hosts, AreAllowedByNameOrBelowADomain) {
  const std::vector<std::string> hosts{"api.example.com", "*.example.org"};
  for (const auto* host : {"api.example.com", "API.example.com", "a.example.org", "a.b.example.org"})
    EXPECT_TRUE(host_allowed(hosts, host)) << host;
  for (const auto* host : {"example.com", "evil-api.example.com", "api.example.com.evil.net", "example.org",
                           "evilexample.org", ""})
    EXPECT_FALSE(host_allowed(hosts, host)) << host;
}

}  // namespace
}  // namespace bridge::call
