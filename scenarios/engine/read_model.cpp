#include "runtime/audio/synth.hpp"
#include "scenarios/engine/reading.hpp"
#include "simulators/openai/close_codes.hpp"
#include "simulators/openai/fault.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <utility>

namespace scenarios::engine {
namespace {

namespace openai = simulators::openai;
using Kind = openai::When::Kind;
using Cancel = openai::Faults::Cancel;
using openai::AudioFormat;
using At = openai::Moment::At;

constexpr Word<Kind> kKinds[] = {{"anything", Kind::any},
                                 {"greeting", Kind::greeting},
                                 {"caller_finished", Kind::caller_finished},
                                 {"text", Kind::text},
                                 {"tool_result", Kind::tool_result},
                                 {"again", Kind::again},
                                 {"out_of_band", Kind::out_of_band}};
constexpr Word<Cancel> kCancels[] = {
    {"as_usual", Cancel::confirmed}, {"never", Cancel::unconfirmed}, {"ignored", Cancel::ignored}};
constexpr Word<AudioFormat> kWireFormats[] = {
    {"pcm", AudioFormat::pcm}, {"pcmu", AudioFormat::pcmu}, {"pcma", AudioFormat::pcma}};
constexpr Word<openai::Happening> kHappenings[] = {
    {"unknown", openai::UnknownEvent{}},   {"malformed", openai::MalformedJson{}},
    {"empty_delta", openai::EmptyDelta{}}, {"abort", openai::AbortConnection{}},
    {"half_open", openai::HalfOpen{}},     {"stop_reading", openai::StopReading{}}};
constexpr Word<At> kMoments[] = {
    {"created", At::created}, {"first_audio", At::first_audio}, {"done", At::done}};

/// What everybody in the scenario does: its caller, those of `calls:` and the people of `others:`.
std::vector<Json> all_steps(const Json& scenario) {
  std::vector<Json> steps;
  const auto add = [&steps](const Json& of, const char* key) {
    const auto list = of.is_object() ? of.value(key, Json()) : Json();
    if (list.is_array()) steps.insert(steps.end(), list.begin(), list.end());
  };
  add(scenario, "caller");
  for (const auto& call : scenario.value("calls", Json())) add(call, "caller");
  for (const auto& other : scenario.value("others", Json())) {
    add(other, "steps");
    steps.push_back(other);  // `say:` without steps
  }
  return steps;
}

/// Whoever writes a step's name awaits these very words, which nobody says.
void check_no_step(const Field& heard) {
  if (!heard.has("text")) return;
  const auto words_of = [](const Json& step) {
    const auto says = step.is_object() ? step.value("say", Json()) : Json();
    return says.is_object() ? says.value("text", Json()) : Json();
  };
  const auto steps = all_steps(heard.reading().document.json);
  if (std::ranges::any_of(steps, [&](const Json& step) { return words_of(step) == heard.text("text"); }))
    return;
  for (const auto& step : steps) {
    if (!step.is_object() || step.value("as", Json()) != heard.text("text")) continue;
    const auto words = words_of(step);
    heard.at("text").problem("'" + heard.text("text") + "' is a step's name, and here stands what is said",
                             words.is_string() ? "write its words: text: " + words.dump()
                                               : "write what the step says: clip: ..., or text: ...");
    return;
  }
}

openai::When read_when(const Field& field) {
  openai::When when;
  if (field.is_text()) {
    when.kind = choose(field.text(), kKinds);
    return when;
  }
  if (field.has("heard")) {
    when.kind = Kind::heard;
    check_no_step(field.at("heard"));
    when.sound = read_sound(field.at("heard")).clip.mulaw;
  } else if (field.has("tool_result")) {
    when.kind = Kind::tool_result;
    when.tool = field.text("tool_result");
  } else if (field.has("caller_finished")) {
    when.kind = Kind::caller_finished;
    when.nth = static_cast<std::size_t>(field.number("caller_finished"));
  } else {
    when.kind = Kind::text;
    when.exact = field.has("exactly");
    when.text = field.text(when.exact ? "exactly" : "text");
  }
  return when;
}

bool has_sound(const Field& field) {
  return field.has("clip") || field.has("text") || field.has("speech") || field.has("tone") ||
         field.has("noise");
}

/// What the entries of one output have in common cannot be said by the schema: at most one kind of content.
void check_one_content(const Field& field) {
  std::string first;
  for (const std::string_view key :
       {"clip", "text", "speech", "tone", "noise", "silence", "written", "tool"}) {
    if (!field.has(key)) continue;
    if (!first.empty()) {
      field.at(key).problem("'" + first + "' and '" + std::string(key) + "' are two answers",
                            "put the second one into 'then'");
      return;
    }
    first = key;
  }
}

/// Of a tool that the client has, or, with `server`, of one that the service calls itself.
openai::Output read_call(const Field& field) {
  const std::string name = field.text("tool");
  const std::string arguments = field.has("with") ? field.at("with").json().dump() : "{}";
  if (!field.has("server")) return openai::ToolCall{name, arguments};
  if (field.has("result") && field.has("fails"))
    field.at("fails").problem("'result' and 'fails' are two outcomes of one call", "keep one");
  const std::string server = field.text("server");
  if (field.text("approval") == "asked") {
    for (const char* outcome : {"result", "fails", "takes"}) {
      if (field.has(outcome))
        field.at(outcome).problem("a call that waits for an approval has no outcome yet",
                                  "a rule 'when: {tool_result: " + name + "}' answers the approval");
    }
    return openai::McpApproval{server, name, arguments};
  }
  openai::McpCall call{server, name, arguments, field.text("result"), std::nullopt};
  if (field.has("fails")) call.error = field.text("fails");
  call.takes = field.duration("takes", call.takes);
  return call;
}

void read_outputs(const Field& field, std::vector<openai::Output>& outputs, openai::Faults& faults) {
  check_one_content(field);
  const std::string audio = field.text("audio");
  if (audio == "undecodable") faults.undecodable.emplace();
  if (field.has("tool")) {
    outputs.push_back(read_call(field));
  } else if (field.has("written")) {
    outputs.push_back(openai::TextOnly{field.text("written")});
  } else if (audio == "none") {
    if (has_sound(field))
      field.at("audio").problem("'audio: none' beside a sound", "give its words as 'transcript'");
    outputs.push_back(openai::TranscriptOnly{field.text("transcript", "(nothing)")});
  } else if (field.has("silence")) {
    const auto length = std::chrono::duration_cast<runtime::Samples8k>(field.duration("silence"));
    outputs.push_back(
        openai::Speech{runtime::audio::silence(length).mulaw, field.text("transcript", "(silence)")});
  } else if (has_sound(field)) {
    Sound sound = read_sound(field);
    outputs.push_back(
        openai::Speech{std::move(sound.clip.mulaw), field.text("transcript", sound.transcript)});
  } else if (field.has("transcript")) {
    constexpr int kWordsPerMinute = 175;
    Sound sound;
    read_aloud(field.at("transcript"), field.text("lang"), kWordsPerMinute, sound);
    outputs.push_back(openai::Speech{std::move(sound.clip.mulaw), sound.transcript});
  } else if (audio == "undecodable") {
    field.at("audio").problem("'audio: undecodable' without a sound", "add 'speech: 3s'");
  }
}

/// What is written down of the caller's turn.
openai::Transcribed read_transcribed(const Field& field) {
  using Outcome = openai::Transcribed::Outcome;
  constexpr auto kLate = std::chrono::seconds(8);  // as the fault transcription_late
  openai::Transcribed transcribed;
  if (field.is_text()) {
    if (field.text() == "failed") transcribed.outcome = Outcome::failed;
    if (field.text() == "absent") transcribed.outcome = Outcome::absent;
    if (field.text() == "late") transcribed.after = kLate;
    return transcribed;
  }
  if (field.flag("failed")) transcribed.outcome = Outcome::failed;
  transcribed.text = field.text("text");
  transcribed.after = field.duration_if("after");
  if (field.flag("failed") && field.has("text"))
    field.at("text").problem("a transcription that fails says nothing", "keep 'text' or 'failed'");
  return transcribed;
}

openai::Insertion read_insertion(const Field& field) {
  openai::Insertion insertion;
  insertion.moment.at = choose(field.text("at", "created"), kMoments);
  if (field.has("after_audio")) {
    insertion.moment.at = At::after_audio;
    insertion.moment.audio = field.duration("after_audio");
  }
  if (field.has("after_deltas")) {
    insertion.moment.at = At::after_deltas;
    insertion.moment.deltas = static_cast<std::size_t>(field.number("after_deltas"));
  }
  insertion.moment.before = field.flag("before");
  if (field.has("error")) insertion.what = openai::ErrorEvent{read_error(field.at("error"))};
  if (field.has("close")) insertion.what = openai::CloseConnection{read_close_code(field, "close"), ""};
  if (field.has("event")) insertion.what = choose(field.text("event"), kHappenings);
  return insertion;
}

void read_ending(const Field& field, openai::Reply& reply) {
  const std::string ends = field.text("ends", "completed");
  if (field.has("error") && ends != "failed") field.at("error").problem("'error' belongs to 'ends: failed'");
  if (ends == "failed") {
    openai::Failed failed;
    if (field.has("error")) failed.error = read_error(field.at("error"));
    reply.ending = std::move(failed);
  }
  if (field.has("because") && ends != "incomplete")
    field.at("because").problem("'because' belongs to 'ends: incomplete'");
  if (ends == "incomplete") reply.ending = openai::Incomplete{field.text("because", "max_output_tokens")};
  if (ends == "never") reply.faults.never_ends = true;
  if (ends == "cancelled_at_birth") reply.ending = openai::CancelledAtBirth{true};
  if (ends == "cancelled_before_created") reply.ending = openai::CancelledAtBirth{false};
}

void read_reply_faults(const Field& field, openai::Faults& faults) {
  if (field.has("stall")) {
    const Field at = field.at("stall");
    openai::Stall stall;
    stall.after_audio = at.duration_if("after");
    if (at.has("after_deltas")) stall.after_deltas = static_cast<std::size_t>(at.number("after_deltas"));
    if (stall.after_audio && stall.after_deltas)
      at.problem("'after' and 'after_deltas' are two moments", "keep one");
    stall.lasts = at.duration_if("for");
    faults.stall = stall;
  }
  faults.created_later = field.duration("created_later");
  faults.first_audio_later = field.duration("first_audio_later");
  if (field.has("when_cancelled")) {
    const Field when = field.at("when_cancelled");
    faults.late_deltas_before_done = static_cast<std::size_t>(when.number("late_deltas_before_done"));
    faults.late_deltas_after_done = static_cast<std::size_t>(when.number("late_deltas_after_done"));
    faults.cancel = choose(when.text("confirm", "as_usual"), kCancels);
  }
  if (field.has("speaks_as")) faults.speak_as = choose(field.text("speaks_as"), kWireFormats);
  const std::string deltas = field.text("deltas");
  if (deltas == "empty") faults.empty_deltas.emplace();
  if (deltas == "duplicated") faults.repeated_deltas.emplace();
  if (deltas == "reordered") faults.reordered_deltas.emplace();
  faults.beta_names = field.flag("beta_names");
  if (field.has("insert")) {
    for (const auto& entry : field.at("insert").each()) faults.insertions.push_back(read_insertion(entry));
  }
}

}  // namespace

std::uint16_t read_close_code(const Field& field, std::string_view key) {
  if (field.at(key).is_text()) return openai::close_code::kNone;
  return static_cast<std::uint16_t>(field.number(key));
}

openai::ErrorBody read_error(const Field& field) {
  const std::string code = field.text("code");
  openai::ErrorBody error = code.empty() ? openai::ErrorBody{} : openai::error_of(code);
  error.type = field.text("type", error.type);
  error.message = field.text("message", error.message);
  error.param = field.text("param", error.param);
  return error;
}

openai::Pace read_pace(const Field& field) {
  openai::Pace pace;
  const auto exactly = [&](std::string_view key, openai::Span& span) {
    if (const auto time = field.duration_if(key)) span = {*time, *time};
  };
  exactly("created", pace.created);
  if (const auto time = field.duration_if("between_deltas")) pace.between_deltas = openai::Span{*time, *time};
  if (field.has("speed")) {
    const auto hundredths = std::llround(field.at("speed").json().get<double>() * 100);
    pace.speed = {hundredths, hundredths};
  }
  exactly("done", pace.done);
  exactly("cancel", pace.cancel);
  if (const auto time = field.duration_if("first_audio")) {
    // Item and transcript come before the audio, as the service has it.
    const auto ahead = [&](std::chrono::milliseconds by) {
      return std::max<Duration>(*time - by, Duration(0));
    };
    pace.item = {ahead(std::chrono::milliseconds(130)), ahead(std::chrono::milliseconds(130))};
    pace.transcript = {ahead(std::chrono::milliseconds(120)), ahead(std::chrono::milliseconds(120))};
    pace.audio = {*time, *time};
  }
  for (const std::string_view key : {"delta_audio", "first_delta_audio"}) {
    if (!field.has(key)) continue;
    const Duration audio = field.duration(key);
    if (audio < std::chrono::milliseconds(1)) field.at(key).problem("a delta holds at least 1ms of audio");
    if (key == "delta_audio") pace.delta_audio = openai::Span{audio, audio};
    pace.first_delta_audio = openai::Span{audio, audio};
  }
  return pace;
}

openai::Reply read_reply(const Field& field) {
  openai::Reply reply;
  if (field.is_text()) {
    reply.ending = openai::NeverCreated{};
    return reply;
  }
  read_outputs(field, reply.outputs, reply.faults);
  if (field.has("then")) {
    for (const auto& entry : field.at("then").each()) read_outputs(entry, reply.outputs, reply.faults);
  }
  read_ending(field, reply);
  read_reply_faults(field, reply.faults);
  if (field.has("pace")) reply.pace = read_pace(field.at("pace"));
  if (field.has("interleaved")) reply.interleaved = field.flag("interleaved");
  if (field.has("transcription")) reply.transcription = read_transcribed(field.at("transcription"));
  if (reply.outputs.empty() && std::holds_alternative<openai::Completed>(reply.ending) &&
      !reply.faults.never_ends) {
    // An answer without any output: completed and empty, as the service sometimes has it.
    if (!field.has("ends"))
      field.problem(
          "this reply says nothing",
          "'speech: 2s'; 'ends: completed' for an answer without any output; 'reply: never' for none");
  }
  return reply;
}

openai::Script read_model(const Field& list) {
  openai::Script script;
  for (const auto& entry : list.each()) {
    openai::Rule rule;
    rule.when = read_when(entry.at("when"));
    rule.every_time = entry.has("times") && entry.at("times").is_text();
    rule.reply = read_reply(entry.at("reply"));
    rule.as = entry.text("as");
    script.rules.push_back(std::move(rule));
  }
  return script;
}

}  // namespace scenarios::engine
