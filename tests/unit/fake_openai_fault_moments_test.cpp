#include "simulators/openai/close_codes.hpp"
#include "tests/unit/fake_openai_named_faults.hpp"

#include <string>
#include <vector>

// When faults begin: the conversation is whole until then.
namespace simulators::openai {
namespace {

constexpr runtime::Duration kSecondHalf = 20s;

/// Two halves that are alike: the model greets, the client updates its session, the caller speaks, and the
/// model's answer is cancelled in its midst.
class FakeOpenAiFaultMoments : public FakeOpenAiNamedFaults {
 protected:
  void open_with(const std::vector<Fault>& faults) {
    now_ = start_;
    session_.reset();
    player_.reset();
    script_.rules.clear();
    facts_ = {};
    sent_.clear();
    random_ = runtime::SeededRandom(42);
    Behaviour behaviour;
    behaviour.faults = faults;
    for (const Fault& fault : faults) {
      if (!begins_later(fault)) apply(fault, behaviour);
    }
    rule(When::Kind::any, "answer").reply.outputs = {spoken(4s)};
    script_.rules.back().every_time = true;
    open(behaviour);
    pass(10ms);
    configure();
  }
  void configure() {
    say(R"({"type":"session.update","session":{"type":"realtime","audio":{"input":{"format":{"type":"audio/pcmu"},)"
        R"("transcription":{"model":"whisper-1"},"turn_detection":{"type":"server_vad","silence_duration_ms":200}},)"
        R"("output":{"format":{"type":"audio/pcmu"}}}}})");
    pass(10ms);
  }
  void half() {
    say(R"({"type":"response.create"})");
    pass(6s);
    configure();
    caller_speaks(1s);
    pass(550ms);
    say(R"({"type":"response.cancel"})");
    pass(12s);
  }
  /// All that is sent, one line each.
  std::vector<std::string> converse_with(const std::vector<Fault>& faults) {
    open_with(faults);
    half();
    EXPECT_LE(now_ - start_, kSecondHalf + 1s);
    pass(start_ + kSecondHalf + 1s - now_);
    half();
    std::vector<std::string> lines;
    before_ = 0;
    for (Sent& sent : sent_) {
      if (sent.event.contains("session"))
        sent.event["session"].erase("expires_at");  // which says it beforehand
      lines.push_back(std::to_string(sent.at.count()) + " " + sent.type + " " + sent.event.dump());
      if (sent.at < kSecondHalf) ++before_;
    }
    return lines;
  }
  /// The bytes of the greeting's audio deltas.
  std::vector<std::string> sounds() const {
    std::vector<std::string> all;
    for (const Sent& sent : sent_) {
      if (sent.type == kDelta && sent.event["response_id"] == greeting().id)
        all.push_back(runtime::base64_decode(sent.event["delta"].get<std::string>()).value_or("garbage"));
    }
    return all;
  }
  std::size_t before_ = 0;  // lines of the first half
};

class FakeOpenAiFaultThatBegins : public FakeOpenAiFaultMoments,
                                  public testing::WithParamInterface<std::string> {};

TEST_P(FakeOpenAiFaultThatBegins, LeavesWhatWasBeforeAndBreaksWhatComesAfter) {
  const auto whole = converse_with({});
  const std::size_t first_half = before_;
  Fault struck = fault(GetParam());
  struck.at = kSecondHalf;

  const auto broken = converse_with({struck});

  ASSERT_EQ(before_, first_half);
  EXPECT_TRUE(
      std::equal(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(first_half), broken.begin()))
      << "the first half is as without the fault";
  const bool of_the_frames = struck.what->kind == FaultKind::fragmented_frames ||
                             struck.what->kind == FaultKind::no_pongs ||
                             struck.what->kind == FaultKind::stop_reading;
  EXPECT_EQ(whole == broken, of_the_frames) << "the second half is not";
  EXPECT_EQ(session_->behaviour().frame_bytes, struck.what->kind == FaultKind::fragmented_frames ? 64U : 0U);
  EXPECT_EQ(session_->behaviour().withholds_pongs, struck.what->kind == FaultKind::no_pongs);
}

std::vector<std::string> names_that_take(unsigned what) {
  std::vector<std::string> names;
  for (const NamedFault& named : named_faults()) {
    if ((named.takes & what) == what) names.emplace_back(named.name);
  }
  return names;
}
INSTANTIATE_TEST_SUITE_P(Each, FakeOpenAiFaultThatBegins, testing::ValuesIn(names_that_take(takes::at)),
                         [](const auto& named) { return named.param; });

class FakeOpenAiFaultOfDeltas : public FakeOpenAiFaultMoments,
                                public testing::WithParamInterface<std::string> {};

TEST_P(FakeOpenAiFaultOfDeltas, LeavesTheDeltasThatWereSentBefore) {
  converse_with({});
  const auto whole = sounds();
  Fault struck = fault(GetParam());
  if ((struck.what->takes & takes::lasts) != 0) struck.lasts = 100ms;
  struck.response = 1;
  struck.after_deltas = 3;
  const auto undisturbed = sent_.size();

  const auto broken_lines = converse_with({struck});
  const auto broken = sounds();

  ASSERT_GE(whole.size(), 8U);
  ASSERT_GE(broken.size(), 3U);
  EXPECT_TRUE(std::equal(whole.begin(), whole.begin() + 3, broken.begin()))
      << "the first three deltas are as without the fault";
  const bool heard_whole = whole == broken && undisturbed == broken_lines.size();
  const bool of_time = struck.what->kind == FaultKind::burst || struck.what->kind == FaultKind::stall ||
                       struck.what->scope != FaultScope::response;
  EXPECT_TRUE(!heard_whole || of_time) << "what follows is not";
}

std::vector<std::string> names_of_deltas() {
  std::vector<std::string> names;
  for (const NamedFault& named : named_faults()) {
    const bool inside = (named.takes & takes::after_deltas) != 0;
    if (inside && named.scope == FaultScope::response) names.emplace_back(named.name);
  }
  return names;
}
INSTANTIATE_TEST_SUITE_P(Each, FakeOpenAiFaultOfDeltas, testing::ValuesIn(names_of_deltas()),
                         [](const auto& named) { return named.param; });

TEST_F(FakeOpenAiFaultMoments, ASessionsFaultBeginsInsideOfAResponse) {
  Fault struck = fault("double_speech_started");
  struck.response = 2;  // the answer to the first half's caller
  struck.after_deltas = 2;

  converse_with({struck});

  EXPECT_EQ(count("input_audio_buffer.speech_started"), 3U) << "the first half's once, the second's twice";
}

TEST_F(FakeOpenAiFaultMoments, AVoiceThatIsNotThereInterruptsAnAnswer) {
  Fault struck = fault("false_start");
  struck.response = 1;
  struck.after_deltas = 5;

  open_with({struck});
  say(R"({"type":"response.create"})");
  pass(6s);

  EXPECT_EQ(greeting().reason, "turn_detected");
  EXPECT_EQ(sounds().size(), 5U);
  EXPECT_EQ(count("input_audio_buffer.committed"), 1U);
}

TEST_F(FakeOpenAiFaultMoments, AnAnswerFailsOrEndsInItsMidst) {
  for (const std::string_view name : {"failed_response", "incomplete_response"}) {
    Fault struck = fault(name);
    struck.response = 1;
    struck.after_audio = 1s;
    open_with({struck});
    say(R"({"type":"response.create"})");
    pass(6s);

    const Json& done = first(kDone)["response"];
    EXPECT_EQ(done["status"], name.substr(0, name.find('_')));
    EXPECT_EQ(done["output"][0]["status"], "incomplete");
    EXPECT_GE(greeting().audio.size(), 8'000U);
    EXPECT_LT(greeting().audio.size(), 8'000U + 2'000U) << "one delta more at most";
    EXPECT_GT(done["usage"]["output_tokens"], 0);
    EXPECT_EQ(count("error"), 0U);
  }
}

TEST_F(FakeOpenAiFaultMoments, TwoFaultsOfOneResponseBeginEachAtItsPlace) {
  Fault silent = fault("silent_audio");
  silent.after_deltas = 2;
  Fault doubled = fault("duplicated_deltas");
  doubled.after_deltas = 4;
  open_with({silent, doubled});
  say(R"({"type":"response.create"})");
  pass(6s);

  const auto heard = sounds();
  ASSERT_GE(heard.size(), 6U);
  EXPECT_NE(heard[1], std::string(heard[1].size(), '\xFF'));
  EXPECT_EQ(heard[2], std::string(heard[2].size(), '\xFF'));
  EXPECT_EQ(greeting().audio.size(), 2 * spoken(4s).mulaw.size() - heard[0].size() - heard[1].size() -
                                         heard[2].size() - heard[3].size());
}

TEST_F(FakeOpenAiFaultMoments, OnlySoManyUpdatesAreRefused) {
  Fault struck = fault("session_update_refused");
  struck.count = 1;

  open_with({struck});
  EXPECT_EQ(count("session.updated"), 0U);
  EXPECT_EQ(count("error"), 1U);
  configure();

  EXPECT_EQ(count("session.updated"), 1U);
  EXPECT_EQ(count("error"), 1U);
}

TEST_F(FakeOpenAiFaultMoments, ARunningSessionIsStruckNowOrInWhatFollows) {
  open_with({});
  session_->strike(fault("double_speech_started"), now_);
  Fault silent = fault("silent_audio");
  session_->strike(silent, now_);
  Fault error = fault("error_event");
  error.at = 0s;
  session_->strike(error, now_);
  half();

  EXPECT_EQ(count("input_audio_buffer.speech_started"), 2U);
  EXPECT_FALSE(greeting().audible);
  EXPECT_EQ(count("error"), 1U);
  Fault expired = fault("session_expired");
  expired.at = 30s;
  session_->strike(expired, now_);
  pass(30s);
  EXPECT_EQ(sent_.back().at, 30s);
  EXPECT_TRUE(sent_.back().type.starts_with("close 1001"));
}

TEST_F(FakeOpenAiFaultMoments, FewTokensAreLeft) {
  open_with({fault("low_rate_limits")});
  say(R"({"type":"response.create"})");
  pass(6s);

  const Json& limit = first("rate_limits.updated")["rate_limits"][0];
  EXPECT_EQ(limit["remaining"], 100);
  EXPECT_NEAR(limit["reset_seconds"].get<double>(), 60, 0.1) << "a minute's tokens are back in a minute";
}

TEST_F(FakeOpenAiFaultMoments, LimitsThatNobodyIsToldOfStrikeNobody) {
  for (const Dialect dialect : {Dialect::ga, Dialect::azure}) {
    dialect_ = dialect;
    facts_ = {};
    Fault low = fault("low_rate_limits");
    low.place = 0;
    open_with({low});
    say(R"({"type":"response.create"})");
    pass(6s);

    EXPECT_EQ(facts_.faults_struck.contains(0), dialect == Dialect::ga);
  }
}

TEST_F(FakeOpenAiFaultMoments, ACloseFrameMayHoldNoCode) {
  Fault empty = fault("close");
  empty.close = close_code::kNone;
  empty.at = 1s;
  open_with({empty});
  pass(2s);

  EXPECT_EQ(sent_.back().type, "close 1005 ");
}

}  // namespace
}  // namespace simulators::openai
