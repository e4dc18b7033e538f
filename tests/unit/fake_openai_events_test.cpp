#include "simulators/openai/codec.hpp"
#include "simulators/openai/server_events.hpp"
#include "tests/support/event_schema.hpp"
#include "tests/unit/fake_openai_test.hpp"

#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

// Conversations in which the fake sends every event that it has, with every field: each is held to the
// catalogue of recorded shapes, and what was seen is what docs/openai-events.md says.
namespace simulators::openai {
namespace {

using tests::EventSchema;

const EventSchema& server_schema() {
  static const EventSchema read(LINECHECK_SOURCE_DIR "/tests/support/openai_server_events.schema.json");
  return read;
}
const EventSchema& client_schema() {
  static const EventSchema read(LINECHECK_SOURCE_DIR "/tests/support/openai_client_events.schema.json");
  return read;
}

const std::string kUserText =
    R"({"type":"message","role":"user","content":[{"type":"input_text","text":"hi"}]})";

class FakeOpenAiEvents : public FakeSessionTest {
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
      if (sent.type == "conversation.item.done") ids.insert(sent.event["item"]["id"].get<std::string>());
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
  void show_items() {
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
    ask(R"({"output_modalities":["text"]})");
    ask(R"({"max_output_tokens":3})");
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
    phone(R"("transcription":{"model":"whisper-1"})");
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
  void show_all() {
    show_settings();
    show_items();
    show_servers();
    show_turns();
    show_failures();
    dialect_ = Dialect::azure;
    fresh();
    ask();
    ask(R"({"output_modalities":["text"]})");
    dialect_ = Dialect::ga;
  }
  /// Fields that were seen, by type of the event.
  std::map<std::string, std::set<std::string>> seen() const {
    std::map<std::string, std::set<std::string>> found;
    for (const Json& event : everything_) {
      auto& fields = found[event["type"].get<std::string>()];
      for (const std::string& field : tests::fields_in(tests::Json::parse(event.dump())))
        fields.insert(field);
    }
    return found;
  }
};

TEST_F(FakeOpenAiEvents, HaveTheShapesThatWereRecorded) {
  show_all();

  for (const Json& event : everything_) {
    EXPECT_EQ(server_schema().wrong_with(tests::Json::parse(event.dump())), "");
  }
}

TEST_F(FakeOpenAiEvents, AreAllSentWithAllTheirFieldsAndTheOthersNever) {
  show_all();
  const auto found = seen();

  for (const EventSchema::Event& event : server_schema().events()) {
    const auto fields = found.find(event.type);
    EXPECT_EQ(fields == found.end(), !event.unsupported.empty()) << event.type;
    if (fields == found.end()) continue;
    for (const auto& [field, unused] : server_schema().fields(event)) {
      EXPECT_TRUE(fields->second.contains(field)) << event.type << ": " << field;
    }
  }
}

TEST(FakeOpenAiEventTypes, AreThoseOfTheCatalogue) {
  std::vector<std::string_view> catalogue;
  for (const EventSchema::Event& event : server_schema().events()) {
    if (event.unsupported.empty()) catalogue.push_back(event.type);
  }
  EXPECT_THAT(server_event_types(), testing::ElementsAreArray(catalogue));

  std::set<std::string> changed{"transcription_session.created", "transcription_session.updated"};
  for (const std::string_view type : server_event_types()) {
    if (const std::string name = beta_name(type); !name.empty() && name != type) changed.insert(name);
  }
  const auto beta = beta_server_event_types();
  EXPECT_EQ(std::set<std::string>(beta.begin(), beta.end()), changed);
}

void list(std::ostream& out, const EventSchema& schema, const EventSchema::Event& event) {
  out << "| field | holds |\n| --- | --- |\n";
  for (const auto& [field, words] : schema.fields(event)) {
    out << "| `" << field << "` | " << (words.empty() ? "object" : words) << " |\n";
  }
  out << "\n";
}

std::string document(const std::map<std::string, std::set<std::string>>& found) {
  std::ostringstream out;
  out << "# The fake OpenAI's events\n\n"
         "Generated by the tests (`fake_openai_events_test`). Of the client's events each field was broken "
         "in every way "
         "(those of `input[]` and of a response's `tools[]` where an item and a session hold them) and "
         "refused with "
         "the service's error. The server's events were sent by the fake, with every field, in the recorded "
         "shapes; those of MCP, which nobody has recorded, in the documentation's. "
         "`[]`: of each element. At the URL of Azure's preview "
         "(`/openai/realtime?api-version=...&deployment=...`) "
         "names and shapes are those of the beta API, `transcription_session.update` among them. "
         "`audio.output.speed` is taken and echoed; what the model "
         "says is the script's sound, at the speed that it has there.\n\n"
         "`session.created` comes first, 4 ms after the upgrade, and requests are answered in their order: "
         "what a "
         "client sends before, or while a `session.updated` is due, waits for it. Appended audio does not "
         "wait for "
         "an update unless a request that does came before it, and what comes of it (`speech_started` and so "
         "on) keeps no order with answers. Nor does a "
         "response: `response.create` is taken in its turn, its events come when they are due, and what was "
         "asked "
         "for later may be answered before them.\n\n"
         "Where the client is that of Azure (`api: azure`, or the preview's URL), the model of a "
         "transcription "
         "is the name of a deployment, and so any text; and no `rate_limits.updated` follows a response of "
         "Azure's.\n\n"
         "## Not supported\n\n| event | why |\n| --- | --- |\n";
  for (const auto& event : server_schema().events()) {
    if (!found.contains(event.type)) out << "| `" << event.type << "` | " << event.unsupported << " |\n";
  }
  out << "| `session.input_audio_buffer.append`, `output_audio_buffer.clear` | translation; WebRTC and SIP "
         "only |\n"
         "\n## What a client may send\n\n";
  for (const auto& event : client_schema().events()) {
    out << "### `" << event.type << "`"
        << (event.session.empty() ? "" : " in a " + event.session + " session") << "\n\n";
    list(out, client_schema(), event);
  }
  out << "## What the server sends\n\n";
  for (const auto& event : server_schema().events()) {
    if (!found.contains(event.type)) continue;
    out << "### `" << event.type << "`\n\n";
    list(out, server_schema(), event);
  }
  return out.str();
}

TEST_F(FakeOpenAiEvents, AreDocumentedAsTheyAre) {
  show_all();
  const std::string generated = document(seen());
  const std::filesystem::path made = std::filesystem::path(testing::TempDir()) / "openai-events.md";
  std::ofstream(made) << generated;

  std::ifstream committed(std::filesystem::path(LINECHECK_SOURCE_DIR) / "docs/openai-events.md");
  std::ostringstream text;
  text << committed.rdbuf();

  EXPECT_TRUE(text.str() == generated) << "docs/openai-events.md is stale: cp " << made.string() << " docs/";
}

}  // namespace
}  // namespace simulators::openai
