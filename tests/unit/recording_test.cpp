#include "tests/unit/recording_test.hpp"

#include "runtime/audio/clip.hpp"
#include "runtime/audio/speech.hpp"
#include "runtime/audio/synth.hpp"
#include "scenarios/recording/comparison.hpp"
#include "scenarios/recording/redaction.hpp"

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include <algorithm>

namespace scenarios::recording {
namespace {

using testing::HasSubstr;
using testing::Not;

class OfTheLibrary : public RecordingTest, public testing::WithParamInterface<const char*> {};

TEST_P(OfTheLibrary, TheRecordingOfAScenarioPassesWithTheSameVerdict) {
  const auto first = run(library(GetParam()));
  const auto read = read_recording(first.wires, 1);
  ASSERT_TRUE(std::holds_alternative<Recording>(read)) << std::get<std::string>(read);
  const auto& recording = std::get<Recording>(read);

  const auto verdict = verdict_of(recording);
  const auto made = to_scenario(recording, verdict, {"again", ""});
  const auto loaded = written(made);
  ASSERT_TRUE(loaded.good()) << loaded.text() << made.yaml;
  const auto second = run(loaded.scenarios.front());

  EXPECT_EQ(verdict.verdict, first.verdict);
  expect_the_same(first, second, made);
}

/// Each with another failure of the first answer, after which the bridge asks once more.
TEST_F(RecordingTest, WhatWasAskedForOnceMoreIsAskedForAgain) {
  const auto all = engine::load_file(
      std::filesystem::path(LINECHECK_SOURCE_DIR) / "scenarios/library/openai/silent-once.yaml", clips_);
  ASSERT_TRUE(all.good()) << all.text();
  for (const auto& scenario : all.scenarios) {
    SCOPED_TRACE(scenario.name);
    const auto first = run(scenario);
    const auto read = read_recording(first.wires, 1);
    const auto made = to_scenario(std::get<Recording>(read), {first.verdict, ""}, {"again", ""});
    EXPECT_THAT(made.yaml, HasSubstr("  - when: again\n"));
    const auto loaded = written(made);
    ASSERT_TRUE(loaded.good()) << loaded.text() << made.yaml;

    expect_the_same(first, run(loaded.scenarios.front()), made);
  }
}

INSTANTIATE_TEST_SUITE_P(Recorded, OfTheLibrary,
                         testing::Values("sound/normal.yaml", "sound/outbound-call.yaml",
                                         "barge-in/barge-in.yaml", "dtmf/dtmf-menu.yaml",
                                         "dtmf/keys-without-terminator.yaml",
                                         "tools/goodbye-then-hangs-up.yaml", "tools/service-is-asked.yaml",
                                         "tools/keys-for-a-menu.yaml", "openai/wide-audio.yaml",
                                         "silence/no-deltas.yaml", "silence/committed-never-created.yaml"),
                         [](const auto& which) {
                           std::string name = which.param;
                           std::replace_if(
                               name.begin(), name.end(),
                               [](char c) { return c == '/' || c == '-' || c == '.'; }, '_');
                           return name;
                         });

TEST_F(RecordingTest, TheScenarioReadsAsAPersonWouldHaveWrittenIt) {
  const auto read = read_recording(run(library("dtmf/dtmf-menu.yaml")).wires, 1);
  const auto& recording = std::get<Recording>(read);

  const auto made = to_scenario(recording, verdict_of(recording), {"again", ""});

  EXPECT_THAT(made.yaml, HasSubstr("caller:\n"
                                   "  - {wait_for: bot_finished}\n"
                                   "  - {press: \"1*0#\", gap: 253ms, as: keys_1}\n"
                                   "  - {wait_for: bot_finished}\n"
                                   "  - hang_up\n"));
  EXPECT_THAT(made.yaml, HasSubstr("  - when: {exactly: \"1*0#\"}\n"));
  EXPECT_THAT(made.yaml, HasSubstr("  - {heard: reply_2, complete: true}\n"));
  EXPECT_THAT(made.yaml, HasSubstr("  - {model_received: {text: \"1*0#\"}}\n"));
}

TEST_F(RecordingTest, WhatNamesAPersonOrOpensADoorIsNotInIt) {
  const auto ran = run(library("tools/service-is-asked.yaml"));
  const auto read = read_recording(ran.wires, 1);
  const auto& recording = std::get<Recording>(read);

  const auto made = to_scenario(recording, verdict_of(recording), {"again", ""});

  ASSERT_THAT(ran.wires, HasSubstr(recording.from));
  EXPECT_THAT(made.yaml, Not(HasSubstr(recording.from)));
  EXPECT_THAT(made.yaml, Not(HasSubstr("You are the voice of a line check")));
  EXPECT_THAT(made.yaml, Not(testing::ContainsRegex("(AC|CA|MZ)[0-9a-f]{32}")));
}

TEST(Redaction, TheSameNumberIsAlwaysReplacedByTheSame) {
  Redaction redaction;

  EXPECT_EQ(redaction.party("+14158675310"), "+14155550100");
  EXPECT_EQ(redaction.text("Call me: (415) 867-5310, or +44 20 7946 0958."),
            "Call me: +14155550100, or +14155550101.");
  EXPECT_EQ(redaction.text("Room 101, in 2026, for 1500 euros"), "Room 101, in 2026, for 1500 euros");
}

TEST(Redaction, KeysKeepTheirNumberAndAreTheSameInTexts) {
  Redaction redaction;

  EXPECT_EQ(redaction.keys("1*0#"), "1*0#");
  EXPECT_EQ(redaction.keys("4580123412341234#A54321"), "1000000000000001#A10002");
  EXPECT_EQ(redaction.keys("4158675310"), "1000000003");
  EXPECT_EQ(redaction.text("4580123412341234, card 4580 1234 1234 1234."),
            "1000000000000001, card 1000000000000001.");
  EXPECT_EQ(redaction.text("54321 or 415-867-5310"), "10002 or 1000000003");
  EXPECT_EQ(redaction.json(nlohmann::json{{"card", 4580123412341234}, {"pin", 1234}}).dump(),
            R"({"card":1000000000000001,"pin":1234})");
}

TEST_F(RecordingTest, WhatWasPressedIsNotInIt) {
  auto scenario = library("dtmf/dtmf-menu.yaml");
  const auto in_place = [](std::string& keys) {
    if (const auto at = keys.find("1*0#"); at != std::string::npos) keys.replace(at, 4, "45801234#");
  };
  for (auto& step : scenario.calls.front().plan.caller) {
    if (auto* press = std::get_if<simulators::twilio::Press>(&step.action)) in_place(press->keys);
  }
  for (auto& rule : scenario.model.rules) in_place(rule.when.text);
  const auto first = run(scenario);

  const auto read = read_recording(first.wires, 1);
  const auto made = to_scenario(std::get<Recording>(read), {"normal", ""}, {"again", ""});
  const auto loaded = written(made);
  ASSERT_TRUE(loaded.good()) << loaded.text() << made.yaml;

  EXPECT_THAT(made.yaml, Not(HasSubstr("45801234")));
  EXPECT_THAT(made.yaml, HasSubstr("press: \"10000001#\""));
  EXPECT_THAT(made.yaml, HasSubstr("when: {exactly: \"10000001#\"}"));
  expect_the_same(first, run(loaded.scenarios.front()), made);
}

TEST(Redaction, SidsKeysAndAddressesAreTakenOut) {
  Redaction redaction;

  EXPECT_EQ(redaction.text("of CA0cdb3a07a5b3ca6cb6fbb176462926f8"), "of CA00000000000000000000000000000000");
  EXPECT_EQ(redaction.text("jane.doe@mail.org"), "name@example.com");
  EXPECT_THAT(redaction.text("key sk-abcdefghijklmnop"), Not(HasSubstr("abcdefgh")));
  const nlohmann::json arguments{
      {"to", "+14158675310"}, {"api_key", "x1"}, {"order", 17}, {"phone", 14158675310}};
  EXPECT_EQ(redaction.json(arguments).dump(),
            R"({"api_key":"[redacted]","order":17,"phone":14155550100,"to":"+14155550100"})");
}

TEST(ReadRecording, SaysWhatIsWrongWithAFile) {
  const auto wrong = [](const char* text) { return std::get<std::string>(read_recording(text, 1)); };

  EXPECT_THAT(wrong(""), HasSubstr("no message"));
  EXPECT_THAT(wrong("{\"t\":0}\n"), HasSubstr("line 1 is none of a wires.jsonl"));
  EXPECT_THAT(wrong("{\"scenario\":\"a\"}\n{\"scenario\":\"b\"}\n"), HasSubstr("several scenarios"));
  EXPECT_THAT(wrong(R"({"t":1,"lane":"openai","call":"s","dir":"note","msg":{}})"),
              HasSubstr("no media stream"));
}

class CompareHeard : public testing::Test {
 protected:
  static std::string speech(int seed, int ms) {
    return runtime::audio::speech_like(static_cast<std::uint64_t>(seed), runtime::Samples8k(ms * 8)).mulaw;
  }
  static std::string pause(int ms) { return std::string(static_cast<std::size_t>(ms) * 8, '\xFF'); }

