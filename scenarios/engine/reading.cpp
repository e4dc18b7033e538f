#include "scenarios/engine/reading.hpp"

#include "runtime/audio/speech.hpp"
#include "runtime/audio/synth.hpp"
#include "scenarios/engine/measures.hpp"
#include "scenarios/engine/schema_hints.hpp"
#include "scenarios/engine/writing_system.hpp"

#include <algorithm>

namespace scenarios::engine {

namespace audio = runtime::audio;
using namespace std::chrono_literals;

void Field::problem(std::string message, std::string hint) const {
  reading_->problems.push_back({place().value, std::move(message), std::move(hint)});
}

void Field::unknown(std::string message, const std::vector<std::string>& known) const {
  const std::string near = nearest(text(), known);
  problem(std::move(message), near.empty() ? "a step, a reply or a fault gets a name with 'as:'"
                                           : "did you mean '" + near + "'?");
}

void Field::unknown_sound(std::string message, const std::vector<std::string>& known) const {
  const std::string name = text();
  const bool words = std::ranges::any_of(name, [](char c) { return c == ' ' || (c & 0x80) != 0; });
  if (!words || !nearest(name, known).empty()) return unknown(std::move(message), known);
  problem(std::move(message), "words that are spoken: {text: " + in_quotes(name) + "}");
}

Field Field::at(std::string_view key) const {
  reading_->looked.asked.insert(child(pointer_, key));
  return Field(*reading_, json_->at(std::string(key)), child(pointer_, key));
}

void check_moment(const Field& entry, const std::vector<std::string>& known) {
  if (!entry.has("after")) return;
  const Field after = entry.at("after");
  if (std::ranges::find(known, after.text()) != known.end()) return;
  after.unknown("nothing is called '" + after.text() + "'", known);
}

std::vector<Field> Field::each() const {
  if (!is_list()) return {*this};
  std::vector<Field> entries;
  for (std::size_t i = 0; i < json_->size(); ++i) {
    entries.emplace_back(*reading_, (*json_)[i], child(pointer_, i));
  }
  return entries;
}

std::string Field::text(std::string_view key, std::string_view otherwise) const {
  return has(key) ? at(key).text() : std::string(otherwise);
}

std::int64_t Field::number(std::string_view key, std::int64_t otherwise) const {
  return has(key) ? at(key).json().get<std::int64_t>() : otherwise;
}

Duration Field::duration() const {
  const auto parsed = parse_duration(text());
  if (!parsed) problem("'" + text() + "' is longer than any call");
  return parsed.value_or(Duration(0));
}

Duration Field::duration(std::string_view key, Duration otherwise) const {
  return has(key) ? at(key).duration() : otherwise;
}

std::optional<Duration> Field::duration_if(std::string_view key) const {
  return has(key) ? std::optional(at(key).duration()) : std::nullopt;
}

std::size_t Field::size() const {
  const auto parsed = parse_size(text());
  if (!parsed) problem("'" + text() + "' is more than a terabyte");
  return parsed.value_or(0);
}

audio::Clip read_clip(const Field& field, const std::string& name) {
  auto found = field.reading().clips.read(name, field.reading().folder);
  if (auto* error = std::get_if<std::string>(&found)) {
    field.problem(std::move(*error));
    return {};
  }
  return std::get<audio::Clip>(std::move(found));
}

std::optional<runtime::Samples8k> sound_length(const Field& field) {
  constexpr Duration kLongest = 10min;
  const Duration length = field.duration();
  if (length > kLongest || length <= 0ns) {
    field.problem("a sound is longer than nothing and at most 10min long");
    return std::nullopt;
  }
  return std::chrono::duration_cast<runtime::Samples8k>(length);
}

void read_aloud(const Field& field, const std::string& lang, int words_per_minute, Sound& sound) {
  sound.label = sound.transcript = field.text();
  auto spoken = audio::speak(sound.label, {lang.empty() ? language_of(sound.label) : lang, words_per_minute});
  if (const auto* error = std::get_if<std::string>(&spoken)) {
    field.problem(*error);
  } else {
    sound.clip = std::get<audio::Clip>(std::move(spoken));
  }
}

Sound read_sound(const Field& field) {
  constexpr std::int64_t kWordsPerMinute = 175;
  Sound sound;
  if (field.has("clip")) {
    sound.label = field.text("clip");
    sound.clip = read_clip(field.at("clip"), sound.label);
    sound.transcript = "(" + sound.label + ")";
  } else if (field.has("text")) {
    read_aloud(field.at("text"), field.text("lang"), static_cast<int>(field.number("rate", kWordsPerMinute)),
               sound);
  } else if (field.has("speech")) {
    sound.label = "speech for " + field.text("speech");
    sound.transcript = "(speech)";
    if (const auto length = sound_length(field.at("speech"))) {
      sound.clip = audio::speech_like(++field.reading().next_speech, *length);
    }
  } else if (field.has("noise")) {
    constexpr std::int64_t kNoiseDbfs = -20;
    sound.label = "noise for " + field.text("noise");
    sound.transcript = "(noise)";
    runtime::SeededRandom random(++field.reading().next_speech);
    if (const auto length = sound_length(field.at("noise")))
      sound.clip = audio::noise(random, static_cast<double>(field.number("level", kNoiseDbfs)), *length);
  } else if (field.has("tone")) {
    constexpr double kToneDbfs = -12;
    sound.label = "tone of " + field.at("tone").json().dump() + " Hz";
    sound.transcript = "(tone)";
    const auto length =
        field.has("for") ? sound_length(field.at("for")) : std::optional<runtime::Samples8k>(8000);
    if (length) sound.clip = audio::tone(static_cast<double>(field.number("tone")), kToneDbfs, *length);
  }
  return sound;
}

std::vector<std::string> Names::all() const {
  std::vector<std::string> names = steps;
  names.insert(names.end(), replies.begin(), replies.end());
  names.insert(names.end(), faults.begin(), faults.end());
  names.insert(names.end(), requests.begin(), requests.end());
  names.insert(names.end(), events.begin(), events.end());
  names.insert(names.end(), visitors.begin(), visitors.end());
  return names;
}

Names names_of(const Scenario& scenario) {
  Names names;
  const auto add = [](std::vector<std::string>& to, const std::string& name) {
    if (!name.empty() && std::find(to.begin(), to.end(), name) == to.end()) to.push_back(name);
  };
  for (const auto& call : scenario.calls) {
    for (const auto& step : call.plan.caller) add(names.steps, step.as);
  }
  for (const auto& rule : scenario.model.rules) add(names.replies, rule.as);
  for (const auto& fault : scenario.faults) add(names.faults, fault.as);
  for (const auto& event : scenario.bridge.events) add(names.events, event.as);
  for (const auto& visitor : scenario.visitors) add(names.visitors, visitor.name);
  for (const auto& server : scenario.http) {
    for (const auto& route : server.routes) add(names.requests, route.as);
  }
  return names;
}

}  // namespace scenarios::engine
