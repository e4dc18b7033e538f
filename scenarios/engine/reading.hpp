#pragma once
#include "runtime/audio/clip.hpp"
#include "scenarios/engine/clips.hpp"
#include "scenarios/engine/scenario.hpp"
#include "scenarios/engine/unread.hpp"
#include "scenarios/engine/yaml.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace scenarios::engine {

/// What the parts of the loader share while one scenario is read.
struct Reading {
  const Source& source;
  const Document& document;
  std::filesystem::path folder;
  ClipLibrary& clips;
  std::vector<Problem>& problems;
  std::uint64_t next_speech = 0;  // so that no two of `speech:` sound the same
  Looked looked = {};
};

/// One value of a document that follows the schema, with its place. Missing keys give the default.
class Field {
 public:
  Field(Reading& reading, const Json& json, std::string pointer)
      : reading_(&reading), json_(&json), pointer_(std::move(pointer)) {}

  Reading& reading() const { return *reading_; }
  /// All of it as it is; its entries count as read, unless some are asked for one by one.
  const Json& json() const {
    reading_->looked.taken.insert(pointer_);
    return *json_;
  }
  const std::string& pointer() const { return pointer_; }
  const Place& place() const { return reading_->document.place(pointer_); }
  void problem(std::string message, std::string hint = {}) const;
  /// The name that it holds is none of `known`: the nearest of them is the hint.
  void unknown(std::string message, const std::vector<std::string>& known) const;
  /// The same of what should be heard, which may be words that are to be spoken.
  void unknown_sound(std::string message, const std::vector<std::string>& known) const;

  bool is_text() const { return json_->is_string(); }
  bool is_map() const { return json_->is_object(); }
  bool is_list() const { return json_->is_array(); }
  bool has(std::string_view key) const {
    reading_->looked.asked.insert(child(pointer_, key));
    return json_->is_object() && json_->contains(key);
  }
  Field at(std::string_view key) const;
  /// A list's entries, or the one value that stands where a list could.
  std::vector<Field> each() const;

  std::string text() const { return json_->get<std::string>(); }
  std::string text(std::string_view key, std::string_view otherwise = "") const;
  bool flag(std::string_view key) const { return has(key) && (*json_)[std::string(key)].get<bool>(); }
  std::int64_t number(std::string_view key, std::int64_t otherwise = 0) const;
  Duration duration() const;
  Duration duration(std::string_view key, Duration otherwise = Duration(0)) const;
  std::optional<Duration> duration_if(std::string_view key) const;
  std::size_t size() const;

 private:
  Reading* reading_;
  const Json* json_;
  std::string pointer_;
};

/// `after:` of an entry names something that begins: one of `known`.
void check_moment(const Field& entry, const std::vector<std::string>& known);

/// A word of the language and what it stands for.
template <class T>
struct Word {
  std::string_view word;
  T value;
};
/// The schema has made sure that `text` is one of `words`.
template <class T, std::size_t N>
T choose(const std::string& text, const Word<T> (&words)[N]) {
  for (const auto& entry : words) {
    if (entry.word == text) return entry.value;
  }
  return words[0].value;
}

/// A clip, words, speech-like sound or a tone, as audio.
struct Sound {
  runtime::audio::Clip clip;
  std::string label;
  std::string transcript;
};
Sound read_sound(const Field& field);
/// The text of `field` in the voice of `lang`, or of its own writing system.
void read_aloud(const Field& field, const std::string& lang, int words_per_minute, Sound& sound);
/// `field`'s duration as audio that is held in memory, whole; an error when it is too long for that.
std::optional<runtime::Samples8k> sound_length(const Field& field);
/// By its name, with an error at `field` when there is none.
runtime::audio::Clip read_clip(const Field& field, const std::string& name);

// Each reads one part of a scenario and adds what is wrong to the problems.
/// Adds the recordings and tones that the caller waits for to `sounds`.
simulators::twilio::CallerScript read_caller(const Field& list,
                                             std::vector<simulators::twilio::KnownSound>& sounds);
/// The call as Twilio plans it, its line and its caller.
simulators::twilio::CallPlan read_plan(const Field& root);
/// Twilio's own manners.
void read_knobs(const Field& field, simulators::twilio::Knobs& knobs);
/// Nothing is meant to happen when the limit is over, and nobody waits for more of a sound than there is.
void check_times(const Field& root, const Scenario& scenario);
/// Every tool that expectations and rules name is one that can be called.
void check_tool_names(const Field& root, const Scenario& scenario);
/// Every caller knows the model's replies by their names.
void make_replies_known(Scenario& scenario);
/// Every caller who waits for one of `others` to speak knows what that one says first.
void make_others_known(Scenario& scenario);
/// What becomes of ringing somebody: the key `outcome`.
simulators::twilio::Outcome read_outcome(const Field& field);
/// Whom a `<Dial>` reaches, in the order of their names.
std::vector<simulators::twilio::ThirdParty> read_others(const Field& map,
                                                        std::vector<simulators::twilio::KnownSound>& sounds);
simulators::openai::Script read_model(const Field& list);
simulators::openai::Reply read_reply(const Field& field);
simulators::openai::Pace read_pace(const Field& field);
simulators::openai::ErrorBody read_error(const Field& field);
/// `none`: an empty close frame.
std::uint16_t read_close_code(const Field& field, std::string_view key);
void read_calls(const Field& root, Scenario& scenario);
/// What real time leaves to the sockets: the window between Twilio and the bridge.
void read_window(const Field& line, Scenario& scenario);
void read_openai(const Field& field, Scenario& scenario);
void read_open_points(const Field& field, simulators::openai::OpenPoints& points);
void teach_sounds(Scenario& scenario);
void read_conditions(const Field& field, LineConditions& line);
void read_faults(const Field& list, Scenario& scenario);
/// `alert:` of an expectation.
AlertCheck read_alert_check(const Field& field);
/// `alerts:` of the scenario.
std::vector<ExpectedAlert> read_alerts(const Field& list);
Expectation expected_alerts(const Field& list, std::vector<ExpectedAlert> alerts);
std::vector<VisitorPlan> read_visitors(const Field& list);
VisitorCheck read_visitor_check(const Field& field, const std::vector<VisitorPlan>& visitors);
void read_bridge(const Field& field, Scenario& scenario);
BridgeCheck read_bridge_check(const Field& field, const BridgePlan& plan);
std::vector<HttpServerPlan> read_http(const Field& map);
/// Every `$http.NAME.url` below `field` has its server.
void check_http_references(const Field& field);
HttpReceivedCheck read_http_received(const Field& field);
TwimlCheck read_twiml_check(const Field& field);
OrderCheck read_order_check(const Field& field, std::optional<std::size_t> call);
LogCheck read_log_check(const Field& field);

/// Names given by `as`, by what carries them.
struct Names {
  std::vector<std::string> steps, replies, faults, requests, events, visitors;
  std::vector<std::string> all() const;
};
Names names_of(const Scenario& scenario);
std::vector<Expectation> read_expectations(const Field& list, const Scenario& scenario, const Names& names);
/// Errors in a query, at their place inside of it: syntax, unknown metrics, labels and label values.
std::shared_ptr<const promql::Query> read_query(const Field& field);

}  // namespace scenarios::engine
