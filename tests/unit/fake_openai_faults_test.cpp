#include "tests/unit/fake_openai_test.hpp"

// What a script can do to a client.
namespace simulators::openai {
namespace {

using testing::ElementsAre;

class FakeOpenAiFaults : public FakeSessionTest {
 protected:
  /// A greeting with these faults, asked for and given time.
  ResponseFacts& play(Faults faults, runtime::Duration time = 20s) {
    Rule& greeting = rule(When::Kind::greeting, "hello");
    greeting.reply.outputs = {spoken(3s)};
    greeting.reply.faults = std::move(faults);
    return play_script(time);
  }
  ResponseFacts& play_script(runtime::Duration time = 20s) {
    open_phone();
    say(R"({"type":"response.create"})");
    pass(time);
    return facts_.responses.at(0);
  }
  std::size_t deltas() const { return count("response.output_audio.delta"); }
};

TEST_F(FakeOpenAiFaults, TranscriptWithoutAudio) {
  rule(When::Kind::greeting).reply.outputs = {TranscriptOnly{"Hello, how can I help?"}};

  const ResponseFacts& response = play_script();

  EXPECT_EQ(deltas(), 0U);
  EXPECT_EQ(response.items.at(0).transcript, "Hello, how can I help?");
  EXPECT_EQ(response.status, "completed");
  EXPECT_FALSE(response.first_audio_at);
}

TEST_F(FakeOpenAiFaults, SilenceIsSentAndIsNotAudible) {
  rule(When::Kind::greeting).reply.outputs = {Speech{silence(2s), "Hello."}};

  const ResponseFacts& response = play_script();

  EXPECT_EQ(response.audio, silence(2s));
  EXPECT_FALSE(response.audible);
}

TEST_F(FakeOpenAiFaults, AResponseThatIsNeverCreated) {
  rule(When::Kind::greeting, "never").reply.ending = NeverCreated{};

  const ResponseFacts& response = play_script();
  say(R"({"type":"response.create"})");
  pass(5s);

  EXPECT_TRUE(sent_.empty());
  EXPECT_EQ(response.as, "never");
  EXPECT_EQ(facts_.responses.at(1).trigger, Trigger::retry) << "nothing stands in a retry's way";
}

TEST_F(FakeOpenAiFaults, AFailureIsInTheResponseAndNotAnErrorEvent) {
  Failed failed;
  failed.error.code = "insufficient_quota";
  rule(When::Kind::greeting).reply.ending = failed;

  const ResponseFacts& response = play_script();

  EXPECT_THAT(types(), ElementsAre("response.created", "response.done", "rate_limits.updated"));
  EXPECT_EQ(first("response.done")["response"]["status_details"]["error"]["code"], "insufficient_quota");
  EXPECT_EQ(response.reason, "insufficient_quota");
}

TEST_F(FakeOpenAiFaults, AnIncompleteAnswerHasAnIncompleteItem) {
  Rule& cut = rule(When::Kind::greeting);
  cut.reply.outputs = {spoken(1s)};
  cut.reply.ending = Incomplete{"content_filter"};

  play_script();

  EXPECT_EQ(first("response.output_item.done")["item"]["status"], "incomplete");
  EXPECT_EQ(first("response.done")["response"]["status_details"]["reason"], "content_filter");
}

TEST_F(FakeOpenAiFaults, AStallForEverNeverEndsTheResponse) {
  Faults faults;
  faults.stall = Stall{3, std::nullopt, std::nullopt};

  const ResponseFacts& response = play(faults);

  EXPECT_EQ(deltas(), 3U);
  EXPECT_FALSE(response.done_at);
  say(R"({"type":"response.create"})");
  EXPECT_EQ(facts_.errors_sent.at(0).error.code, "conversation_already_has_active_response");
}

TEST_F(FakeOpenAiFaults, AStallThatPassesGoesOnWhereItWas) {
  Faults faults;
  faults.stall = Stall{std::nullopt, 1s, 4s};

  const ResponseFacts& response = play(faults);

  EXPECT_EQ(response.audio.size(), 24'000U);
  runtime::Duration longest{0};
  for (std::size_t i = 1; i < response.chunks.size(); ++i) {
    longest = std::max(longest, response.chunks[i].at - response.chunks[i - 1].at);
  }
  EXPECT_GE(longest, 4s);
  EXPECT_EQ(response.status, "completed");
}

TEST_F(FakeOpenAiFaults, UndecodableDeltasAreNoBase64) {
  Faults faults;
  faults.undecodable.emplace();

  const ResponseFacts& response = play(faults);

  EXPECT_FALSE(runtime::base64_decode(first("response.output_audio.delta")["delta"].get<std::string>()));
  EXPECT_TRUE(response.audio.empty());
  EXPECT_FALSE(response.chunks.at(0).decodable);
}

TEST_F(FakeOpenAiFaults, ADelayedFirstDeltaAndADelayedCreation) {
  Faults faults;
  faults.created_later = 2s;
  faults.first_audio_later = 3s;

  const ResponseFacts& response = play(faults);

  EXPECT_GE(*response.created_at - response.due_at, 2030ms);
  EXPECT_EQ(*response.first_audio_at - *response.created_at, 3430ms);
}

TEST_F(FakeOpenAiFaults, WithoutADoneEverythingElseIsThere) {
  Faults faults;
  faults.never_ends = true;

  const ResponseFacts& response = play(faults);

  EXPECT_EQ(count("response.output_item.done"), 1U);
  EXPECT_EQ(count("response.done"), 0U);
  EXPECT_EQ(response.status, "");
}

TEST_F(FakeOpenAiFaults, LateDeltasComeBeforeAndAfterTheDoneOfACancelledResponse) {
  Faults faults;
  faults.late_deltas_before_done = 2;
  faults.late_deltas_after_done = 3;
  ResponseFacts& response = play(faults, 600ms);
  ASSERT_TRUE(response.first_audio_at);
  ASSERT_FALSE(response.done_at);
  sent_.clear();

  say(R"({"type":"response.cancel"})");
  pass(5s);

  std::size_t before = 0;
  std::size_t after = 0;
  for (const auto& sent : sent_) {
    if (sent.type != "response.output_audio.delta") continue;
    ++(count("response.done") > 0 && sent.at > *response.done_at - start_ ? after : before);
  }
  EXPECT_EQ(before, 2U);
  EXPECT_EQ(after, 3U);
  EXPECT_TRUE(response.chunks.back().after_cancel);
}

TEST_F(FakeOpenAiFaults, AFirstEventThatIsACancel) {
  rule(When::Kind::greeting).reply.ending = CancelledAtBirth{false};

  const ResponseFacts& response = play_script();

  EXPECT_THAT(types(), ElementsAre("response.done"));
  EXPECT_EQ(first("response.done")["response"]["status_details"]["reason"], "turn_detected");
  EXPECT_EQ(response.cancelled_by, CancelledBy::turn_detected);
}

TEST_F(FakeOpenAiFaults, ACancelThatIsNeverConfirmedLeavesTheSessionStuck) {
  Faults faults;
  faults.cancel = Faults::Cancel::unconfirmed;
  ResponseFacts& response = play(faults, 600ms);
  sent_.clear();

  say(R"({"type":"response.cancel"})");
  pass(10s);

  EXPECT_TRUE(sent_.empty());
  EXPECT_EQ(response.cancelled_by, CancelledBy::client);
  EXPECT_FALSE(response.done_at);
}

TEST_F(FakeOpenAiFaults, ACancelThatIsIgnoredLetsTheAnswerGoOn) {
  Faults faults;
  faults.cancel = Faults::Cancel::ignored;
  const ResponseFacts& response = play(faults, 600ms);

  say(R"({"type":"response.cancel"})");
  pass(10s);

  EXPECT_EQ(response.audio.size(), 24'000U);
  EXPECT_EQ(response.status, "completed");
}

TEST_F(FakeOpenAiFaults, StrangeThingsHappenAtTheirMoment) {
  Faults faults;
  faults.insertions = {
      {{Moment::At::created, {}, false}, UnknownEvent{}},
      {{Moment::At::first_audio, {}, true}, EmptyDelta{}},
      {{Moment::At::after_audio, 1s, false}, MalformedJson{}},
      {{Moment::At::done, {}, true}, ErrorEvent{{"server_error", "server_error", "Sorry.", ""}}}};

  play(faults);

  EXPECT_EQ(types()[1], "response.weather_forecast.delta");
  EXPECT_EQ(first("response.output_audio.delta")["delta"], "");
  EXPECT_EQ(count("not json"), 1U);
  EXPECT_EQ(milestones()[milestones().size() - 3], "error");
}

TEST_F(FakeOpenAiFaults, BetaNamesAreWhatBetaCalledThem) {
  Faults faults;
  faults.beta_names = true;

  play(faults);

  EXPECT_GT(count("response.audio.delta"), 0U);
  EXPECT_GT(count("response.audio_transcript.delta"), 0U);
  EXPECT_EQ(count("conversation.item.created"), 1U);
  EXPECT_EQ(deltas() + count("conversation.item.done") + count(""), 0U);
}

TEST_F(FakeOpenAiFaults, FormatsCanBeRefusedDeniedOrLeftUnconfirmed) {
  for (const Formats formats : {Formats::refused, Formats::echoed_as_pcm, Formats::unconfirmed}) {
    Behaviour behaviour;
    behaviour.formats = formats;
    facts_ = {};
    open_phone("", behaviour);

    EXPECT_EQ(facts_.errors_sent.size(), formats == Formats::refused ? 1U : 0U);
    EXPECT_EQ(facts_.updated_sent.size(), formats == Formats::echoed_as_pcm ? 1U : 0U);
    EXPECT_EQ(facts_.output_format, formats == Formats::unconfirmed ? AudioFormat::pcmu : AudioFormat::pcm);
  }
}

TEST_F(FakeOpenAiFaults, SpeechInAnotherFormatThanAgreedIsThreeTimesSixTheBytes) {
  Faults faults;
  faults.speak_as = AudioFormat::pcm;

  const ResponseFacts& response = play(faults);

  std::size_t bytes = 0;
  for (const auto& sent : sent_) {
    if (sent.type == "response.output_audio.delta") {
      bytes += runtime::base64_decode(sent.event["delta"].get<std::string>())->size();
    }
  }
  EXPECT_EQ(bytes, 24'000U * 6);
  EXPECT_EQ(response.audio.size(), bytes) << "a phone plays every byte of it as a sample";
}

TEST_F(FakeOpenAiFaults, TextInsteadOfSpeech) {
  rule(When::Kind::greeting).reply.outputs = {TextOnly{"It is foggy."}};

  play_script();

  EXPECT_EQ(first("response.content_part.added")["part"]["type"], "text");
  EXPECT_EQ(first("response.output_text.done")["text"], "It is foggy.");
  EXPECT_EQ(deltas(), 0U);
}

TEST_F(FakeOpenAiFaults, ACancelLookedAtTooLateHitsTheNextResponse) {
  Behaviour slow;
  slow.cancel_looked_at_after = 3s;
  rule(When::Kind::greeting).reply.outputs = {spoken(1s)};
  Rule& next = rule(When::Kind::text);
  next.reply.outputs = {spoken(60s)};
  open_phone("", slow);
  say(R"({"type":"response.create"})");
  pass(600ms);

  say(R"({"type":"response.cancel"})");
  pass(1s);
  say(R"({"type":"conversation.item.create","item":{"type":"message","role":"user",)"
      R"("content":[{"type":"input_text","text":"5"}]}})");
  say(R"({"type":"response.create"})");
  pass(5s);

  EXPECT_EQ(facts_.responses.at(0).status, "completed");
  EXPECT_EQ(facts_.responses.at(1).status, "cancelled");
}

}  // namespace
}  // namespace simulators::openai
