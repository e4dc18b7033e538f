#include "simulators/openai/script_faults.hpp"
#include "tests/unit/fake_openai_named_faults.hpp"

#include <vector>

// The facts tell what left and what the model generated, and keep the two apart: a verdict rests on them.
namespace simulators::openai {
namespace {

constexpr std::string_view kCreate = R"({"type":"response.create"})";

class FakeOpenAiSent : public FakeOpenAiNamedFaults {
 protected:
  /// A phone session whose script has these faults; the model says two seconds each time.
  void begin(std::vector<Fault> faults) {
    Behaviour behaviour;
    behaviour.faults = std::move(faults);
    number_faults(behaviour);
    strike_session(behaviour, facts_, 1, 0s, random_);
    rule(When::Kind::any).reply.outputs = {spoken(2s)};
    script_.rules.back().every_time = true;
    open_phone("", behaviour);
  }
  Fault in_first(std::string_view name) {
    Fault made = fault(name);
    made.response = 1;
    return made;
  }
  void begin_anew(std::vector<Fault> faults) {
    session_.reset();
    facts_ = {};
    sent_.clear();
    begin(std::move(faults));
  }
  Fault without(std::string_view kind, std::string_view event, std::string field) {
    Fault made = fault(kind);
    made.event = event;
    made.field = std::move(field);
    return made;
  }
  Fault damaged_delta(std::string_view kind, std::string field) {
    return without(kind, kDelta, std::move(field));
  }
  void answer() {
    say(kCreate);
    pass(3s);
  }
  std::string truncate(std::int64_t ms) {
    say(R"({"type":"conversation.item.truncate","item_id":")" + greeting().items.at(0).id +
        R"(","content_index":0,"audio_end_ms":)" + std::to_string(ms) + "}");
    const bool taken = facts_.truncations.back().accepted;
    return taken ? "taken" : last_error();
  }
};

