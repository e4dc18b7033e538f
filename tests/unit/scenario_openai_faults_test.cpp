#include "scenarios/engine/loader.hpp"
#include "scenarios/engine/schema.hpp"
#include "simulators/openai/fault.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <memory>
#include <string>
#include <vector>

// What a scenario can say of OpenAI's faults, and of what the model hears.
namespace scenarios::engine {
namespace {

using namespace std::chrono_literals;
namespace openai = simulators::openai;
using testing::HasSubstr;

Loaded read(const std::string& body) {
  ClipLibrary clips;
  return load(std::make_shared<const Source>(
                  "x.yaml", "linecheck: 1\nname: x\nabout: Something.\nexpect: [verdict: normal]\n" + body),
              clips);
}
Scenario one(const std::string& body) {
  Loaded loaded = read(body);
  EXPECT_TRUE(loaded.good()) << loaded.text();
  return loaded.scenarios.empty() ? Scenario{} : std::move(loaded.scenarios.front());
}
std::vector<openai::Fault> faults(const std::string& list) {
  return one("openai: {faults: [" + list + "]}\n").openai.faults;
}
std::string refusal(const std::string& fault) {
  return read("openai: {faults: [" + fault + "]}\n").text();
}

TEST(ScenarioOpenAiFaults, EveryNamedFaultIsAWordOfTheLanguageAndNoOther) {
  const auto schema = nlohmann::json::parse(schema_text());
  const auto words =
      schema["definitions"]["openai_fault"]["properties"]["kind"]["enum"].get<std::vector<std::string>>();
  std::vector<std::string> names;
  for (const auto& fault : openai::named_faults()) names.emplace_back(fault.name);

  EXPECT_EQ(words, names);
}

TEST(ScenarioOpenAiFaults, SayWhatInWhichSessionsAndWhen) {
  const auto read = faults(
      "{kind: http_429, share: 30%, from: 1s, to: 20s}, {kind: stall, response: 2, after_deltas: 3, for: "
      "2s}, "
      "{kind: close, close: 1001, at: 5s, session: 2}, {kind: failed_response, code: insufficient_quota}");

  ASSERT_EQ(read.size(), 4U);
  EXPECT_EQ(read[0].share_percent, 30);
  EXPECT_EQ(read[0].from, 1s);
  EXPECT_EQ(read[0].to, 20s);
  EXPECT_EQ(read[1].response, 2U);
  EXPECT_EQ(read[1].after_deltas, 3U);
  EXPECT_EQ(read[1].lasts, 2s);
  EXPECT_EQ(read[2].number(), 1001);
  EXPECT_EQ(read[2].at, 5s);
  EXPECT_EQ(read[2].session, 2U);
  EXPECT_EQ(read[3].body().code, "insufficient_quota");
  EXPECT_THAT(read[3].body().message, HasSubstr("quota")) << "in the API's words";
}

TEST(ScenarioOpenAiFaults, SayWhatIsWrongWithThem) {
  EXPECT_THAT(refusal("{kind: stal}"), HasSubstr("did you mean 'stall'?"));
  EXPECT_THAT(refusal("{kind: mute, after_deltas: 3}"),
              HasSubstr("'after_deltas' does not belong to 'mute'"));
  EXPECT_THAT(refusal("{kind: http_429, response: 1}"),
              HasSubstr("'response' does not belong to 'http_429'"));
  EXPECT_THAT(refusal("{kind: close}"), HasSubstr("when shall 'close' happen?"));
  EXPECT_THAT(refusal("{kind: close, at: 1s, response: 1}"), HasSubstr("keep one"));
  EXPECT_THAT(refusal("{kind: error_event, at: 1s, code: a, error: {code: b}}"), HasSubstr("keep one"));
  EXPECT_THAT(refusal("{kind: mute, share: 300%}"), HasSubstr("a share such as 30%"));
}

TEST(ScenarioOpenAiFaults, TheModelHearsClipsAndWords) {
  const auto scenario =
      one("caller: [{say: {clip: hello-world.wav}}]\n"
          "model:\n"
          "  - {when: {heard: {clip: hello-world.wav}}, reply: {noise: 2s}}\n"
          "  - {when: {heard: {text: \"Good-bye\"}}, reply: {speech: 1s, ends: incomplete, because: "
          "content_filter}}\n"
          "  - {when: anything, reply: {speech: 1s, deltas: reordered, insert: [{after_deltas: 2, event: "
          "half_open}]}}\n");

  const auto& rules = scenario.model.rules;
  ASSERT_EQ(rules.size(), 3U);
  EXPECT_EQ(rules[0].when.kind, openai::When::Kind::heard);
  EXPECT_GT(rules[0].when.sound.size(), 8'000U);
  EXPECT_EQ(std::get<openai::Speech>(rules[0].reply.outputs.at(0)).mulaw.size(), 16'000U);
  EXPECT_GT(rules[1].when.sound.size(), 2'000U);
  EXPECT_EQ(std::get<openai::Incomplete>(rules[1].reply.ending).reason, "content_filter");
  EXPECT_TRUE(rules[2].reply.faults.reordered_deltas);
  EXPECT_EQ(rules[2].reply.faults.insertions.at(0).moment.deltas, 2U);
  ASSERT_EQ(scenario.openai.transcription.known->size(), 1U)
      << "the fake can write down what the caller says";
  EXPECT_EQ(scenario.openai.transcription.known->at(0).text, "hello-world.wav");
}

TEST(ScenarioOpenAiFaults, SpeedAndSizesOfDeltas) {
  const auto pace =
      one("openai: {pace: {speed: 1.5, delta_audio: 100ms}, semantic_turns: finished}\n").openai;

  EXPECT_EQ(pace.pace.speed.lowest, 150);
  EXPECT_EQ(pace.pace.delta_audio->lowest, 100ms);
  EXPECT_EQ(pace.pace.first_delta_audio->highest, 100ms);
  EXPECT_EQ(pace.semantic_finished, true);
}

}  // namespace
}  // namespace scenarios::engine
