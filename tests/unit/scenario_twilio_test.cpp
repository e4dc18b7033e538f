#include "scenarios/engine/loader.hpp"
#include "scenarios/engine/schema.hpp"
#include "simulators/twilio/open_points.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <fstream>
#include <memory>
#include <set>
#include <sstream>
#include <string>

// What no source settles about Twilio: the page, the words of the language and the code hold together.
namespace scenarios::engine {
namespace {

namespace twilio = simulators::twilio;
using Where = twilio::OpenPoint::Where;

twilio::CallPlan plan_with(const std::string& body) {
  ClipLibrary clips;
  Loaded loaded = load(
      std::make_shared<const Source>("x.yaml",
                                     "linecheck: 1\nname: x\nabout: Something.\ncaller: [say: {speech: 1s}]\n"
                                     "expect: [verdict: normal]\n" +
                                         body),
      clips);
  EXPECT_TRUE(loaded.good()) << loaded.text();
  return loaded.scenarios.empty() ? twilio::CallPlan{} : std::move(loaded.scenarios.front().calls.at(0).plan);
}
std::string word(const twilio::OpenPoint& point, std::string_view value) {
  const std::string map = point.where == Where::twilio ? "twilio" : "line";
  return map + ": {" + std::string(point.name) + ": " + std::string(value) + "}\n";
}
bool same(const twilio::CallPlan& a, const twilio::CallPlan& b) {
  return a.knobs == b.knobs && a.packets == b.packets &&
         a.answerer.detected_after == b.answerer.detected_after &&
         a.line.handset_delay == b.line.handset_delay && a.line.callbacks_late == b.line.callbacks_late &&
         a.line.upgrade_answered == b.line.upgrade_answered;
}

TEST(ScenarioTwilio, EveryOpenPointHasTheDefaultThatThePageSays) {
  const auto untouched = plan_with("");
  for (const auto& point : twilio::open_points()) {
    if (point.where == Where::option || point.otherwise == "none") continue;
    EXPECT_TRUE(same(plan_with(word(point, point.otherwise)), untouched)) << point.name;
  }
}

TEST(ScenarioTwilio, EveryOpenPointCanBeSaidOtherwise) {
  const auto untouched = plan_with("");
  for (const auto& point : twilio::open_points()) {
    if (point.where == Where::option) continue;
    EXPECT_FALSE(same(plan_with(word(point, point.another)), untouched)) << point.name;
  }
}

TEST(ScenarioTwilio, EveryMannerOfTwilioIsOnThePageButForWhatIsNoneOfIts) {
  std::set<std::string> words, listed{"swallowed_marks",  // of the incident's rules, as outbound_media
                                      "outbound_media",
                                      "receive_buffer",  // the machine's
                                      "debugger_url",    // the account's, as is the next
                                      "api_latency",
                                      "signature",     // an impostor's
                                      "ring_timeout",  // documented, as are the next two
                                      "webhook_timeout", "timestamp_jitter"};
  for (const auto& point : twilio::open_points()) {
    if (point.where == Where::twilio) listed.emplace(point.name);
  }
  const auto schema = nlohmann::json::parse(schema_text());
  for (const auto& [name, unused] : schema["properties"]["twilio"]["properties"].items()) words.insert(name);
  EXPECT_EQ(words, listed);
}

TEST(ScenarioTwilio, ThePageIsWhatTheTableSays) {
  std::ifstream file(LINECHECK_SOURCE_DIR "/docs/twilio-settings.md");
  std::ostringstream page;
  page << file.rdbuf();

  EXPECT_TRUE(page.str() == twilio::describe_open_points())
      << "docs/twilio-settings.md is stale; build twilio_settings_docs and run: "
         "build/release/bin/twilio_settings_docs > docs/twilio-settings.md";
}

}  // namespace
}  // namespace scenarios::engine
