#include "scenarios/engine/loader.hpp"
#include "scenarios/engine/schema.hpp"
#include "simulators/openai/fault.hpp"
#include "simulators/openai/open_points.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

// What a scenario can say of OpenAI's faults, and of what the model hears.
namespace scenarios::engine {
namespace {

using namespace std::chrono_literals;
namespace openai = simulators::openai;
using testing::AllOf;
using testing::HasSubstr;

Loaded read_body(const std::string& body) {
  ClipLibrary clips;
  return load(std::make_shared<const Source>(
                  "x.yaml", "linecheck: 1\nname: x\nabout: Something.\nexpect: [verdict: normal]\n" + body),
              clips);
}
Scenario one(const std::string& body) {
  Loaded loaded = read_body(body);
  EXPECT_TRUE(loaded.good()) << loaded.text();
  return loaded.scenarios.empty() ? Scenario{} : std::move(loaded.scenarios.front());
}
std::vector<openai::Fault> faults(const std::string& list) {
  return one("openai: {faults: [" + list + "]}\n").openai.faults;
}
std::string refusal(const std::string& fault) {
  return read_body("openai: {faults: [" + fault + "]}\n").text();
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

TEST(ScenarioOpenAiFaults, OfSessionsAndResponsesBeginWhenTheySay) {
  const auto read = faults(
      "{kind: silent_audio, at: 2s, after_deltas: 3}, {kind: double_speech_started, response: 2, "
      "after_audio: "
      "1s}, {kind: session_update_refused, count: 1}");

  ASSERT_EQ(read.size(), 3U);
  EXPECT_EQ(read[0].at, 2s);
  EXPECT_EQ(read[0].after_deltas, 3U);
  EXPECT_FALSE(openai::begins_later(read[0]));
  EXPECT_EQ(read[1].response, 2U);
  EXPECT_TRUE(openai::begins_later(read[1]));
  EXPECT_EQ(read[2].count, 1U);
}

TEST(ScenarioOpenAiFaults, SayWhatIsWrongWithThem) {
  EXPECT_THAT(refusal("{kind: stal}"), HasSubstr("did you mean 'stall'?"));
  EXPECT_THAT(refusal("{kind: late_created, after_deltas: 3}"),
              HasSubstr("'after_deltas' does not belong to 'late_created'"));
  EXPECT_THAT(refusal("{kind: http_429, response: 1}"),
              HasSubstr("'response' does not belong to 'http_429'"));
  EXPECT_THAT(refusal("{kind: close}"), HasSubstr("when shall 'close' happen?"));
  EXPECT_THAT(refusal("{kind: close, at: 1s, response: 1}"), HasSubstr("keep one"));
  EXPECT_THAT(refusal("{kind: stall, at: 1s, response: 1}"), HasSubstr("keep one"));
  EXPECT_THAT(refusal("{kind: cancel_race, at: 1s, after_deltas: 1}"), HasSubstr("keep one"));
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

TEST(ScenarioOpenAiFaults, WhatNobodyHasRecordedIsAWordEach) {
  const auto schema = nlohmann::json::parse(schema_text());
  const auto& openai = schema["properties"]["openai"]["properties"];
  std::vector<std::string> words, names;
  for (const auto& [word, unused] : openai["unverified"]["properties"].items()) words.push_back(word);
  for (const auto& point : openai::named_points()) names.emplace_back(point.name);
  std::sort(names.begin(), names.end());
  EXPECT_EQ(words, names);

  const auto points = one("openai: {unverified: {pong_within: 30s, "
                          "largest_message: 1MiB, second_truncation: refused, "
                          "item_done_when_cut: after, wrong_type_code: null, "
                          "not_truncatable_code: unsupported_content_type}}\n")
                          .openai.open_points;
  EXPECT_EQ(points.pong_within, 30s);
  EXPECT_EQ(points.largest_message_bytes, 1U << 20U);
  EXPECT_EQ(points.second_truncation, openai::OpenPoints::Taken::refused);
  EXPECT_EQ(points.item_done_when_cut, openai::OpenPoints::Place::after);
  EXPECT_EQ(points.wrong_type_code, "");
  EXPECT_EQ(points.not_truncatable_code, "unsupported_content_type");
}

TEST(ScenarioOpenAiFaults, EveryOpenPointCanBeSaid) {
  for (const auto& point : openai::named_points()) {
    std::string values(point.values);
    std::string value = values.find("close code") != std::string::npos ? "4321"
                        : values.find("a size") != std::string::npos   ? "1MiB"
                        : values.find("a time") != std::string::npos   ? "1s"
                        : values.find("a code") != std::string::npos   ? "another_code"
                                                                       : "";
    if (value.empty()) {  // the last of the words, which is not the default
      const auto from = values.find('`', values.rfind(", ")) + 1;
      value = values.substr(from, values.rfind('`') - from);
      if (value == point.otherwise) value = values.substr(1, values.find('`', 1) - 1);
    }
    const std::string name(point.name);
    const auto loaded = read_body("openai: {unverified: {" + name + ": " + value + "}}\n");
    EXPECT_TRUE(loaded.good()) << loaded.text();
    EXPECT_FALSE(loaded.scenarios.at(0).openai.open_points == openai::OpenPoints{}) << name << ": " << value;
  }
}

TEST(ScenarioOpenAiFaults, AReplySaysWhatBecomesOfTheWordsThatItAnswers) {
  using Outcome = openai::Transcribed::Outcome;
  const auto reply = [](const std::string& transcription) {
    return one("model: [{when: caller_finished, reply: {speech: 1s, "
               "transcription: " +
               transcription + "}}]\n")
        .model.rules.at(0)
        .reply.transcription.value_or(openai::Transcribed{});
  };
  EXPECT_EQ(reply("failed").outcome, Outcome::failed);
  EXPECT_EQ(reply("absent").outcome, Outcome::absent);
  EXPECT_EQ(reply("late").after, 8s);
  EXPECT_EQ(reply("{text: A table., after: 1s}").text, "A table.");
  EXPECT_EQ(reply("{text: A table., after: 1s}").after, 1s);
  EXPECT_THAT(read_body("model: [{when: greeting, reply: {speech: 1s, "
                        "transcription: {failed: true, text: x}}}]\n")
                  .text(),
              HasSubstr("keep 'text' or 'failed'"));
}

TEST(ScenarioOpenAiFaults, StrikeTheFirstSessionsAndDamageEvents) {
  const auto read = faults(
      "{kind: http_503, first: 2}, {kind: null_field, "
      "event: any, field: event_id}");
  EXPECT_EQ(read.at(0).first, 2U);
  EXPECT_EQ(read.at(1).event, "");
  EXPECT_EQ(read.at(1).field, "event_id");
  EXPECT_THAT(refusal("{kind: mute, field: x}"), HasSubstr("'field' does not belong to 'mute'"));
  EXPECT_THAT(refusal("{kind: mute, first: 2, session: 1}"), HasSubstr("keep one"));
  EXPECT_THAT(refusal("{kind: null_field, field: 'a b'}"), HasSubstr("a field such as"));
}

TEST(ScenarioOpenAiFaults, CloseWithWhatACloseFrameMayHold) {
  const auto closing = [](const std::string& code) { return "{kind: close, at: 1s, close: " + code + "}"; };
  for (const int code : {1000, 1003, 1007, 1014, 3000, 4999})
    EXPECT_EQ(faults(closing(std::to_string(code))).at(0).close, code);
  EXPECT_EQ(faults(closing("none")).at(0).close, 1005) << "an empty frame";
  for (const char* code : {"999", "1004", "1005", "1006", "1015", "2999", "5000"})
    EXPECT_THAT(refusal(closing(code)), AllOf(HasSubstr("a code that a close frame may hold"),
                                              HasSubstr("1000 to 1003, 1007 to 1014, 3000 to 4999 or none"),
                                              HasSubstr("a fault of kind abort cuts")))
        << code;
  EXPECT_THAT(refusal("{kind: error_then_close, close: 1006}"), HasSubstr("found 1006"));
  EXPECT_THAT(
      read_body("model: [{when: any, reply: {text: Hi, insert: [{at: done, close: 1005}]}}]\n").text(),
      HasSubstr("found 1005"));
}

TEST(ScenarioOpenAiFaults, AResponseIsIncompleteForOneOfTwoReasons) {
  EXPECT_EQ(faults("{kind: incomplete_response, code: content_filter}").at(0).error->code, "content_filter");
  EXPECT_THAT(refusal("{kind: incomplete_response, code: content_filtr}"),
              AllOf(HasSubstr("no response is incomplete because of 'content_filtr'"),
                    HasSubstr("did you mean 'content_filter'?")));
}

TEST(ScenarioOpenAiFaults, ACodeThatIsNearlyOneOfTheApisIsTakenForAMistake) {
  EXPECT_THAT(refusal("{kind: failed_response, code: insufficient_quotta}"),
              AllOf(HasSubstr("the API knows no code 'insufficient_quotta'"),
                    HasSubstr("did you mean 'insufficient_quota'?")));
  EXPECT_EQ(faults("{kind: failed_response, error: {code: insufficient_quotta}}").at(0).error->code,
            "insufficient_quotta");
  EXPECT_EQ(faults("{kind: failed_response, code: of_our_own}").at(0).error->code, "of_our_own");
}

TEST(ScenarioOpenAiFaults, StrikeEventsThatTheFakeSends) {
  EXPECT_THAT(refusal("{kind: null_field, event: response.output_audio.detla, field: delta}"),
              AllOf(HasSubstr("the fake sends no event of the type 'response.output_audio.detla'"),
                    HasSubstr("did you mean 'response.output_audio.delta'?")));
  EXPECT_THAT(refusal("{kind: no_event_id, event: nope}"), HasSubstr("docs/openai-events.md lists them"));
  EXPECT_EQ(faults("{kind: no_event_id, event: response.audio.delta}").at(0).event, "response.audio.delta")
      << "beta's";
}

TEST(ScenarioOpenAiFaults, AReplyWithNothingInItIsToldWhatItCanBe) {
  EXPECT_THAT(read_body("model: [{when: caller_finished, reply: {}}]\n").text(),
              AllOf(HasSubstr("this reply says nothing"), HasSubstr("'ends: completed'"),
                    HasSubstr("'reply: never'")));
}

TEST(ScenarioOpenAiFaults, TheServiceMayBeAzuresAndConfirmOtherFormats) {
  const auto scenario =
      one("openai: {api: azure, confirms: {output: pcm}, "
          "ping_every: 0s, transcription: "
          "{deployments: [whisper-1]}}\n");
  EXPECT_EQ(scenario.openai_api, OpenAiApi::azure);
  EXPECT_EQ(scenario.openai.confirms.output, openai::AudioFormat::pcm);
  EXPECT_FALSE(scenario.openai.confirms.input);
  EXPECT_EQ(scenario.openai.ping_every, 0s);
  EXPECT_EQ(scenario.openai.transcription.deployments->at(0), "whisper-1");
}

}  // namespace
}  // namespace scenarios::engine