  const std::string one_ = speech(1, 2000), two_ = speech(2, 1500);
  const std::vector<NamedSound> replies_{{"reply_1", one_}, {"reply_2", two_}};
};

TEST_F(CompareHeard, WhenItWasHeardMayDiffer) {
  EXPECT_EQ(compare_heard(one_ + pause(900) + two_, pause(500) + one_ + pause(1400) + two_, replies_).first,
            "");
}

TEST_F(CompareHeard, APauseInsideOfAReplyPartsItAtTheSamePlaceWheneverItIsHeard) {
  const auto reply = one_ + pause(300) + two_;
  const std::vector<NamedSound> replies{{"reply_1", reply}};

  for (std::size_t later = 0; later < 160; later += 13)
    EXPECT_EQ(compare_heard(reply, std::string(later, '\xFF') + reply, replies).first, "") << later;
}

TEST_F(CompareHeard, ASoundThatBreaksOffIsTheFirstDifference) {
  const auto found =
      compare_heard(one_ + pause(900) + two_, one_ + pause(900) + two_.substr(0, 4000), replies_);

  EXPECT_THAT(found.first, HasSubstr("of reply_2: now it breaks off after 0."));
}

TEST_F(CompareHeard, OneThatIsMissingAndOneTooMany) {
  EXPECT_THAT(compare_heard(one_ + pause(900) + two_, two_, replies_).first,
              HasSubstr("another sound is heard there, of reply_2"));
  EXPECT_THAT(compare_heard(one_, "", replies_).first, HasSubstr("not heard"));
  EXPECT_THAT(compare_heard(one_, one_ + pause(900) + two_, replies_).first, HasSubstr("one more is heard"));
}

TEST_F(CompareHeard, WhereTheCallerCutASoundShortALittleMoreOrLessIsTheSame) {
  EXPECT_EQ(compare_heard(one_.substr(0, 8000), one_.substr(0, 9600), replies_).first, "");
  EXPECT_NE(compare_heard(one_.substr(0, 4000), one_.substr(0, 14000), replies_).first, "");
}

}  // namespace
}  // namespace scenarios::recording
