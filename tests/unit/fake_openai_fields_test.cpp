#include "tests/support/event_schema.hpp"
#include "tests/unit/fake_openai_test.hpp"

#include <set>

// Every client event with every field broken, generated from the schema: what the schema refuses, the fake
// refuses with the service's error, and the session lives on; what the schema takes, the fake takes.
namespace simulators::openai {
namespace {

using tests::EventSchema;

const EventSchema& schema(Dialect dialect) {
  static const std::string folder = LINECHECK_SOURCE_DIR "/tests/support/";
  static const EventSchema ga(folder + "openai_client_events.schema.json");
  static const EventSchema beta(folder + "openai_beta_client_events.schema.json",
                                folder + "openai_client_events.schema.json");
  return dialect == Dialect::beta ? beta : ga;
}

struct Broken {
  enum class How { value, missing, unknown } how;
  std::string path;  // of the field, as `param` names it
  tests::Json event;
};

/// Three bytes each.
std::string snowmen(std::size_t count) {
  std::string text;
  for (std::size_t i = 0; i < count; ++i) text += "\xE2\x98\x83";
  return text;
}

const std::vector<tests::Json>& candidates() {
  using tests::Json;
  static const std::vector<Json> values = {nullptr,
                                           true,
                                           -1,
                                           7,
                                           1'000'000'000'000'000,
                                           1.5,
                                           "nonsense \xE2\x98\x83",
                                           std::string(600, 'x'),
                                           snowmen(300),
                                           Json::array(),
                                           Json::array({7}),
                                           Json::object(),
                                           Json{{"a", 7}}};
  return values;
}

/// Breaks what is at `where` (path: its name) in every way, and everything inside.
void break_at(const tests::Json& event, const tests::Json::json_pointer& where, const std::string& path,
              std::vector<Broken>& out) {
  const tests::Json here = event.at(where);
  if (!path.empty()) {
    for (const tests::Json& value : candidates()) {
      tests::Json changed = event;
      changed[where] = value;
      out.push_back({Broken::How::value, path, std::move(changed)});
    }
  }
  if (here.is_array()) {
    for (std::size_t i = 0; i < here.size(); ++i)
      break_at(event, where / i, path + "[" + std::to_string(i) + "]", out);
  }
  if (!here.is_object()) return;
  const auto inside = [&](const std::string& key) { return path.empty() ? key : path + "." + key; };
  tests::Json extended = event;
  extended[where / "bogus_field"] = "x";
  out.push_back({Broken::How::unknown, inside("bogus_field"), std::move(extended)});
  for (const auto& [key, unused] : here.items()) {
    if (path.empty() && key == "type") continue;  // another event, not a broken one
    tests::Json shortened = event;
    shortened.at(where).erase(key);
    out.push_back({Broken::How::missing, inside(key), std::move(shortened)});
    break_at(event, where / key, inside(key), out);
  }
}

bool about_a_field(const std::string& code) {
  return code == "invalid_type" || code == "unknown_parameter" || code == "missing_required_parameter" ||
         code.find("_min_value") != std::string::npos || code.find("_max_") != std::string::npos;
}

class FakeOpenAiFields : public FakeSessionTest, public testing::WithParamInterface<Dialect> {
 protected:
  FakeOpenAiFields() { dialect_ = GetParam(); }
  const EventSchema& schema() const { return simulators::openai::schema(dialect_); }
  /// What a fresh session answers.
  std::optional<ErrorBody> answer_to(const tests::Json& event, const EventSchema::Event& kind) {
    model_ = "gpt-realtime-2.1";
    kind_ = kind.session.empty() ? SessionConfig::Kind::voice : SessionConfig::Kind::transcription;
    session_.reset();
    facts_ = {};
    open();
    pass(10ms);
    say(event.dump());
    if (facts_.errors_sent.empty()) return std::nullopt;
    const ErrorBody error = facts_.errors_sent.back().error;
    sent_.clear();
    say(R"({"type":"input_audio_buffer.clear"})");
    EXPECT_EQ(count("input_audio_buffer.cleared"), 1U) << "the session lives on";
    return error;
  }
  void expect_refused(const Broken& broken, const EventSchema::Event& kind) {
    const auto error = answer_to(broken.event, kind);
    ASSERT_TRUE(error) << "taken: " << broken.path << " of " << broken.event;
    EXPECT_EQ(error->type, "invalid_request_error");
    if (broken.how == Broken::How::value) {
      EXPECT_TRUE(about_a_field(error->code) || error->code == "invalid_value") << error->code;
      const bool inside = error->param.starts_with(broken.path);
      const bool the_list = broken.path.starts_with(error->param + "[");  // modalities are judged as a whole
      EXPECT_TRUE(inside || the_list) << error->param << " for " << broken.path << " of " << broken.event;
    } else {
      const bool missing = broken.how == Broken::How::missing;
      EXPECT_EQ(error->code, missing ? "missing_required_parameter" : "unknown_parameter") << broken.event;
      EXPECT_EQ(error->param, broken.path);
    }
  }
};

INSTANTIATE_TEST_SUITE_P(Of, FakeOpenAiFields, testing::Values(Dialect::ga, Dialect::beta),
                         [](const auto& its) {
                           return std::string(its.param == Dialect::beta ? "TheBetaApi" : "TheApi");
                         });

TEST_P(FakeOpenAiFields, AreEachRefusedWhenBrokenAndTakenWhenTheSchemaTakesThem) {
  std::size_t refused = 0;
  for (const EventSchema::Event& kind : schema().events()) {
    for (const tests::Json& example : kind.examples) {
      ASSERT_EQ(EventSchema::wrong_with(example, kind), "");
      std::vector<Broken> all;
      break_at(example, tests::Json::json_pointer(), "", all);
      for (const Broken& broken : all) {
        if (!EventSchema::wrong_with(broken.event, kind).empty()) {
          ++refused;
          expect_refused(broken, kind);
        } else if (const auto error = answer_to(broken.event, kind)) {
          EXPECT_FALSE(about_a_field(error->code)) << error->message << " for " << broken.event;
        }
      }
    }
  }
  EXPECT_GT(refused, 1000U);
}

TEST_P(FakeOpenAiFields, AreAllInAnExampleOfTheSchema) {
  for (const EventSchema::Event& kind : schema().events()) {
    std::set<std::string> shown;
    for (const EventSchema::Event& other : schema().events()) {
      if (other.type != kind.type) continue;
      for (const tests::Json& example : other.examples) {
        for (const std::string& field : tests::fields_in(example)) shown.insert(field);
      }
    }
    for (const auto& [field, unused] : schema().fields(kind)) {
      EXPECT_TRUE(shown.contains(field)) << kind.type << " " << field;
    }
  }
}

TEST_P(FakeOpenAiFields, AnEventIdHasAtMost512Characters) {
  open();
  pass(10ms);

  say(R"({"type":"input_audio_buffer.clear","event_id":")" + std::string(513, 'x') + R"("})");

  EXPECT_EQ(last_error(),
            "string_above_max_length: Invalid 'event_id': string too long. Expected a string with maximum "
            "length 512, but got a string with length 513 instead.");

  for (const auto& [id, errors] : {std::pair(std::string(513, 'x'), 2U), std::pair(snowmen(512), 2U)}) {
    say(R"({"type":"input_audio_buffer.append","audio":"AAAA","event_id":")" + id + R"("})");
    EXPECT_EQ(facts_.errors_sent.size(), errors) << "characters are counted, of appends as well";
  }
  EXPECT_EQ(facts_.appends.size(), 1U);
}

}  // namespace
}  // namespace simulators::openai
