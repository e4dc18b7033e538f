#pragma once
#include "tests/unit/fake_openai_test.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace simulators::openai {

/// One and the same conversation with a fault in it: the model greets, the caller speaks for a second, and
/// the model's answer is cancelled in its midst.
class FakeOpenAiNamedFaults : public FakeSessionTest {
 protected:
  Fault fault(std::string_view name) {
    Fault made;
    made.what = find_fault(name);
    EXPECT_NE(made.what, nullptr) << name;
    return made;
  }
  void converse(const Fault& struck) {
    Behaviour behaviour;
    behaviour.faults.push_back(struck);
    if (!begins_later(struck)) apply(struck, behaviour);
    refusal_ = behaviour.refusal;
    upgrade_after_ = behaviour.upgrade_after;
    rule(When::Kind::greeting, "hello").reply.outputs = {spoken(3s)};
    rule(When::Kind::any, "answer").reply.outputs = {spoken(4s)};
    script_.rules.back().every_time = true;
    open(behaviour);
    pass(10ms);
    say(R"({"type":"session.update","session":{"type":"realtime","audio":{"input":{"format":{"type":"audio/pcmu"},)"
        R"("transcription":{"model":"whisper-1"},"turn_detection":{"type":"server_vad","silence_duration_ms":200}},)"
        R"("output":{"format":{"type":"audio/pcmu"}}}}})");
    pass(10ms);
    say(R"({"type":"response.create"})");
    pass(8s);
    caller_speaks(1s);
    pass(550ms);
    say(R"({"type":"response.cancel"})");
    pass(15s);
  }
  void converse(std::string_view name) { converse(fault(name)); }

  runtime::Duration time_of(std::string_view type, std::size_t nth = 0) const {
    for (const Sent& sent : sent_) {
      if (sent.type == type && nth-- == 0) return sent.at;
    }
    return -1s;
  }
  std::size_t index_of(std::string_view type) const {
    for (std::size_t i = 0; i < sent_.size(); ++i) {
      if (sent_[i].type == type) return i;
    }
    return sent_.size();
  }
  std::size_t deltas() const { return count(kDelta); }
  /// Of the greeting.
  const ResponseFacts& greeting() const { return facts_.responses.at(0); }
  const ResponseFacts& answer() const { return facts_.responses.at(1); }
  std::size_t bytes_of_delta(std::size_t nth) const {
    for (const Sent& sent : sent_) {
      if (sent.type == kDelta && nth-- == 0)
        return runtime::base64_decode(sent.event["delta"].get<std::string>()).value_or("").size();
    }
    return 0;
  }
  std::string said() const { return spoken(3s).mulaw; }
  std::string done_reason() const {
    const Json& details = first("response.done")["response"]["status_details"];
    if (details.is_null()) return "none";
    return details["type"] == "failed" ? details["error"]["code"].get<std::string>()
                                       : details["reason"].get<std::string>();
  }
  std::string refused_with() const {
    if (!refusal_) return "not refused";
    if (const auto* status = std::get_if<RefuseWithStatus>(&*refusal_)) return std::to_string(status->status);
    const auto& after = std::get<RefuseAfterUpgrade>(*refusal_);
    return after.error.code + " " + std::to_string(after.close_code);
  }

  static constexpr std::string_view kDelta = "response.output_audio.delta";
  static constexpr std::string_view kTranscribed = "conversation.item.input_audio_transcription.completed";
  static constexpr std::string_view kDone = "response.done";
  std::optional<Refusal> refusal_;
  runtime::Duration upgrade_after_{0};
};

}  // namespace simulators::openai
