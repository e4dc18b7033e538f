#pragma once
#include "tests/support/event_schema.hpp"
#include "tests/unit/fake_openai_test.hpp"

#include <map>
#include <set>
#include <string>

namespace simulators::openai {

using tests::EventSchema;

inline const EventSchema& server_schema() {
  static const EventSchema read(LINECHECK_SOURCE_DIR "/tests/support/openai_server_events.schema.json");
  return read;
}
inline const EventSchema& client_schema() {
  static const EventSchema read(LINECHECK_SOURCE_DIR "/tests/support/openai_client_events.schema.json");
  return read;
}
/// What of beta's events is not GA's.
inline const EventSchema& beta_schema() {
  static const std::string folder = LINECHECK_SOURCE_DIR "/tests/support/openai_";
  static const EventSchema read(folder + "beta_client_events.schema.json",
                                folder + "client_events.schema.json");
  return read;
}

/// Fields that were seen, by type of the event, with the JSON types of their values.
using Seen = std::map<std::string, std::map<std::string, std::set<std::string>>>;

/// Conversations in which the fake sends every event that it has, with every field.
class ShownConversations : public FakeSessionTest {
 protected:
  void fresh(Behaviour behaviour = {}) {
    session_.reset();
    facts_ = {};
    sent_.clear();
    open(std::move(behaviour));
    pass(10ms);
  }
  void update(const std::string& fields) {
    say(R"({"type":"session.update","session":{"type":"realtime",)" + fields + "}}");
    pass(10ms);
  }
  void phone(const std::string& input) {
    update(R"("audio":{"input":{"format":{"type":"audio/pcmu"},)" + input +
           R"(},"output":{"format":{"type":"audio/pcmu"}}})");
  }
  void ask(const std::string& overrides = "{}") {
    say(R"({"type":"response.create","response":)" + overrides + "}");
    pass(5s);
  }
  void create(const std::string& item) { say(R"({"type":"conversation.item.create","item":)" + item + "}"); }
  void retrieve_all() {
    std::set<std::string> ids;
    for (const Sent& sent : sent_) {
      if (sent.type == "conversation.item.done" || sent.type == "conversation.item.created")
        ids.insert(sent.event["item"]["id"].get<std::string>());
    }
    for (const std::string& id : ids) {
      say(R"({"type":"conversation.item.retrieve","item_id":")" + id + R"("})");
    }
  }

