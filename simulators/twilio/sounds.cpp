#include "simulators/twilio/sounds.hpp"

#include "runtime/audio/sound_file.hpp"
#include "runtime/audio/speech.hpp"
#include "runtime/audio/synth.hpp"
#include "runtime/core/utf8.hpp"

#include <algorithm>
#include <vector>

namespace simulators::twilio {
namespace audio = runtime::audio;
using namespace std::chrono_literals;
using runtime::Samples8k;
namespace {

constexpr std::string_view kEnglish = "en";
constexpr Samples8k kKeyTone{8 * 100};
constexpr Samples8k kKeyGap{8 * 100};

Samples8k samples(runtime::Duration length) {
  return std::chrono::duration_cast<Samples8k>(length);
}

/// What espeak-ng may know the language as, best first: whole, its first part ("cmn-CN", then "cmn"), and
/// English where it has neither.
std::vector<std::string> voices_for(std::string_view language) {
  const std::string first(language.substr(0, language.find('-')));
  std::vector<std::string> voices{std::string(language)};
  if (first != language) voices.push_back(first);
  if (first == "arb") voices.emplace_back("ar");
  voices.emplace_back(kEnglish);
  return voices;
}

std::string read_in_english(std::string_view language) {
  return "<Say language=\"" + std::string(language) +
         "\"> is read in English here: espeak-ng has no voice for that language";
}

Sounds::Spoken read_aloud(std::string_view text, std::string_view language) {
  std::string problem;
  for (const std::string& name : voices_for(language)) {
    audio::Voice voice;
    voice.name = name;
    auto spoken = audio::speak(text, voice);
    if (auto* clip = std::get_if<audio::Clip>(&spoken)) {
      const bool asked_for = name != kEnglish || language.starts_with(kEnglish);
      return {std::move(*clip), asked_for ? "" : read_in_english(language)};
    }
    problem = std::get<std::string>(std::move(spoken));
  }
  return {audio::silence(samples(reading_time(text))), "<Say> is heard as silence: " + problem};
}

}  // namespace

runtime::Duration reading_time(std::string_view text) {
  return static_cast<std::int64_t>(runtime::utf8_length(text)) * 66ms;
}

const Sounds::Spoken& Sounds::say(std::string_view text, std::string_view language) {
  const std::pair key{std::string(language), std::string(text)};
  const auto known = spoken_.find(key);
  if (known != spoken_.end()) return known->second;
  if (spoken_.size() == kKept) spoken_.clear();
  return spoken_.emplace(key, read_aloud(text, language)).first->second;
}

audio::Clip Sounds::keys(std::string_view digits) {
  audio::Clip all;
  for (const char key : digits) {
    if (key == 'w' || key == 'W') {
      all.mulaw += audio::silence(samples(key == 'w' ? 500ms : 1000ms)).mulaw;
    } else {
      all.mulaw += audio::dtmf(std::string_view(&key, 1), kKeyTone, kKeyGap).mulaw;
    }
  }
  return all;
}

std::variant<audio::Clip, Finding> Sounds::file(std::string_view url, int status,
                                                std::string_view content_type, std::string_view body) {
  const std::string name(url);
  if (status < 200 || status > 299) {
    return Finding{11200, false, "<Play> " + name + ": answered " + std::to_string(status)};
  }
  const auto type = content_type.substr(0, content_type.find(';'));
  if (!type.starts_with("audio/")) {
    return Finding{13420, false,
                   "<Play> " + name + ": Content-Type \"" + std::string(content_type) +
                       "\"; it must be audio/mpeg, audio/wav or another of audio/*"};
  }
  if ((type == "audio/ulaw" || type == "audio/basic") && !body.starts_with(".snd")) {
    return audio::Clip{std::string(body)};
  }
  auto clip = audio::decode_clip(body, name);
  if (auto* decoded = std::get_if<audio::Clip>(&clip)) return std::move(*decoded);
  return Finding{11200, false, "<Play> " + std::get<std::string>(clip)};
}

audio::Clip Sounds::beep() {
  return audio::tone(1000, -20, samples(1s));
}

}  // namespace simulators::twilio