TEST_F(FakeOpenAiSent, NothingIsCountedAsSentOnceASessionIsMute) {
  begin({in_first("mute")});

  answer();

  EXPECT_EQ(types(), std::vector<std::string>{"response.created"});
  EXPECT_TRUE(greeting().chunks.empty());
  EXPECT_TRUE(greeting().audio.empty());
  EXPECT_FALSE(greeting().audible);
  EXPECT_FALSE(greeting().first_audio_at);
  EXPECT_TRUE(greeting().created_at);
  EXPECT_TRUE(greeting().done_lost);
  EXPECT_EQ(greeting().withheld_bytes, 16'000U);
  EXPECT_EQ(greeting().items.at(0).audio_bytes, 16'000U) << "the model has spoken all the same";
}

TEST_F(FakeOpenAiSent, ADeltaThatNobodyCanPlayCarriesNoAudio) {
  for (const std::string field : {"delta", "response_id", "item_id", "content_index"}) {
    for (const std::string kind : {"null_field", "missing_field"}) {
      if (field == "content_index" && kind == "missing_field") continue;
      begin_anew({damaged_delta(kind, field)});

      answer();

      EXPECT_GT(deltas(), 5U);
      EXPECT_EQ(greeting().chunks.size(), deltas()) << kind << " " << field;
      EXPECT_EQ(greeting().chunks.at(0).bytes, 0U) << kind << " " << field;
      EXPECT_TRUE(greeting().audio.empty());
      EXPECT_FALSE(greeting().audible);
    }
  }
}

TEST_F(FakeOpenAiSent, ADeltaWithoutSomethingElseStillHasItsAudio) {
  for (const std::string field : {"event_id", "output_index", "content_index"}) {
    begin_anew({damaged_delta("missing_field", field)});

    answer();

    EXPECT_FALSE(first(kDelta).contains(field));
    EXPECT_EQ(greeting().audio.size(), 16'000U) << field;
  }
}

TEST_F(FakeOpenAiSent, AudioUnderBetasNamesReachesNoClientOfGa) {
  begin({fault("beta_names")});

  answer();

  EXPECT_GT(count("response.audio.delta"), 5U);
  EXPECT_TRUE(greeting().audio.empty());
  EXPECT_FALSE(greeting().first_audio_at);
  EXPECT_EQ(greeting().items.at(0).transcript, "");
}

TEST_F(FakeOpenAiSent, WhatLeftWithoutItsTypeWasNotTold) {
  for (const std::string kind : {"null_field", "missing_field"}) {
    begin_anew({without(kind, "response.created", "type"), without(kind, kDone, "type"),
                without(kind, "session.updated", "session")});

    answer();

    EXPECT_FALSE(greeting().created_at) << kind;
    EXPECT_EQ(greeting().status, "completed");
    EXPECT_TRUE(greeting().done_lost) << kind;
    EXPECT_TRUE(facts_.updated_sent.empty()) << kind;
  }
}

TEST_F(FakeOpenAiSent, WhatComesTwiceWasGeneratedOnce) {
  begin({in_first("duplicated_deltas")});

  answer();

  EXPECT_EQ(greeting().audio.size(), 32'000U) << "as the client got it";
  EXPECT_EQ(first(kDone)["response"]["usage"]["output_token_details"]["audio_tokens"], 40);
  EXPECT_EQ(truncate(2001), "invalid_value: Audio content of 2000ms is already shorter than 2001ms");
  EXPECT_EQ(truncate(2000), "taken");
  say(R"({"type":"conversation.item.retrieve","item_id":")" + greeting().items.at(0).id + R"("})");
  const Json& part = first("conversation.item.retrieved")["item"]["content"][0];
  EXPECT_EQ(runtime::base64_decode(part["audio"].get<std::string>()), spoken(2s).mulaw);
}

TEST_F(FakeOpenAiSent, ALostDoneLeavesTheSessionFree) {
  begin({in_first("no_response_done")});

  answer();
  EXPECT_EQ(count(kDone), 0U);
  EXPECT_EQ(count("rate_limits.updated"), 1U);
  EXPECT_EQ(greeting().status, "completed");
  EXPECT_TRUE(greeting().done_lost);
  answer();

  EXPECT_TRUE(facts_.errors_sent.empty()) << last_error();
  EXPECT_EQ(count(kDone), 1U) << "the second answer's";
  EXPECT_FALSE(facts_.responses.at(1).done_lost);
}

TEST_F(FakeOpenAiSent, AResponseThatNeverEndsStandsInTheWayOfTheNext) {
  begin({in_first("response_never_ends")});

  answer();
  EXPECT_EQ(count(kDone), 0U);
  EXPECT_EQ(greeting().status, "");
  answer();
  EXPECT_EQ(facts_.errors_sent.at(0).error.code, "conversation_already_has_active_response");
  say(R"({"type":"response.cancel"})");
  pass(1s);

  EXPECT_EQ(first(kDone)["response"]["status"], "cancelled");
}

TEST_F(FakeOpenAiSent, FaultsThatDidNothingAreKnown) {
  Fault late = fault("stall");
  late.response = 40;
  Fault closing = fault("error_event");
  closing.at = 1min;
  Fault moment = fault("error_event");
  moment.response = 1;
  Fault other_session = fault("mute");
  other_session.session = 2;
  Fault begins = fault("double_speech_started");
  begins.response = 2;
  const std::vector<Fault> script{damaged_delta("missing_field", "event_id"),
                                  damaged_delta("missing_field", "no_such_field"),
                                  late,
                                  closing,
                                  moment,
                                  other_session,
                                  begins,
                                  fault("late_session_updated")};
  begin(script);
  pass(3s);  // session.updated comes late, and requests wait for it

  answer();

  Behaviour all;
  all.faults = script;
  EXPECT_EQ(faults_without_effect(all, facts_.faults_struck), (std::vector<std::size_t>{1, 2, 3, 5, 6}));
}

/// Places of those that did nothing while the model said two seconds and was silent for a minute.
TEST_F(FakeOpenAiSent, FaultsWhoseTimeNeverCameDidNothing) {
  const auto from_the = [this](std::string_view name, std::size_t deltas) {
    Fault made = in_first(name);
    made.after_deltas = deltas;
    return made;
  };
  Fault expires = fault("session_expired");
  expires.at = 5min;
  const std::vector<Fault> script{expires,
                                  from_the("stall", 100),
                                  from_the("silent_audio", 100),
                                  from_the("burst", 2),
                                  from_the("failed_response", 3),
                                  fault("cancel_unconfirmed"),
                                  fault("late_deltas_before_done"),
                                  from_the("reordered_deltas", 100)};
  begin(script);

  answer();
  pass(1min);

  Behaviour all;
  all.faults = script;
  EXPECT_EQ(faults_without_effect(all, facts_.faults_struck), (std::vector<std::size_t>{0, 1, 2, 5, 6, 7}));
  EXPECT_EQ(greeting().status, "failed");
}

TEST_F(FakeOpenAiSent, FaultsWhoseTimeCameHaveStruck) {
  Fault expires = fault("session_expired");
  expires.at = 1min;
  Fault starts = fault("false_start");
  starts.at = 20s;
  const std::vector<Fault> script{expires,
                                  starts,
                                  fault("late_deltas_before_done"),
                                  fault("cancel_ignored"),
                                  in_first("reordered_deltas"),
                                  in_first("silent_audio")};
  begin(script);

  say(kCreate);
  while (deltas() < 4) pass(10ms);
  say(R"({"type":"response.cancel"})");
  pass(2min);

  Behaviour all;
  all.faults = script;
  EXPECT_EQ(faults_without_effect(all, facts_.faults_struck), std::vector<std::size_t>{2})
      << "a cancel that is ignored leaves no late deltas";
}

}  // namespace
}  // namespace simulators::openai