  /// A session that begins with these settings, and one that gets them later.
  void show(const std::string& settings) {
    initial_ = Json::parse(settings);
    fresh();
    initial_ = nullptr;
    fresh();
    say(R"({"type":"session.update","session":)" + settings + "}");
    pass(10ms);
    EXPECT_TRUE(facts_.errors_sent.empty()) << last_error();
  }
  void show_settings() {
    const std::string heard =
        R"("format":{"type":"audio/pcmu"},"noise_reduction":{"type":"near_field"},"transcription":{"model":)"
        R"("gpt-4o-transcribe","languages":["en"],"keywords":["k"],"delay":"low"},"turn_detection":)";
    const std::string include = R"("include":["item.input_audio_transcription.logprobs"],)";
    model_ = "gpt-realtime-2.1";
    for (const tests::Json& example : client_schema().events().front().examples)
      show(example["session"].dump());
    show(
        R"({"type":"realtime",)" + include +
        R"("tools":[{"type":"function","name":"f","description":"d","parameters":{}},{"type":"mcp",)"
        R"("server_label":"s","server_url":"https://example.com","require_approval":"never"}],)"
        R"("tool_choice":{"type":"function","name":"f"},"parallel_tool_calls":true,"reasoning":{"effort":"low"},)"
        R"("truncation":{"type":"retention_ratio","retention_ratio":0.8,"token_limits":{"post_instructions":800}},)"
        R"("prompt":{"id":"p","version":"1","variables":{}},"tracing":{"workflow_name":"w","group_id":"g",)"
        R"("metadata":{}},"audio":{"input":{)" +
        heard + R"({"type":"semantic_vad"}},"output":{"voice":{"id":"voice_1"}}}})");
    ask(R"({"metadata":{"topic":"x"},"audio":{"output":{"voice":{"id":"voice_2"}}}})");
    create(R"({"type":"message","role":"user","content":[{"type":"input_text","text":"hi"}]})");
    ask(R"({"tool_choice":"none"})");
    retrieve_all();
    kind_ = SessionConfig::Kind::transcription;
    for (const char* detection : {R"({"type":"semantic_vad"})", R"({"type":"server_vad"})"}) {
      show(R"({"type":"transcription",)" + include + R"("audio":{"input":{)" + heard + detection + "}}}");
    }
    kind_ = SessionConfig::Kind::voice;
  }
  /// `text_only`: what asks for an answer in writing.
  void show_items(const std::string& text_only) {
    model_ = "gpt-realtime";
    Rule& answer = rule(When::Kind::any);
    answer.every_time = true;
    answer.reply.outputs = {spoken(1s), ToolCall{"look", R"({"at":"it"})"}};
    fresh();
    create(
        R"({"type":"message","role":"user","content":[{"type":"input_text","text":"hi"},{"type":"input_audio",)"
        R"("audio":"AAAA"},{"type":"input_image","image_url":"data:,","detail":"low"}]})");
    create(R"({"type":"message","role":"system","content":[{"type":"input_text","text":"Be nice."}]})");
    create(R"({"type":"message","role":"assistant","content":[{"type":"output_text","text":"Hello."}]})");
    create(R"({"type":"function_call","name":"f","arguments":"{}","call_id":"call_1"})");
    create(R"({"type":"function_call_output","call_id":"call_1","output":"12"})");
    create(R"({"type":"mcp_approval_response","approval_request_id":"m","approve":true,"reason":"r"})");
    ask();
    const std::string item = facts_.responses.at(0).items.at(0).id;
    say(R"({"type":"conversation.item.truncate","item_id":")" + item +
        R"(","content_index":0,"audio_end_ms":50})");
    retrieve_all();
    say(R"({"type":"conversation.item.delete","item_id":")" + item + R"("})");
    ask(text_only);
    ask(R"({"max_output_tokens":3})");
    Behaviour documented;
    documented.open_points.retrieved_audio = OpenPoints::AudioPart::audio;
    fresh(documented);
    ask();
    retrieve_all();
    model_ = "gpt-realtime-2.1";
    fresh();
    ask();
    model_ = "gpt-realtime";
    script_.rules.clear();
  }
  /// Servers of tools: one that answers, one that cannot be reached; calls that come back, fail, and ask
  /// first.
  void show_servers() {
    Behaviour behaviour;
    behaviour.mcp_servers["files"].tools = {"read", "write"};
    behaviour.mcp_servers["gone"].unreachable = true;
    rule(When::Kind::greeting).reply.outputs = {
        McpCall{"files", "read", R"({"path":"/menu"})", "soup", std::nullopt, 300ms},
        McpCall{"files", "write", "{}", "", "read-only", 300ms}, McpApproval{"files", "write", "{}"}};
    Rule& allowed = rule(When::Kind::tool_result);
    allowed.when.tool = "write";
    allowed.reply.outputs = {McpCall{"files", "write", "{}", "done", std::nullopt, 300ms}, spoken(1s)};
    fresh(behaviour);
    update(R"("tools":[{"type":"mcp","server_label":"files","server_url":"https://example.com",)"
           R"("require_approval":"never"},{"type":"mcp","server_label":"gone",)"
           R"("server_url":"https://example.com/gone"}])");
    pass(1s);
    ask();
    create(R"({"type":"mcp_approval_response","approve":true,"approval_request_id":")" +
           facts_.responses.at(0).items.at(2).id + R"("})");
    ask();
    retrieve_all();
    script_.rules.clear();
  }
  void show_turns() {
    for (const char* model : {"whisper-1", "gpt-4o-transcribe", "gpt-4o-transcribe-diarize"}) {
      fresh();
      update(R"("include":["item.input_audio_transcription.logprobs"])");
      phone(R"("transcription":{"model":")" + std::string(model) +
            R"(","languages":["en"],"keywords":["k"],"delay":"low"},"turn_detection":{"type":"server_vad",)" +
            R"("silence_duration_ms":200,"idle_timeout_ms":5000})");
      caller_speaks(500ms);
      pass(5s);
      retrieve_all();
      append(silence(15s));  // longer than any answer and the timeout
      pass(5s);
      say(R"({"type":"input_audio_buffer.clear"})");
    }
  }
  void show_failures() {
    Behaviour deaf;
    deaf.transcription.outcome = InputTranscription::Outcome::failed;
    rule(When::Kind::greeting).reply.ending = Failed{};
    fresh(deaf);
    ask();
    if (dialect_ == Dialect::beta) {
      beta_phone("whisper-1");
    } else {
      phone(R"("transcription":{"model":"whisper-1"})");
    }
    caller_speaks(500ms);
    pass(5s);
    ask();
    say(R"({"type":"response.create"})");
    pass(100ms);
    say(R"({"type":"response.cancel"})");
    say(R"({"type":"nope","event_id":"mine"})");
    pass(1s);
    script_.rules.clear();
  }
  void beta_phone(const std::string& transcriber) {
    say(R"({"type":"session.update","session":{"input_audio_format":"g711_ulaw","output_audio_format":)"
        R"("g711_ulaw","include":["item.input_audio_transcription.logprobs"],"turn_detection":{"type":)"
        R"("server_vad","silence_duration_ms":200},"input_audio_transcription":{"model":")" +
        transcriber + R"("}}})");
    pass(10ms);
  }
  /// Azure's preview: settings, items, turns, a session that transcribes only, failures.
  void show_beta() {
    dialect_ = Dialect::beta;
    fresh();
    for (const EventSchema::Event& event : beta_schema().events()) {
      for (const tests::Json& example : event.examples) {
        if (event.type == "session.update") say(example.dump());
      }
    }
    show_items(R"({"modalities":["text"]})");
    fresh();
    for (const char* transcriber : {"whisper-1", "gpt-4o-transcribe-diarize"}) {
      beta_phone(transcriber);
      caller_speaks(500ms);
      pass(5s);
      retrieve_all();
    }
    append(silence(1s));
    say(R"({"type":"input_audio_buffer.clear"})");
    show_failures();
    kind_ = SessionConfig::Kind::transcription;
    fresh();
    for (const EventSchema::Event& event : beta_schema().events()) {
      for (const tests::Json& example : event.examples) {
        if (!event.session.empty()) say(example.dump());
      }
      pass(10ms);
    }
    kind_ = SessionConfig::Kind::voice;
    dialect_ = Dialect::ga;
  }
  void show_all() {
    show_settings();
    show_items(R"({"output_modalities":["text"]})");
    show_servers();
    show_turns();
    show_failures();
    dialect_ = Dialect::azure;
    fresh();
    ask();
    ask(R"({"output_modalities":["text"]})");
    dialect_ = Dialect::ga;
  }
  Seen seen() const {
    Seen found;
    for (const Json& event : everything_) {
      auto& fields = found[event["type"].get<std::string>()];
      for (auto& [field, kinds] : tests::kinds_in(tests::Json::parse(event.dump())))
        fields[field].merge(kinds);
    }
    return found;
  }
};

}  // namespace simulators::openai
