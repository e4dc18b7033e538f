// What `expect:` says, as the judges get it.
#include "scenarios/engine/loader.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <variant>

namespace scenarios::engine {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

Loaded expecting(const std::string& list, const std::string& rule = {}, const std::string& more = {}) {
  ClipLibrary clips;
  const std::string text = R"(linecheck: 1
name: x
about: Something.
caller: [{wait: 1s, as: question}, hang_up]
model:
  - {when: caller_finished, reply: {text: "We open at nine."}, as: hours}
  - {when: caller_finished, reply: {tone: 440, for: 2s}, as: beep}
  - {when: caller_finished, reply: {tool: look_up, with: {number: 17}}}
)" + rule + more + "expect:\n" +
                           list;
  return load(std::make_shared<const Source>("x.yaml", text), clips);
}

template <class C>
C first_of(const Loaded& loaded) {
  EXPECT_TRUE(loaded.good()) << loaded.text();
  return loaded.good() ? std::get<C>(loaded.scenarios.at(0).expectations.at(0).check) : C();
}

TEST(ReadExpectations, ToolCalledIsANameOrAllOfIt) {
  const auto check = first_of<ToolCalledCheck>(expecting(
      "  - {tool_called: {name: look_up, times: 2, arguments: {number: 17}, output: {ok: true}}}\n"));
  EXPECT_EQ(check.name, "look_up");
  EXPECT_EQ(check.times, 2U);
  EXPECT_EQ(check.arguments, R"({"number":17})");
  EXPECT_EQ(check.output_json, R"({"ok":true})");

  const auto loaded = expecting("  - {tool_called: look_up, after: question, within: 3s}\n");
  EXPECT_EQ(first_of<ToolCalledCheck>(loaded).name, "look_up");
  EXPECT_EQ(loaded.scenarios.at(0).expectations.at(0).window.to, 3s);
  EXPECT_EQ(
      first_of<ToolCalledCheck>(expecting("  - tool_called: {name: look_up, output: sold out}\n")).output,
      "sold out");
}

TEST(ReadExpectations, WhatIsToBeApprovedIsNotCalledYet) {
  const std::string answer = "  - {when: {tool_result: erase}, reply: {written: gone}}\n";
  const std::string asks =
      "  - {when: {text: erase}, reply: {tool: erase, server: disk, approval: asked}}\n" + answer;
  const std::string verdict = "  - verdict: normal\n";
  EXPECT_TRUE(expecting(verdict, asks).good()) << expecting(verdict, asks).text();
  EXPECT_THAT(expecting(verdict, answer).text(), HasSubstr("the model never calls 'erase'"));
  EXPECT_THAT(expecting("  - tool_called: erase\n", asks).text(), HasSubstr("the model never calls 'erase'"));
}

TEST(ReadExpectations, AToolIsOneThatTheModelCalls) {
  EXPECT_THAT(expecting("  - tool_called: look_pu\n").text(), HasSubstr("the model never calls 'look_pu'"));
  EXPECT_THAT(expecting("  - tool_called: look_pu\n").text(), HasSubstr("did you mean 'look_up'?"));
  EXPECT_THAT(expecting("  - tool_called: {name: look_pu, times: 0}\n").text(),
              HasSubstr("the model never calls 'look_pu'"))
      << "which would hold whatever happens";
  EXPECT_TRUE(expecting("  - tool_called: {name: look_up, times: 0}\n").good());
  EXPECT_TRUE(expecting("  - tool_called: end_call\n").good()) << "one that tool_choice may demand";
}

TEST(ReadExpectations, ATextSoundsAsTheReplyDoesThatSaysIt) {
  const auto reply = first_of<HeardCheck>(expecting("  - heard: hours\n"));
  const auto text = first_of<HeardCheck>(expecting("  - heard: {text: We open at nine.}\n"));
  EXPECT_EQ(text.audio.name, "We open at nine.");
  EXPECT_EQ(text.audio.mulaw, reply.audio.mulaw);
  const auto german =
      first_of<HeardCheck>(expecting("  - heard: {text: We open at nine., lang: de, complete: true}\n"));
  EXPECT_NE(german.audio.mulaw, reply.audio.mulaw);
  EXPECT_TRUE(german.complete);
}

TEST(ReadExpectations, AToneLastsASecondUnlessItSaysOtherwise) {
  const auto reply = first_of<HeardCheck>(expecting("  - heard: beep\n"));
  EXPECT_EQ(first_of<HeardCheck>(expecting("  - heard: {tone: 440, for: 2s}\n")).audio.mulaw,
            reply.audio.mulaw);
  EXPECT_EQ(first_of<HeardCheck>(expecting("  - heard: {tone: 440}\n")).audio.mulaw.size(), 8000U);
}

TEST(ReadExpectations, ARecordingIsOfWhatTheBridgeIsToldToKeep) {
  const std::string records = "bridge: {config: {recording: {folder: calls}}}\n";
  const std::string kept = "  - {recording: {bot: [hours, beep], caller: [hello.wav]}, call: 1}\n";
  const auto check = first_of<RecordingCheck>(expecting(kept, "", records));
  EXPECT_EQ(check.bot.at(1).name, "beep");
  EXPECT_EQ(check.caller.at(0).name, "hello.wav");
  EXPECT_EQ(check.tolerance, 40ms);
  const auto far = first_of<RecordingCheck>(expecting(kept, "", records + "line: {latency: 80ms}\n"));
  EXPECT_EQ(far.tolerance, 200ms);
  EXPECT_TRUE(first_of<RecordingCheck>(expecting("  - recording: none\n")).none);

  EXPECT_THAT(expecting(kept).text(), HasSubstr("this bridge records nothing"));
  EXPECT_THAT(expecting("  - {recording: none, within: 2s}\n").text(),
              HasSubstr("'within' means nothing to 'recording'"));
  EXPECT_THAT(expecting("  - {recording: {caller: [question]}}\n", "", records).text(),
              HasSubstr("the step 'question' says nothing"));
}

TEST(ReadExpectations, ASilenceIsNoSound) {
  EXPECT_EQ(first_of<HeardCheck>(expecting("  - heard: {silence: 2s}\n")).silence, 2s);
  EXPECT_THAT(expecting("  - heard: {silence: 2s, complete: true}\n").text(),
              HasSubstr("mean nothing to a silence"));
  EXPECT_THAT(expecting("  - {heard: {silence: 2s}, only: true}\n").text(),
              HasSubstr("mean nothing to a silence"));
  EXPECT_THAT(expecting("  - heard: silence\n").text(), HasSubstr("{silence: 2s}: for at least so long"));
}

}  // namespace
}  // namespace scenarios::engine
