#include "tests/sim/bridge_app_fixture.hpp"

namespace bridge::app {
namespace {

using testing::HasSubstr;

/// Two agents, and a number that nobody answers.
class BridgeAgents : public BridgeApp {
 protected:
  BridgeAgents() {
    config_.agents = {{"sales", config_.call}, {"night", config_.call}};
    for (auto& [name, settings] : config_.agents) settings.agent = name;
    config_.numbers.add("+1800", "sales");
    config_.numbers.add("+1415*", "night");
  }
  runtime::net::HttpResponse called(const std::string& to, const std::string& route = "incoming_call") {
    return webhook("http://bridge/webhook/" + route, {{"CallSid", kSid}, {"To", to}, {"From", "+1999"}});
  }
};

TEST_F(BridgeAgents, TheCalledNumberDecidesWhoAnswers) {
  open(read(called("+1800")));
  loop_.run_for(100ms);
  EXPECT_THAT(text_.str(), HasSubstr("started agent=sales"));
}

TEST_F(BridgeAgents, ANumberThatWasChangedOnTheWayIsNoTicketToAnotherAgent) {
  auto document = read(called("+1800"));
  document.parameters["To"] = "+14155550100";
  const Stream& stream = open(document);
  ASSERT_TRUE(loop_.run_until([&] { return stream.closed.has_value(); }, 5s));

  EXPECT_EQ(stream.closed->code, 1008);
  EXPECT_EQ(count("voicebridge_streams_rejected_total{reason=\"bad_token\"}"), 1);
  EXPECT_THAT(text_.str(), testing::Not(HasSubstr("started agent=")));
}

TEST_F(BridgeAgents, ANumberThatNobodyAnswersIsRejectedAndCounted) {
  EXPECT_THAT(called("+97231110000").body, HasSubstr("<Response><Reject"));
  EXPECT_THAT(called("+97231110000", "outbound_call").body, HasSubstr("<Response><Hangup"));

  EXPECT_EQ(count("voicebridge_calls_refused_total{reason=\"unknown_number\"}"), 2);
  EXPECT_EQ(count("voicebridge_calls_started_total{call_direction=\"inbound\"}"), 0);
  EXPECT_THAT(text_.str(), HasSubstr("no agent answers"));
}

TEST_F(BridgeAgents, InAnOutboundCallTheNumberThatItComesFromDecides) {
  const auto document = read(webhook("http://bridge/webhook/outbound_call",
                                     {{"CallSid", kSid}, {"To", "+97231110000"}, {"From", "+1800"}}));
  EXPECT_EQ(document.parameters.at("From"), "+1800");
  open(document);
  loop_.run_for(100ms);
  EXPECT_THAT(text_.str(), HasSubstr("started agent=sales"));
}

}  // namespace
}  // namespace bridge::app
