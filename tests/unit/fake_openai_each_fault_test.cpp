#include "tests/unit/fake_openai_named_faults.hpp"

#include <vector>

// Every fault that has a name, shown on the wire.
namespace simulators::openai {
namespace {

/// What the conversation looks like with one fault in it.
class FakeOpenAiNamedFault : public FakeOpenAiNamedFaults, public testing::WithParamInterface<std::string> {
 protected:
  void check_session(const std::string& name);
  void check_turns(const std::string& name);
  void check_moment(const std::string& name);
  void check_course(const std::string& name);
  void check_ending(const std::string& name);
  void check_audio(const std::string& name);
  void check_deltas(const std::string& name);
  /// Of the caller's item.
  Json user_content(std::string_view type) const {
    for (const Sent& sent : sent_) {
      if (sent.type == type && sent.event["item"]["role"] == "user") return sent.event["item"]["content"][0];
    }
    return {};
  }
  bool known_ = false;
  /// True, once, for the fault under test.
  bool is(const std::string& name, std::string_view wanted) {
    known_ = known_ || name == wanted;
    return name == wanted;
  }
};

void FakeOpenAiNamedFault::check_session(const std::string& name) {
  if (is(name, "mute")) {
    EXPECT_TRUE(sent_.empty());
  }
  if (is(name, "no_session_created")) {
    EXPECT_EQ(count("session.created"), 0U);
    EXPECT_EQ(count("session.updated"), 1U);
  }
  if (is(name, "late_session_created")) {
    EXPECT_EQ(time_of("session.created"), 3s);
  }
  if (is(name, "no_session_updated")) {
    EXPECT_EQ(count("session.updated"), 0U);
  }
  if (is(name, "late_session_updated")) {
    EXPECT_EQ(time_of("session.updated"), 3010ms);
  }
  if (is(name, "session_update_refused")) {
    EXPECT_EQ(first("error")["error"]["code"], "invalid_value");
  }
  if (is(name, "formats_echoed_as_pcm")) {
    EXPECT_EQ(first("session.updated")["session"]["audio"]["output"]["format"]["type"], "audio/pcm");
  }
  if (is(name, "session_expired")) {
    EXPECT_EQ(first("error")["error"]["code"], "session_expired");
    EXPECT_TRUE(sent_.back().type.starts_with("close 1001"));
    EXPECT_EQ(sent_.back().at, 10s);
  }
  if (is(name, "expires_silently")) {
    EXPECT_EQ(count("error"), 0U);
    EXPECT_TRUE(sent_.back().type.starts_with("close 1001"));
  }
}

void FakeOpenAiNamedFault::check_turns(const std::string& name) {
  if (is(name, "transcription_failed")) {
    EXPECT_EQ(count("conversation.item.input_audio_transcription.failed"), 1U);
  }
  if (is(name, "transcription_absent")) {
    EXPECT_EQ(count(kTranscribed), 0U);
  }
  if (is(name, "transcription_early")) {
    EXPECT_LT(index_of(kTranscribed), index_of("input_audio_buffer.committed"));
  }
  if (is(name, "transcription_late")) {
    EXPECT_GT(time_of(kTranscribed), time_of(kDone, 1));
  }
  if (is(name, "double_speech_started")) {
    EXPECT_EQ(count("input_audio_buffer.speech_started"), 2U);
    EXPECT_EQ(count("input_audio_buffer.speech_stopped"), 1U);
  }
  if (is(name, "never_ending_speech")) {
    EXPECT_EQ(count("input_audio_buffer.speech_started"), 1U);
    EXPECT_EQ(count("input_audio_buffer.speech_stopped"), 0U);
  }
  if (is(name, "false_start")) {
    EXPECT_EQ(time_of("input_audio_buffer.speech_started"), 0s);
    EXPECT_EQ(time_of("input_audio_buffer.speech_stopped"), 320ms);
    EXPECT_EQ(count("input_audio_buffer.committed"), 2U);
  }
  if (is(name, "no_event_id")) {
    EXPECT_FALSE(first(kDelta).contains("event_id"));
    EXPECT_TRUE(first("response.done").contains("event_id"));
    EXPECT_TRUE(first(kDelta).contains("delta"));
  }
  if (is(name, "missing_field")) {
    EXPECT_FALSE(user_content("conversation.item.added").contains("transcript"));
    EXPECT_TRUE(user_content("conversation.item.done").contains("transcript"));
  }
  if (is(name, "null_field")) {
    EXPECT_TRUE(first("response.output_audio_transcript.delta")["delta"].is_null());
  }
  if (is(name, "fragmented_frames")) {
    EXPECT_EQ(session_->behaviour().frame_bytes, 64U);
  }
  if (is(name, "no_pongs")) {
    EXPECT_TRUE(session_->behaviour().withholds_pongs);
  }
  if (is(name, "cancel_race")) {
    EXPECT_EQ(facts_.cancels.at(0).hit, "") << "the answer was over by then";
  }
}

void FakeOpenAiNamedFault::check_moment(const std::string& name) {
  if (is(name, "close")) {
    EXPECT_EQ(sent_.back().type, "close 1011 ");
  }
  if (is(name, "abort")) {
    EXPECT_EQ(sent_.back().type, "abort");
  }
  if (is(name, "half_open")) {
    EXPECT_EQ(sent_.back().type, "half open");
    EXPECT_EQ(session_->outlet().reads_from(), runtime::TimePoint::max());
  }
  if (is(name, "stop_reading")) {
    EXPECT_EQ(session_->outlet().reads_from(), runtime::TimePoint::max());
  }
  if (is(name, "error_event")) {
    EXPECT_EQ(first("error")["error"]["code"], "server_error");
    EXPECT_EQ(greeting().status, "completed") << "the session lives on";
  }
  if (is(name, "unknown_event")) {
    EXPECT_EQ(count("session.weather_forecast"), 1U);
  }
  if (is(name, "malformed_json")) {
    EXPECT_EQ(count("not json"), 1U);
  }
}

void FakeOpenAiNamedFault::check_course(const std::string& name) {
  if (is(name, "never_created")) {
    EXPECT_EQ(count("response.created"), 0U);
  }
  if (is(name, "late_created")) {
    EXPECT_GE(time_of("response.created"), 2030ms);
  }
  if (is(name, "no_items")) {
    EXPECT_EQ(count("response.output_item.added"), 0U);
  }
  if (is(name, "no_deltas")) {
    EXPECT_GT(count("response.output_item.done"), 0U);
    EXPECT_EQ(deltas() + count("response.output_audio_transcript.delta"), 0U);
  }
  if (is(name, "transcript_only")) {
    EXPECT_GT(count("response.output_audio_transcript.delta"), 0U);
    EXPECT_EQ(deltas(), 0U);
  }
  if (is(name, "text_only")) {
    EXPECT_GT(count("response.output_text.done"), 0U);
  }
  if (is(name, "no_response_done")) {
    EXPECT_GT(count("response.output_item.done"), 0U);
    EXPECT_EQ(greeting().status, "completed");
    EXPECT_EQ(count(kDone), 0U);
    EXPECT_GT(count("rate_limits.updated"), 0U);
  }
  if (is(name, "response_never_ends")) {
    EXPECT_GT(count("response.output_item.done"), 0U);
    EXPECT_EQ(greeting().status, "cancelled") << "by the caller";
  }
}

void FakeOpenAiNamedFault::check_ending(const std::string& name) {
  if (is(name, "done_without_created")) {
    EXPECT_EQ(count("response.created"), 0U);
  }
  if (is(name, "cancelled_at_birth")) {
    EXPECT_EQ(done_reason(), "turn_detected");
  }
  if (is(name, "failed_response")) {
    EXPECT_EQ(done_reason(), "server_error");
  }
  if (is(name, "incomplete_response")) {
    EXPECT_EQ(done_reason(), "max_output_tokens");
    EXPECT_EQ(greeting().audio, said().substr(0, said().size() / 2));
  }
  if (is(name, "cancel_unconfirmed")) {
    EXPECT_EQ(answer().status, "");
  }
  if (is(name, "cancel_ignored")) {
    EXPECT_EQ(answer().status, "completed");
  }
  if (is(name, "low_rate_limits")) {
    EXPECT_EQ(first("rate_limits.updated")["rate_limits"][0]["remaining"], 100);
  }
  if (is(name, "beta_names")) {
    EXPECT_GT(count("response.audio.delta"), 0U);
  }
}

void FakeOpenAiNamedFault::check_audio(const std::string& name) {
  if (is(name, "silent_audio")) {
    EXPECT_EQ(greeting().audio, std::string(24'000, '\xFF'));
  }
  if (is(name, "undecodable_audio")) {
    EXPECT_FALSE(runtime::base64_decode(first(kDelta)["delta"].get<std::string>()));
  }
  if (is(name, "wrong_format")) {
    EXPECT_EQ(bytes_of_delta(1), 2'000U * 6);
    EXPECT_EQ(greeting().audio.size(), 6 * said().size()) << "what a phone plays of it";
  }
  if (is(name, "late_first_audio")) {
    EXPECT_EQ(*greeting().first_audio_at - *greeting().created_at, 2430ms);
  }
  if (is(name, "stall")) {
    EXPECT_EQ(deltas(), 0U);
    EXPECT_EQ(greeting().status, "cancelled") << "by the caller, who had nothing to wait for";
  }
  if (is(name, "trickle")) {
    EXPECT_EQ(bytes_of_delta(0), 160U);
    EXPECT_EQ(greeting().chunks.at(50).at - greeting().chunks.at(0).at, 1s);
  }
  if (is(name, "burst")) {
    EXPECT_EQ(greeting().chunks.back().at, greeting().chunks.front().at);
  }
}

void FakeOpenAiNamedFault::check_deltas(const std::string& name) {
  if (is(name, "empty_deltas")) {
    EXPECT_EQ(bytes_of_delta(0), 0U);
    EXPECT_GT(bytes_of_delta(1), 0U);
  }
  if (is(name, "oversized_deltas")) {
    EXPECT_EQ(bytes_of_delta(0), said().size());
  }
  if (is(name, "duplicated_deltas")) {
    EXPECT_EQ(greeting().audio.size(), 2 * said().size());
    EXPECT_EQ(greeting().audio.substr(0, bytes_of_delta(0)), said().substr(0, bytes_of_delta(0)));
  }
  if (is(name, "reordered_deltas")) {
    EXPECT_EQ(greeting().audio.size(), said().size());
    EXPECT_EQ(greeting().audio.substr(bytes_of_delta(0), bytes_of_delta(1)),
              said().substr(0, bytes_of_delta(1)));
  }
  if (is(name, "late_deltas_before_done")) {
    EXPECT_TRUE(answer().chunks.back().after_cancel);
    EXPECT_FALSE(answer().chunks.back().after_done);
  }
  if (is(name, "late_deltas_after_done")) {
    EXPECT_TRUE(greeting().chunks.back().after_done);
    EXPECT_TRUE(answer().chunks.back().after_done);
    EXPECT_EQ(greeting().audio, said()) << "what was said ended with response.done";
  }
}

TEST_P(FakeOpenAiNamedFault, IsSeenOnTheWire) {
  Fault struck = fault(GetParam());
  // A response's fault strikes the greeting but where it is about a cancel; a moment is one second on.
  if (struck.what->scope == FaultScope::moment) struck.at = 1s;
  converse(struck);

  check_session(GetParam());
  check_turns(GetParam());
  check_moment(GetParam());
  check_course(GetParam());
  check_ending(GetParam());
  check_audio(GetParam());
  check_deltas(GetParam());

  EXPECT_TRUE(known_) << GetParam() << " has no test";
}

TEST_F(FakeOpenAiNamedFaults, DamageAnyEventAndAnyFieldOfIt) {
  Fault everywhere = fault("no_event_id");
  everywhere.event = "";
  converse(everywhere);
  for (const Sent& sent : sent_) EXPECT_FALSE(sent.event.contains("event_id")) << sent.type;

  Fault usage = fault("null_field");
  usage.event = "response.done";
  usage.field = "response.output[0].content[0].transcript";
  session_.reset();
  facts_ = {};
  sent_.clear();
  converse(usage);
  EXPECT_TRUE(first("response.done")["response"]["output"][0]["content"][0]["transcript"].is_null());
}

std::vector<std::string> names_beyond_the_handshake() {
  std::vector<std::string> names;
  for (const NamedFault& named : named_faults()) {
    if (named.scope != FaultScope::handshake) names.emplace_back(named.name);
  }
  return names;
}
INSTANTIATE_TEST_SUITE_P(Each, FakeOpenAiNamedFault, testing::ValuesIn(names_beyond_the_handshake()),
                         [](const auto& named) { return named.param; });

}  // namespace
}  // namespace simulators::openai
