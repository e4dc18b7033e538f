#include "scenarios/engine/other_bridge.hpp"

#include "scenarios/engine/bridge_config.hpp"
#include "scenarios/engine/scenario.hpp"

#include <gmock/gmock.h>

#include <string>
#include <utility>

namespace scenarios::engine {
namespace {

using testing::HasSubstr;

const std::map<std::string, std::string> kNames{{"voicebridge_calls_active", "my_calls"},
                                                {"voicebridge_first_audio_seconds", "my_latency"}};

OtherBridge started_by(std::string command) {
  OtherBridge other;
  other.command = std::move(command);
  return other;
}
const OtherBridge kByCommand = started_by("node bridge.js");

TEST(RenamedMetrics, ChangeNamesAndNothingElse) {
  const std::string theirs =
      "# HELP my_calls my_calls now\n# TYPE my_calls gauge\nmy_calls 3\nmy_calls{a=\"my_calls\"} 1\n"
      "my_calls_total 7\nmy_latency_bucket{le=\"1\"} 2\nmy_latency_sum 1.5\n";
  EXPECT_EQ(renamed_metrics(theirs, kNames),
            "# HELP voicebridge_calls_active my_calls now\n# TYPE voicebridge_calls_active gauge\n"
            "voicebridge_calls_active 3\nvoicebridge_calls_active{a=\"my_calls\"} 1\n"
            "my_calls_total 7\nvoicebridge_first_audio_seconds_bucket{le=\"1\"} 2\n"
            "voicebridge_first_audio_seconds_sum 1.5\n");
  EXPECT_EQ(renamed_metrics(theirs, {}), theirs);
  EXPECT_EQ(renamed_metrics("", kNames), "");
}

TEST(BeyondOtherBridges, IsWhatOnlyLinecheckBridgeCanBeTold) {
  Scenario scenario;
  scenario.calls.emplace_back();
  EXPECT_EQ(beyond_other_bridges(scenario, kByCommand), "");
  scenario.calls.front().plan.direction = simulators::twilio::Direction::outbound;
  EXPECT_NE(beyond_other_bridges(scenario, kByCommand), "");
  scenario.calls.front().plan.direction = simulators::twilio::Direction::inbound;
  scenario.visitors.emplace_back();
  EXPECT_EQ(beyond_other_bridges(scenario, kByCommand), "");
  scenario.visitors.front().door = VisitorPlan::Door::of_admin;
  EXPECT_NE(beyond_other_bridges(scenario, kByCommand), "");
  scenario.visitors.clear();
  scenario.bridge.replicas = 2;
  EXPECT_NE(beyond_other_bridges(scenario, kByCommand), "");
}

TEST(BeyondOtherBridges, IsAHoldOfAProcessThatLinecheckDidNotStart) {
  Scenario scenario;
  scenario.calls.emplace_back();
  scenario.bridge.events.emplace_back().what = BridgeEvent::What::hold;
  EXPECT_EQ(beyond_other_bridges(scenario, kByCommand), "");
  EXPECT_THAT(beyond_other_bridges(scenario, OtherBridge{}), HasSubstr("--bridge-command"));
  scenario.bridge.events.emplace_back().what = BridgeEvent::What::kill;
  EXPECT_THAT(beyond_other_bridges(scenario, kByCommand), HasSubstr("signals"));
}

TEST(BeyondTheTrackRules, IsWhatIsAboutOthersForWhicheverBridge) {
  Scenario scenario;
  scenario.calls.emplace_back();
  EXPECT_EQ(beyond_the_track_rules(scenario), "");
  scenario.overruled = "twilio_docs";
  EXPECT_NE(beyond_the_track_rules(scenario), "");
  EXPECT_EQ(beyond_other_bridges(scenario, kByCommand), beyond_the_track_rules(scenario));
}

TEST(BeyondOtherBridges, IsWhatLinecheckBridgeIsConfiguredTo) {
  Scenario scenario;
  scenario.calls.emplace_back();
  for (const auto* config :
       {"{}", R"({"fallback":"none"})", R"({"fallback":null,"twiml":{"track":"inbound_track"}})"}) {
    scenario.bridge_config = config;
    EXPECT_EQ(beyond_other_bridges(scenario, kByCommand), "") << config;
  }
  scenario.bridge_config = R"({"twiml":{"track":"both_tracks"}})";
  EXPECT_NE(beyond_other_bridges(scenario, kByCommand), "");
  scenario.calls.front().plan.rules = simulators::twilio::TrackRules::incident_report;
  EXPECT_EQ(beyond_other_bridges(scenario, kByCommand), "") << "there the track is not refused";
}

TEST(BeyondOtherBridges, NamesTheKeysThatNobodyElseIsTold) {
  Scenario scenario;
  scenario.calls.emplace_back();
  const auto reason = [&](const char* config) {
    scenario.bridge_config = config;
    return beyond_other_bridges(scenario, kByCommand);
  };
  EXPECT_EQ(reason(R"({"fallback":"none","agent":{"greeting":"model"}})"), "");
  EXPECT_THAT(reason(R"({"fallback":"sorry.wav"})"), HasSubstr("(bridge: config: fallback)"));
  EXPECT_THAT(reason(R"({"agent":{"greeting":{"interruptible":false}}})"), HasSubstr("agent.greeting"));
  EXPECT_THAT(reason(R"({"limits":{"calls":1},"twiml":{"track":"inbound_track","prelude":"<Pause/>"}})"),
              HasSubstr("(bridge: config: limits.calls, twiml.prelude)"));
}

TEST(BeyondOtherBridges, IsNotWhatItsAuthorExpectsOfAnyBridge) {
  Scenario scenario;
  scenario.calls.emplace_back();
  scenario.bridge_config = R"({"twilio":{"send_buffer":"4KiB"}})";
  EXPECT_NE(beyond_other_bridges(scenario, kByCommand), "");
  scenario.bridge.any_bridge = true;
  EXPECT_EQ(beyond_other_bridges(scenario, kByCommand), "");
  scenario.bridge.replicas = 2;
  EXPECT_NE(beyond_other_bridges(scenario, kByCommand), "");
}

TEST(EnvironmentOfOther, SaysWhoGreetsAsTheScenarioHasIt) {
  Scenario scenario;
  Addresses addresses;
  addresses.openai_url = "wss://localhost/v1/realtime";
  const auto greeting = [&] { return environment_of_other(addresses, scenario).back(); };
  EXPECT_EQ(greeting(), "GREETING=0");
  scenario.bridge_config = R"({"agent":{"greeting":"model"}})";
  EXPECT_EQ(greeting(), "GREETING=1") << "no rule answers it, and yet the bot speaks first";
  scenario.bridge_greets = true;
  scenario.bridge_config = R"({"agent":{"greeting":"none"}})";
  EXPECT_EQ(greeting(), "GREETING=0");
  scenario.bridge_config = "{}";
  EXPECT_EQ(greeting(), "GREETING=1");
}

TEST(BeyondOtherBridges, IsWhatIsAboutOtherRulesThanTheProjects) {
  Scenario scenario;
  scenario.calls.emplace_back();
  scenario.overruled = "twilio_docs";
  EXPECT_NE(beyond_other_bridges(scenario, kByCommand).find("twilio_docs, which linecheck.yaml has"),
            std::string::npos);
}

}  // namespace
}  // namespace scenarios::engine
